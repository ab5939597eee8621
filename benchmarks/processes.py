"""What a process has taken of the processor and of memory, as Linux counts it; and a gateway's environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
UNIT: Final = ROOT / "systemd/han2x.service"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """Seconds of processor time of all its threads, also of those that have ended, in steps of a hundredth."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def threads_cpu_s(pid: int) -> float:
    """Seconds of processor time of the threads that it has now, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


def resident(pid: int) -> int:
    """Octets that it has in memory, its own and those it shares."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def as_the_service() -> dict[str, str]:
    """This environment with what the service's unit adds to it, as the installed gateway runs, but for the program,
    which is that of this checkout.

    Raises:
        ValueError: the unit sets nothing.
    """
    lines = re.findall(r"^Environment=(.+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    if not lines:
        raise ValueError(f"{UNIT} has no Environment=")
    added = dict(each.split("=", 1) for line in lines for each in line.split())
    return {**os.environ, **added, "PYTHONPATH": str(ROOT)}
