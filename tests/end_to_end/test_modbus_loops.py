"""The whole gateway on either event loop: uvloop's where it is installed, else asyncio's own."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.end_to_end.gateway import Gateway, running_gateway

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket]

VOLTAGE_L1 = 40015


def uses_uvloop(gateway: Gateway) -> bool:
    return "uvloop" in Path(f"/proc/{gateway.process.pid}/maps").read_text()


@pytest.mark.skipif(not importlib.util.find_spec("uvloop"), reason="uvloop is not installed")
def test_uvloop_is_used_where_it_is_installed(tmp_path: Path) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        assert uses_uvloop(gateway)
        gateway.wait_for("Telegrams come")
        assert gateway.read_value(VOLTAGE_L1)
        assert gateway.stop() == 0


def test_gateway_serves_without_uvloop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "uvloop.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(missing))

    with running_gateway(tmp_path, "--simulate") as gateway:
        assert not uses_uvloop(gateway)
        gateway.wait_for("Telegrams come")
        assert gateway.read_value(VOLTAGE_L1)
        assert gateway.stop() == 0
