"""What nobody uses costs no import: neither before Modbus is served, nor with everything as it comes."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.tools import uncovered

BEFORE_MODBUS: Final = "import sys, han2x.cli, han2x.app.daemon; print(*sys.modules)"
WITH_DEFAULTS: Final = """
import asyncio, sys
from pathlib import Path
from han2x.app.daemon import Daemon
from han2x.app.options import Options
from han2x.settings import Settings
folder = Path(sys.argv[1])
options = Options(folder / "settings.toml", folder, modbus="127.0.0.1:0", web="127.0.0.1:0", https="")
asyncio.run(Daemon(Settings(), options, lambda daemon: daemon.stop()).run())
print(*sys.modules)
"""


def _loaded(program: str, *arguments: str) -> set[str]:
    command = [sys.executable, "-c", program, *arguments]
    return set(subprocess.check_output(command, text=True, timeout=120, cwd=ROOT, env=uncovered()).split())


@pytest.fixture(scope="module")
def before_modbus() -> set[str]:
    return _loaded(BEFORE_MODBUS)


@pytest.fixture(scope="module")
def with_defaults(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return _loaded(WITH_DEFAULTS, str(tmp_path_factory.mktemp("state")))


@pytest.mark.parametrize(
    "costly", ["aiohttp", "cryptography", "difflib", "han2x.web", "msgspec", "shutil", "sqlite3", "tomlkit"]
)
def test_modbus_is_served_without(costly: str, before_modbus: set[str]) -> None:
    assert "han2x.modbus_server" in before_modbus
    assert find_spec(costly)
    assert costly not in before_modbus


@pytest.mark.parametrize(
    "costly",
    [
        "cryptography",
        "difflib",
        "gpiod",
        "han2x.app.bundle",
        "han2x.history_file.export",
        "han2x.metrics",
        "han2x.network.bus",
        "han2x.simulator",
        "paho.mqtt.client",
        "tomlkit",
        "zipfile",
    ],
)
def test_with_everything_as_it_comes_there_is_no(costly: str, with_defaults: set[str]) -> None:
    assert {"aiohttp.web", "sqlite3", "han2x.web.server"} <= with_defaults
    assert find_spec(costly)
    assert costly not in with_defaults
