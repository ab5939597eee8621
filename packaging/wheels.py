"""The wheels of a lock file for a kind of computer, in one folder for several Pythons at once.

A compiled module carries the Python it is for in its name (`…cpython-311-…`), or is for all of them (`…abi3…`), so that
those for several Pythons lie beside each other. Whatever else wheels of one release hold has to be the same in all.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement

# Nothing that asks for a newer C library than Debian 12 has.
_PLATFORMS: Final = (
    "manylinux_2_36",
    "manylinux_2_35",
    "manylinux_2_34",
    "manylinux_2_28",
    "manylinux_2_17",
    "manylinux2014",
)
# What a wheel says of itself as a file, and sources that nobody compiles here.
_LEFT_OUT_NAMES: Final = {"RECORD", "WHEEL"}
_LEFT_OUT_KINDS: Final = {".c", ".h", ".pxd", ".pxi", ".pyi", ".pyx"}


class ClashError(Exception):
    """Two wheels have different contents for one file."""


def download(lock: Path, folder: Path, python: str, machine: str, options: Sequence[str]) -> None:
    """Put the locked wheels for this Python ("3.11") and machine ("aarch64") into a folder, each verified by its hash.

    `options` are further ones of pip. Raises subprocess.CalledProcessError where one cannot be had; pip says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(_entries(lock, python, machine)), encoding="utf-8")
    platforms = [f"--platform={name}_{machine}" for name in _PLATFORMS]
    pip(
        "download", "--dest", str(folder), "--no-deps", "--only-binary=:all:", "--require-hashes",
        f"--python-version={python}", *platforms, *options, "--requirement", str(wanted),
    )  # fmt: skip
    wanted.unlink()


def _entries(lock: Path, python: str, machine: str) -> Iterator[str]:
    """The lock file's entries that apply there, without their conditions: pip takes those as of its own Python."""
    there = {
        "python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine,
        "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix",
        "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": "",
    }  # fmt: skip
    applies = False
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            entry = Requirement(line.removesuffix("\\").strip())
            applies = entry.marker is None or entry.marker.evaluate(there)
            if applies:
                yield f"{entry.name}{entry.specifier} \\\n"
        elif applies and "--hash" in line:
            yield line + "\n"


def pip(*arguments: str) -> None:
    """Run this Python's pip; raises subprocess.CalledProcessError."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    subprocess.run(command, check=True)


def unpack(wheel: Path, folder: Path) -> None:
    """Add a wheel's modules and data to a folder that may hold others; raises ClashError."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and (place := _place(PurePosixPath(name))) is not None:
                _add(folder / place, archive.read(name), wheel)


def _place(name: PurePosixPath) -> PurePosixPath | None:
    """Where a wheel's file belongs; None for nowhere."""
    if name.suffix in _LEFT_OUT_KINDS:
        return None
    if name.parts[0].endswith(".dist-info") and name.name in _LEFT_OUT_NAMES:
        return None
    if name.parts[0].endswith(".data"):
        return PurePosixPath(*name.parts[2:]) if name.parts[1] in {"purelib", "platlib"} else None
    return name


def _add(target: Path, octets: bytes, wheel: Path) -> None:
    if target.exists():
        if target.read_bytes() != octets:
            raise ClashError(f"{wheel.name} has another {target.name} than the wheel for another Python")
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(octets)
