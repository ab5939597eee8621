"""Which program keeps this computer's network where NetworkManager does not, by what it leaves under /run.

systemd-networkd: `netif/links`, as sd-network(3) reads them; dhcpcd: its process ids; ifupdown: `ifstate`, as ifup(8)
has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from han2x.network.faults import Fault
from han2x.regular_file import read_beginning

RUN: Final = Path("/run")
_MOST: Final = 4096
_NOT_HERE: Final = frozenset(("no-manager", "no-dbus"))


def named(fault: Fault, interface: str, run: Path = RUN) -> Fault:
    """The same fault; where it says that NetworkManager is not there, who is in its place, if that can be seen.

    `interface` is one of this computer's, "" for none: what to write for it is part of the words.
    """
    code = _other(run) if fault.code in _NOT_HERE else None
    return fault if code is None else Fault(code, interface=interface or "INTERFACE")


def _other(run: Path) -> str | None:
    if any("ADMIN_STATE=configur" in _text(link) for link in _within(run / "systemd" / "netif" / "links")):
        return "kept-by-networkd"
    if any(file.suffix == ".pid" for file in _within(run / "dhcpcd")) or (run / "dhcpcd.pid").exists():
        return "kept-by-dhcpcd"
    states = _text(run / "network" / "ifstate").split()
    return "kept-by-ifupdown" if any(not state.startswith("lo=") for state in states) else None


def _within(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        return read_beginning(file, _MOST).decode(errors="replace")
    except (OSError, ValueError):
        return ""
