"""The programs that run on this computer, as far as /proc lets us see them (proc(5))."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PROC: Final = Path("/proc")


class Holder(NamedTuple):
    """A program that holds something open, "?" where its name cannot be seen, and the number of its process."""

    program: str
    process: int


def holders(opened: str) -> list[Holder]:
    """The programs that have this open, as far as we may see them: a file's real path, or "socket:[INODE]"."""
    file = _file(Path(opened))
    return [
        Holder(command(int(process.name)), int(process.name))
        for process in PROC.iterdir()
        if process.name.isdigit() and any(_file(link) == file for link in _links_to(opened, process))
    ]


def command(process: int) -> str:
    """The name of a process's program, "?" where it cannot be seen."""
    try:
        return (PROC / str(process) / "comm").read_text().strip()
    except OSError:
        return "?"


def _links_to(opened: str, process: Path) -> list[Path]:
    links = []
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) == opened:
                    links.append(descriptor)
    return links


def _file(path: Path) -> tuple[int, int] | None:
    """Which file that is: in a container another one may have the same path. None for a socket, which has no path."""
    try:
        found = path.stat()
    except OSError:
        return None
    return None if stat.S_ISSOCK(found.st_mode) else (found.st_dev, found.st_ino)
