"""The computer that the gateway runs on, as far as it helps whoever looks for a fault: no address, and no secret."""

from __future__ import annotations

import platform
import resource
import shutil
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import distributions
from itertools import islice
from pathlib import Path
from typing import Any, Final

from han2x import __version__
from han2x.regular_file import read_beginning

MOST_FILES: Final = 100
_LONGEST: Final = 200
_MODEL: Final = Path("/proc/device-tree/model")
_MEMORY: Final = Path("/proc/meminfo")
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")


def about(state_dir: Path) -> dict[str, Any]:
    """Versions, clock, memory and disk, as JSON has them. What cannot be found out is null. Waits for the disk."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "han2x": __version__,
        "python": platform.python_version(),
        "libraries": _libraries(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "board": _text(_MODEL).strip("\0") or None,
        "clock": _clock(),
        "memory": _memory(),
        "disk": _disk(state_dir),
        "state": _files(state_dir),
    }


def _libraries() -> dict[str, str]:
    found = ((each.metadata["Name"], each.version) for each in distributions())
    return dict(sorted((name, version) for name, version in found if name))


def _clock() -> dict[str, Any]:
    """`synchronised` is only known where systemd-timesyncd keeps the time; null elsewhere."""
    return {
        "utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "local": datetime.now().astimezone().isoformat(timespec="seconds"),
        "zone": time.tzname[time.localtime().tm_isdst > 0],
        "synchronised": True if _SYNCHRONISED.exists() else None,
        "computer_up_s": round(time.clock_gettime(time.CLOCK_BOOTTIME)) if sys.platform == "linux" else None,
    }


def _memory() -> dict[str, Any]:
    kept = ("MemTotal", "MemAvailable")
    pairs = (line.partition(":") for line in _text(_MEMORY, 2000).splitlines())
    computer = {name: value.strip() for name, _, value in pairs if name in kept}
    return {"largest_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "computer": computer}


def _disk(state_dir: Path) -> dict[str, int] | None:
    try:
        usage = shutil.disk_usage(state_dir)
    except OSError:
        return None
    return {"total_octets": usage.total, "free_octets": usage.free}


def _files(state_dir: Path) -> dict[str, int] | None:
    """Names and sizes alone."""
    try:
        found = sorted(path for path in islice(state_dir.iterdir(), MOST_FILES))
    except OSError:
        return None
    sizes = {}
    for path in found:
        with suppress(OSError):
            sizes[path.name] = path.lstat().st_size
    return sizes


def _text(path: Path, most: int = _LONGEST) -> str:
    try:
        return read_beginning(path, most).decode(errors="replace")
    except (OSError, ValueError):
        return ""
