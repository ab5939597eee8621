"""What a machine without internet installs from: han2x as wheels, and a folder with all the packages it needs."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

PYTHON_OF: Final = {"bookworm": "3.11", "trixie": "3.13"}
UV: Final = Path(__file__).parents[2] / ".venv-tools" / "bin" / "uv"
_C_LIBRARY: Final = 36
"""The minor version of glibc that Debian 12 has; later ones run what was made for it."""
_PLATFORMS: Final = (
    *(f"manylinux_2_{minor}" for minor in range(_C_LIBRARY, 4, -1)), "manylinux2014", "manylinux2010", "manylinux1",
)  # fmt: skip


def wheel(source: Path, folder: Path) -> Path:
    """Build han2x from a source folder; answers the wheel."""
    before = set(folder.glob("*.whl"))
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    return (set(folder.glob("han2x-*.whl")) - before).pop()


def only_for(release: str, machine: str = "") -> list[str]:
    """The options that make pip take wheels for this Debian release on this kind of machine; "" is our own."""
    platforms = [f"--platform={name}_{machine or platform.machine()}" for name in _PLATFORMS]
    return ["--only-binary=:all:", f"--python-version={PYTHON_OF[release]}", *platforms]


def wheelhouse(release: str, source: Path, folder: Path) -> Path:
    """The packages of the lock files for this Debian release: what the source folder needs, and what builds it."""
    for lock in ("appliance", "build"):
        pip(
            "download", "--dest", str(folder), *only_for(release),
            "--require-hashes", "--requirement", str(source / "locks" / f"{lock}.txt"),
        )  # fmt: skip
    return folder


def for_developers(release: str, source: Path, folder: Path) -> Path:
    """The packages for this Debian release with which the source folder is tested, too.

    uv finds out which they are: pip would go by the Python that runs it where a package needs another on some only.
    """
    wheelhouse(release, source, folder)
    wanted, appliance = folder / f"{release}.txt", source / "locks" / "appliance.txt"
    subprocess.run(
        [UV, "pip", "compile", "--quiet", "--extra=dev", f"--python-version={PYTHON_OF[release]}",
         f"--constraint={appliance}", f"--output-file={wanted}", source / "pyproject.toml"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    # Of this one, which dsmr-parser needs, there is no wheel.
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), "tailer")
    here = ("--no-deps", "--dest", str(folder), f"--find-links={folder}")
    # The second is what hatchling asks for where it installs the checkout itself.
    pip("download", *here, *only_for(release), "--requirement", str(wanted), "editables")
    return folder


def unpack(release: str, machine: str, source: Path, folder: Path, target: Path) -> None:
    """Put the source folder's program and its locked packages for another kind of machine where Python finds them.

    The program's wheel is left in `folder`.
    """
    own, lock = wheel(source, folder), source / "locks" / "appliance.txt"
    into = ("install", "--target", str(target), *only_for(release, machine))
    pip(*into, "--require-hashes", "--requirement", str(lock))
    pip(*into, "--no-index", "--no-deps", str(own))


def changed_copy(source: Path, folder: Path, changes: dict[str, tuple[str, str]]) -> Path:
    """A copy of the source folder; `changes` maps files to a pattern in them and what stands there instead."""
    for part in ("han2x", "locks", "vendor", "webui"):
        shutil.copytree(source / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(source / name, folder)
    for name, (pattern, replacement) in changes.items():
        path = folder / name
        text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
        assert count == 1, f"{pattern} is not in {name}"
        path.write_text(text, encoding="utf-8")
    return folder


def pip(*arguments: str) -> None:
    """Run pip."""
    subprocess.run([sys.executable, "-m", "pip", "-qqq", "--disable-pip-version-check", *arguments], check=True)
