"""What is not announced costs no library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from han2x.outputs.mdns.output import bus_may_be_there

CODE = """
import asyncio, sys
from contextlib import suppress
from tests.outputs.mdns.test_own import ALL, gateway
from han2x.outputs.mdns.output import make

async def main():
    for listeners in ((), ALL):
        output = make("mdns", True, gateway(*listeners))
        with suppress(TimeoutError):
            await asyncio.wait_for(output.run(), 0.2)
        print(output.state.phase, output.state.fault and output.state.fault.code)

asyncio.run(main())
print("dbus_fast" in sys.modules)
"""


def test_without_a_bus_or_anything_to_announce_the_library_is_not_imported(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/bus"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["waiting None", "waiting announce-no-bus", "False"]


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("unix:path={}/bus", False),
        ("unix:path={}", True),
        ("unix:path={},guid=0123", True),
        ("tcp:host=localhost,port=1", True),
        ("unix:abstract=/bus", True),
    ],
)
def test_only_a_socket_that_is_not_there_says_that_there_is_no_bus(
    address: str, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address.format(tmp_path))
    assert bus_may_be_there() is there
