"""Kind to the SD card: what is written while nothing happens but telegrams, and what happens when nothing can be."""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import pytest
from pymodbus.client import ModbusTcpClient

from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(180)]

SPEED: Final = 40
"""How many times as fast as others the gateway's clocks go."""
PERIOD_S: Final = 600
LARGEST_WRITE: Final = 4096
_IN_CLOSE_WRITE, _IN_MOVED_TO = 0x08, 0x80


class Watch:
    """Counts the files that are written in a directory, as the kernel tells them (inotify)."""

    def __init__(self, directory: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = libc.inotify_init1(os.O_NONBLOCK)
        assert self._file >= 0, os.strerror(ctypes.get_errno())
        assert libc.inotify_add_watch(self._file, bytes(directory), _IN_CLOSE_WRITE | _IN_MOVED_TO) > 0

    def take(self) -> Counter[str]:
        """What came since the last call: how often a file was written, and how often one was put in place."""
        counted: Counter[str] = Counter()
        try:
            while data := os.read(self._file, 65536):
                while data:
                    mask, length = struct.unpack_from("iIII", data)[1::2]
                    counted["written"] += bool(mask & _IN_CLOSE_WRITE)
                    counted["in place"] += bool(mask & _IN_MOVED_TO)
                    data = data[16 + length :]
        except BlockingIOError:
            return counted
        return counted

    def close(self) -> None:
        os.close(self._file)


@pytest.fixture
def hurried(turned_clocks: pytest.MonkeyPatch) -> None:
    """All clocks of a program started now go `SPEED` times as fast."""
    turned_clocks.setenv("FAKETIME", f"+0 x{SPEED}")


def talk(wire: Wire, seconds: float) -> None:
    """Let the meter tell a power every ten of its seconds, one that is never the same."""
    begun = monotonic()
    while (passed := (monotonic() - begun) * SPEED) < seconds:
        wire.say(kamstrup_list_1(power_import=1000 + round(passed)))
        sleep(10 / SPEED)


def begin(wire: Wire, gateway: Gateway) -> None:
    deadline = monotonic() + 20
    while gateway.read_value(40029) != 155_232:
        assert monotonic() < deadline, "no telegram was taken"
        wire.say(kamstrup_list_2(energy_import=155_232_510))
        sleep(10 / SPEED)


def write_factor(gateway: Gateway, factor: int) -> None:
    with ModbusTcpClient("127.0.0.1", port=gateway.modbus_port) as client:
        assert not client.write_registers(48, [factor >> 16, factor & 0xFFFF], device_id=1).isError()


def status(state_dir: Path) -> str:
    command = [sys.executable, "-m", "han2x", "status", "--state-dir", str(state_dir)]
    environment = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment).stdout


@pytest.mark.usefixtures("hurried")
def test_steady_running_writes_one_small_file_a_minute_and_silence_none(tmp_path: Path, wire: Wire) -> None:
    with running_gateway(tmp_path / "state", "--port", wire.path) as gateway:
        begin(wire, gateway)
        watch = Watch(tmp_path / "state")
        talk(wire, PERIOD_S)
        steady = watch.take()
        sizes = {file.name: file.stat().st_size for file in (tmp_path / "state").iterdir()}
        sleep(1000 / SPEED)  # the last telegram is still to be kept, and an hour that was over soon after it
        watch.take()
        sleep(PERIOD_S / SPEED)
        silent = watch.take()
        watch.close()
    assert 5 <= steady["in place"] <= PERIOD_S / 60 + 1
    assert steady["written"] == steady["in place"]
    small = {name: size for name, size in sizes.items() if not name.startswith("history.db")}  # written in place
    assert max(small.values()) <= LARGEST_WRITE, sizes
    assert not silent


@pytest.mark.usefixtures("hurried")
def test_a_disk_that_takes_nothing_is_told_once_and_the_gateway_serves_on(tmp_path: Path, wire: Wire) -> None:
    state = tmp_path / "state"
    with running_gateway(state, "--port", wire.path) as gateway:
        begin(wire, gateway)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        write_factor(gateway, 2000)
        talk(wire, 300)
        told = "".join(gateway.said)
        assert gateway.read_value(40049) == 2000
        assert (gateway.read_value(40001) or 0) > 2000
        assert told.count("state cannot be saved") == 1
        assert told.count("would not survive a restart") == 1
        said = status(state)
        assert "state cannot be saved" in said
        assert "would not survive a restart" in said

        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        talk(wire, 700)
        assert "state is saved again" in "".join(gateway.said)
        assert "storage" not in status(state)
        assert "2000" in (state / "settings.toml").read_text()
