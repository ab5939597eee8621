"""The serial ports of this machine: which there are, by what name they last, and which programs hold one open."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import serial.tools.list_ports

from han2x import processes
from han2x.processes import Holder

BY_ID = Path("/dev/serial/by-id")
TTYS = Path("/sys/class/tty")
CHARACTER_DEVICES = Path("/sys/dev/char")
ABSENT_UART = "0"  # the kernel's type of a ttyS that no hardware stands behind


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port of this machine: the name to open it by, its device node, and what it says it is."""

    path: str
    device: str
    description: str


def find_ports(by_id: Path = BY_ID) -> list[Port]:
    """The serial ports of this machine, first those whose name stays the same when they are plugged in elsewhere."""
    ports = [
        Port(stable_name(info.device, by_id) or info.device, info.device, info.description or "")
        for info in serial.tools.list_ports.comports()
        if not _is_absent(Path(info.device).name)
    ]
    return sorted(ports, key=lambda port: (port.path == port.device, port.path))


def stable_name(device: str, by_id: Path = BY_ID) -> str | None:
    """The name in `by_id` that points to this device node, None when there is none."""
    with suppress(OSError):
        for link in sorted(by_id.iterdir()):
            if os.path.realpath(link) == device:
                return str(link)
    return None


def is_pseudo_terminal(port: str) -> bool:
    """Whether the port, or what it links to, is a pseudo-terminal and no real line."""
    return os.path.realpath(port).startswith("/dev/pts/")


def check_serial_device(port: str, character_devices: Path = CHARACTER_DEVICES) -> None:
    """See that a path leads to a terminal device, without opening it: to open some devices is to set them going.

    What the kernel does not list there, as pseudo-terminals, is left to be found out by opening.

    Raises:
        OSError: it leads nowhere, or (ENOTTY) to something else.
    """
    found = os.stat(port)  # noqa: PTH116 - as the system has it
    if not stat.S_ISCHR(found.st_mode):
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
    subsystem = character_devices / f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}" / "subsystem"
    if subsystem.exists() and subsystem.resolve().name != "tty":
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))


def holders(port: str) -> list[Holder]:
    """The programs that hold the port open, as far as we may see them."""
    return processes.holders(os.path.realpath(port))


def _is_absent(name: str, ttys: Path = TTYS) -> bool:
    try:
        return name.startswith("ttyS") and (ttys / name / "type").read_text().strip() == ABSENT_UART
    except OSError:
        return False
