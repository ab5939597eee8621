"""Makes the sdist and the wheel that PyPI takes, in dist/, and looks them over.

The wheel is built of the sdist, so that whoever has only the sdist can build it; its README is the one for PyPI. The
last line says what is wrong.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Final

from build_deb import ROOT, built_at, own_version
from long_description import long_description
from wheels import pip

OUTPUT: Final = Path("dist")


def check_tag(version: str) -> None:
    """A tagged commit is a release: its tag and the changelog name the version; ends the program otherwise."""
    command = ["git", "-C", str(ROOT), "tag", "--points-at", "HEAD"]
    tags = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    if not tags:
        return
    if f"v{version}" not in tags:
        sys.exit(f"This commit is tagged {', '.join(tags)}, and han2x/__init__.py says {version}.")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\]", changelog, re.MULTILINE):
        sys.exit(f"CHANGELOG.md has no section {version}.")


def build(kind: str, source: Path, builder: Path) -> None:
    """Make an sdist or wheel of a source folder, by the locked build tool in the folder `builder`."""
    environment = os.environ | {"PYTHONPATH": str(builder), "SOURCE_DATE_EPOCH": str(built_at(ROOT))}
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(OUTPUT.resolve())]
    subprocess.run(command, cwd=source, env=environment, check=True)


def describe(source: Path) -> None:
    """Have what PyPI shows as the README of a source folder; links are to `Source` of the project's addresses."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = source / "README.md"
    text = long_description(readme.read_text(encoding="utf-8"), project["urls"].get("Source", ""))
    readme.write_text(text, encoding="utf-8")


def main() -> None:
    """The command."""
    version = own_version(ROOT)
    check_tag(version)
    lock = str(ROOT / "locks/build.txt")
    sdist, wheel = OUTPUT / f"han2x-{version}.tar.gz", OUTPUT / f"han2x-{version}-py3-none-any.whl"
    with tempfile.TemporaryDirectory() as work:
        builder, unpacked = Path(work) / "builder", Path(work) / "source"
        pip("install", "--require-hashes", "--only-binary=:all:", "--target", str(builder), "--requirement", lock)
        build("sdist", ROOT, builder)
        with tarfile.open(sdist) as archive:
            archive.extractall(unpacked, filter="data")
        source = next(unpacked.iterdir())
        describe(source)
        build("sdist", source, builder)
        build("wheel", source, builder)
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel)], check=True)
    config = str(ROOT / "pyproject.toml")
    subprocess.run([sys.executable, "-m", "check_wheel_contents", "--config", config, str(wheel)], check=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[2] if len(error.cmd) > 2 else error.cmd[0]} has said what is wrong.")
