"""Debian packages of several versions, built as `make deb` builds them, and a repository of one."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.system.packages import changed_copy

SOURCE: Final = Path(__file__).parents[2]
TOOLS: Final = SOURCE / ".venv-tools" / "bin" / "python"
OLDER: Final = "0.0.9"
CRASHES: Final = "99.1.0"
HAS_NO_PAGE: Final = "99.2.0"
_EPOCH: Final = "1750000000"
_VERSION: Final = ("han2x/__init__.py", '__version__ = ".*"')
_WRONG: Final = {
    CRASHES: {"han2x/cli/run.py": (r"def run\(arguments.*\n", r"\g<0>    return 1\n")},
    HAS_NO_PAGE: {"han2x/web/page.py": (r'_PACKAGE / "_webui", _PACKAGE', r'_PACKAGE / "_gone", _PACKAGE')},
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
    for version, changes in {OLDER: {}, **_WRONG}.items():
        numbered = {_VERSION[0]: (_VERSION[1], f'__version__ = "{version}"'), **changes}
        build(changed_copy(SOURCE, folder / version, numbered), wheels, debs)
    shutil.copy(own, debs / "han2x.deb")
    return Shelf(debs, _repository(own, folder), folder / "moved.tar")


def build(source: Path, wheels: Path, folder: Path, *, quick: bool = True) -> Path:
    """The package of a source folder; a quick one is not made small."""
    before = set(folder.glob("*.deb"))
    environment = os.environ | {"HAN2X_WHEELS": str(wheels), "SOURCE_DATE_EPOCH": _EPOCH}
    if quick:
        environment |= {"DPKG_DEB_COMPRESSOR_TYPE": "none"}
    command = [str(TOOLS), str(SOURCE / "packaging/build_deb.py"), "--source", str(source), "--output", str(folder)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
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
