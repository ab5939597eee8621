"""The programs that run on this computer, as far as /proc lets us see them (proc(5))."""

from __future__ import annotations

import os
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
    return [
        Holder(command(int(process.name)), int(process.name))
        for process in PROC.iterdir()
        if process.name.isdigit() and opened in _open_files(process)
    ]


def command(process: int) -> str:
    """The name of a process's program, "?" where it cannot be seen."""
    try:
        return (PROC / str(process) / "comm").read_text().strip()
    except OSError:
        return "?"


def _open_files(process: Path) -> set[str]:
    files = set()
    with suppress(OSError):
        for descriptor in os.scandir(process / "fd"):
            with suppress(OSError):
                files.add(str(Path(descriptor.path).readlink()))
    return files
