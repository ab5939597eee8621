"""Commands that talk to a line or to a running gateway, as a person starts them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from han2x.registers import EXTENDED, HAN2X
from tests.end_to_end.gateway import running_gateway

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(90)]


def han2x(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "han2x", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def simulated(*arguments: str) -> Iterator[str]:
    """A simulated meter as a process of its own; where its line is."""
    command = [sys.executable, "-m", "han2x", "simulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) in (0, 130)


def test_what_is_recorded_from_a_simulated_meter_replays(tmp_path: Path) -> None:
    capture = tmp_path / "capture"
    with simulated("--meter", "kamstrup", "--speed", "20") as port:
        recorded = han2x("record", port, "--output", str(capture), "--seconds", "4")
    assert recorded.returncode == 0, recorded.stderr
    assert capture.read_text().startswith(f"# {port} at 2400 8N1")

    replayed = han2x("replay", str(capture))
    lines = [json.loads(line) for line in replayed.stdout.splitlines()]

    assert replayed.returncode == 0
    assert {"reading", "registers"} <= {line["event"] for line in lines}


@pytest.mark.parametrize("kind", ["kamstrup", "kamstrup-1p", "kamstrup-push1", "kamstrup-p1", "aidon", "kaifa"])
def test_every_kind_of_meter_is_read_over_tcp(tmp_path: Path, kind: str) -> None:
    with (
        simulated("--meter", kind, "--tcp", "127.0.0.1:0", "--speed", "5") as url,
        running_gateway(tmp_path, "--port", url) as gateway,
    ):
        for _ in range(100):
            if gateway.read_value(40015):
                break
            time.sleep(0.2)

        assert gateway.read_value(40001) or gateway.read_value(40003)
        assert 2000 <= (gateway.read_value(40015) or 0) <= 2600


def test_the_registers_of_a_running_gateway_are_shown(tmp_path: Path) -> None:
    with running_gateway(tmp_path) as gateway:
        silent = han2x("registers", "--live", f"127.0.0.1:{gateway.modbus_port}")
    with running_gateway(tmp_path, "--simulate") as gateway:
        gateway.wait_for("receiving from kamstrup", 30)
        shown = han2x("registers", "--live", f"127.0.0.1:{gateway.modbus_port}")

    assert silent.returncode == 1
    assert "0x0B" in silent.stderr
    assert "40015–40016  –" in silent.stdout
    assert shown.returncode == 0
    assert len(shown.stdout.splitlines()) == 1 + len(HAN2X.rows) + len(EXTENDED.rows)


def test_a_gateway_that_is_not_there_is_told(tmp_path: Path) -> None:
    refused = han2x("registers", "--live", "127.0.0.1:1")

    assert refused.returncode == 1
    assert "127.0.0.1 port 1, unit 1" in refused.stderr
    assert han2x("status", "--state-dir", str(tmp_path)).returncode == 2


def test_the_status_of_a_running_gateway_is_told(tmp_path: Path) -> None:
    with running_gateway(tmp_path, "--simulate") as gateway:
        gateway.wait_for("receiving from kamstrup", 30)
        gateway.read(40001)
        told = han2x("status", "--state-dir", str(tmp_path))
        as_json = han2x("status", "--state-dir", str(tmp_path), "--json")
        mode = (tmp_path / "status.sock").stat().st_mode & 0o777

    assert told.returncode == 0, told.stderr
    assert "kamstrup" in told.stdout
    assert "Telegrams come." in told.stdout
    assert f"127.0.0.1:{gateway.modbus_port}" in told.stdout
    assert len(json.loads(as_json.stdout)["modbus"]["connections"]) == 1
    assert mode == 0o600
    assert not (tmp_path / "status.sock").exists() or gateway.process.returncode == -9


@pytest.mark.parametrize(
    "arguments", [("--meter", "unheard-of"), ("--fault", "unheard-of"), ("--encrypt", "12"), ("--speed", "0")]
)
def test_a_simulation_that_cannot_be_is_refused_with_status_2(arguments: tuple[str, ...]) -> None:
    refused = han2x("simulate", *arguments)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("arguments", [("--modbus", "nonsense"), ("--web", "1.2.3.4"), ("--simulate", "unheard-of")])
def test_a_run_that_cannot_be_is_refused_with_status_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = han2x("run", "--state-dir", str(tmp_path), *arguments)

    assert refused.returncode == 2
    assert arguments[1] in refused.stderr
    assert "Traceback" not in refused.stderr
