"""Debian packages of several versions, built as `make deb` builds them, and a repository of one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parents[2]
TOOLS: Final = SOURCE / ".venv-tools" / "bin" / "python"
OLDER: Final = "0.0.9"
CRASHES: Final = "99.1.0"
HAS_NO_PAGE: Final = "99.2.0"
REFUSES_SETTINGS: Final = "99.3.0"
_EPOCH: Final = "1750000000"
WRONG: Final = {
    CRASHES: ("cli/run.py", r"def run\(arguments.*\n", r"\g<0>    return 1\n"),
    HAS_NO_PAGE: ("web/page.py", r'_PACKAGE / "_webui", _PACKAGE', r'_PACKAGE / "_gone", _PACKAGE'),
    REFUSES_SETTINGS: ("settings/load.py", r"check\(parse_document\(text, path\)\)", 'check({"unheard_of": 1})'),
}


@dataclass(frozen=True)
class Shelf:
    """A folder of packages, and the folder of a repository that has the one of this version."""

    debs: Path
    repository: Path
    moved: Path
    """Where an installed tree may be kept that moves from one machine to the next."""


def filled(wheels: Path, folder: Path) -> Shelf:
    """Build all of it, from the packages that the folder `wheels` has."""
    debs = folder / "debs"
    own = build(SOURCE, wheels, debs)
    for version, changes in {OLDER: (), **WRONG}.items():
        _other_version(own, folder / version, debs / f"han2x_{version}_all.deb", version, *changes)
    return Shelf(debs, _repository(own, folder), folder / "moved.tar")


def _other_version(own: Path, work: Path, made: Path, version: str, name: str = "", *change: str) -> None:
    """The package with another number, and with one file of the program changed, by a pattern and what it becomes."""
    subprocess.run(["dpkg-deb", "--raw-extract", str(own), str(work)], check=True)
    program = work / "usr/lib/han2x/program"
    (about,) = program.glob("han2x-*.dist-info")
    about.rename(program / f"han2x-{version}.dist-info")
    _change(work / "DEBIAN/control", r"(?m)^Version: .*", f"Version: {version}")
    _change(program / "han2x/__init__.py", '__version__ = ".*"', f'__version__ = "{version}"')
    if name:
        _change(program / "han2x" / name, *change)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", "-Znone", str(work), str(made)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _change(file: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, file.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"{pattern} is not in {file}"
    file.write_text(text, encoding="utf-8")


def build(source: Path, wheels: Path | None, folder: Path, *architecture: str) -> Path:
    """The package of a source folder, hardly made small; of what the folder `wheels` has, or else of the internet."""
    before = set(folder.glob("*.deb"))
    environment = os.environ | {"SOURCE_DATE_EPOCH": _EPOCH, "DPKG_DEB_COMPRESSOR_LEVEL": "0"}
    if wheels is not None:
        environment |= {"HAN2X_WHEELS": str(wheels)}
    command = [TOOLS, SOURCE / "packaging/build_deb.py", "--source", source, "--output", folder, *architecture]
    subprocess.run([str(part) for part in command], env=environment, check=True, stdout=subprocess.DEVNULL)
    (made,) = set(folder.glob("*.deb")) - before
    return made


def _repository(package: Path, work: Path) -> Path:
    """Signed by a key that is made for it."""
    home, source, made = work / "gnupg", work / "own", work / "repository"
    home.mkdir(mode=0o700)
    source.mkdir()
    shutil.copy(package, source)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet"]
    subprocess.run([*gpg, "--passphrase", "", "--quick-generate-key", "Tests", "ed25519", "sign"], check=True)
    key = work / "key.asc"
    key.write_bytes(subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True).stdout)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    command = [SOURCE / "packaging/repository", key, "file:/repository", source, made]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return made
