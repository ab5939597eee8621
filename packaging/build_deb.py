"""Builds the Debian package, for this computer's architecture or another: build_deb.py [ARCHITECTURE].

Nothing of another architecture is run, so that any computer builds for all. Two builds of the same source have the same
octets. HAN2X_WHEELS=DIR takes every Python package from this folder, and none from the internet.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import documents
from wheels import ClashError, download, pip, unpack

ROOT: Final = Path(__file__).parents[1]
TEMPLATES: Final = Path(__file__).parent / "debian"
# Those of Debian 12 and 13.
PYTHONS: Final = ("3.11", "3.13")
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
# Why there are no packages for others, as far as somebody may ask for them: docs/packages.md says what it would take.
REFUSED: Final = {
    "armhf": "the makers of cffi, dbus-fast, gpiod and msgspec release no wheels for 32-bit ARM, and Debian's own "
    "packages of them are too old or missing. A 64-bit Raspberry Pi OS runs on every Pi from the 3 and the Zero 2 W on",
}
MAINTAINER: Final = "The han2x authors <info@varibits.com>"
PROGRAM: Final = "usr/lib/han2x/program"
# Files of systemd/, and where the package has them.
UNITS: Final = {
    "han2x.service": "usr/lib/systemd/system/han2x.service",
    "han2x.sysusers": "usr/lib/sysusers.d/han2x.conf",
    "60-han2x.rules": "usr/lib/udev/rules.d/60-han2x.rules",
    "50-han2x.rules": "usr/share/polkit-1/rules.d/50-han2x.rules",
}
# Files of packaging/completion/, the same.
COMPLETION: Final = {
    "han2x.bash": "usr/share/bash-completion/completions/han2x",
    "_han2x": "usr/share/zsh/vendor-completions/_han2x",
    "han2x.fish": "usr/share/fish/vendor_completions.d/han2x.fish",
}
# Files of packaging/debian/, the same; all but the last are run.
OWN: Final = {
    "han2x": "usr/bin/han2x",
    "health": "usr/lib/han2x/health",
    "rtupdate": "usr/share/python3/runtime.d/han2x.rtupdate",
    "preinst": "DEBIAN/preinst",
    "postinst": "DEBIAN/postinst",
    "prerm": "DEBIAN/prerm",
    "postrm": "DEBIAN/postrm",
    "lintian-overrides": "usr/share/lintian/overrides/han2x",
}


class Build:
    """One package in the making, of a source folder; `work` is a folder that is gone afterwards."""

    def __init__(self, source: Path, architecture: str, work: Path, epoch: int) -> None:
        self._source = source
        self._architecture = architecture
        self._work = work
        self._epoch = epoch
        self._tree = work / "tree"
        self._version = debian_version(own_version(source))

    def package(self, folder: Path, options: list[str]) -> Path:
        """The finished package; `options` are pip's for where it takes packages from."""
        self._program(options)
        self._system_files()
        self._documents()
        self._control()
        return self._packed(folder)

    def _program(self, options: list[str]) -> None:
        lock, program = self._source / "locks/appliance.txt", self._tree / PROGRAM
        for python in PYTHONS:
            folder = self._work / python
            download(lock, folder, python, MACHINES[self._architecture], options)
            for wheel in sorted(folder.glob("*.whl")):
                unpack(wheel, program)
        unpack(self._own_wheel(options), program)

    def _own_wheel(self, options: list[str]) -> Path:
        builder, lock = self._work / "builder", self._source / "locks/build.txt"
        pip(
            "install", "--require-hashes", "--only-binary=:all:", *options,
            "--target", str(builder), "--requirement", str(lock),
        )  # fmt: skip
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        subprocess.run(
            [*command, "--wheel-dir", str(self._work), str(self._source)],
            check=True, env=os.environ | {"PYTHONPATH": str(builder), "SOURCE_DATE_EPOCH": str(self._epoch)},
        )  # fmt: skip
        return next(self._work.glob("han2x-*.whl"))

    def _system_files(self) -> None:
        for name, place in UNITS.items():
            text = (self._source / "systemd" / name).read_text(encoding="utf-8")
            self._put(place, re.sub(r"^ExecStart=.*$", "ExecStart=/usr/bin/han2x run", text, flags=re.MULTILINE))
        for name, place in OWN.items():
            self._put(place, self._filled(name))
        for name, place in COMPLETION.items():
            self._put(place, (self._source / "packaging/completion" / name).read_text(encoding="utf-8"))

    def _documents(self) -> None:
        about = (self._source, self._version, self._epoch)
        self._put_packed("usr/share/man/man1/han2x.1.gz", documents.manual(*about))
        self._put_packed("usr/share/doc/han2x/changelog.gz", documents.changelog(*about, MAINTAINER))
        licences = documents.licences(self._source, self._tree / PROGRAM, f"/{PROGRAM}")
        self._put("usr/share/doc/han2x/copyright", "".join(licences))

    def _control(self) -> None:
        """What dpkg reads besides the scripts: the control file, and the sums of all files."""
        files = sorted(path for path in (self._tree / "usr").rglob("*") if path.is_file())
        sums = (f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(self._tree)}\n" for path in files)  # noqa: S324 - dpkg's
        self._put("DEBIAN/md5sums", "".join(sums))
        size = sum(-(-path.stat().st_size // 1024) for path in files)
        self._put("DEBIAN/control", self._filled("control").replace("@SIZE@", str(size)))

    def _packed(self, folder: Path) -> Path:
        """Nobody's umask and no time of this build is to show."""
        run = {self._tree / place for name, place in OWN.items() if name != "lintian-overrides"}
        for path in [*self._tree.rglob("*"), self._tree]:
            path.chmod(0o755 if path.is_dir() or path in run else 0o644)
            os.utime(path, (self._epoch, self._epoch))
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"han2x_{self._version}_{self._architecture}.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "--build", str(self._tree), str(made)],
            check=True, env=os.environ | {"SOURCE_DATE_EPOCH": str(self._epoch)}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return made

    def _filled(self, name: str) -> str:
        text = (TEMPLATES / name).read_text(encoding="utf-8")
        values = {
            "VERSION": self._version,
            "ARCH": self._architecture,
            "PYTHONS": " ".join(PYTHONS),
            "MAINTAINER": MAINTAINER,
        }
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        return text

    def _put(self, place: str, text: str) -> None:
        target = self._tree / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _put_packed(self, place: str, text: str) -> None:
        target = self._tree / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def own_version(source: Path) -> str:
    """The version that a source folder says it is."""
    text = (source / "han2x/__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)
    assert found is not None
    return found[1]


def debian_version(version: str) -> str:
    """A version as Debian orders versions: 1.0~~dev1 before 1.0~rc1, and that before 1.0."""
    return re.sub(r"(a|b|rc)(\d+)", r"~\1\2", version).replace(".dev", "~~dev")


def built_at(source: Path) -> int:
    """The time that all files get: SOURCE_DATE_EPOCH, else that of the commit, in seconds since 1970."""
    if (given := os.environ.get("SOURCE_DATE_EPOCH")) is not None:
        return int(given)
    command = ["git", "-C", str(source), "log", "-1", "--format=%ct"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        sys.exit(f"{source} is no git checkout: SOURCE_DATE_EPOCH has to say the time that the package's files get.")
    return int(asked.stdout)


def main() -> None:
    """The command."""
    own = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    parser = argparse.ArgumentParser(description="Builds the Debian package of han2x.")
    parser.add_argument("architecture", nargs="?", default=own, help=f"{' or '.join(MACHINES)} (this computer's)")
    parser.add_argument("--source", type=Path, default=ROOT, metavar="DIR", help="of what (this project)")
    parser.add_argument("--output", type=Path, default=Path("dist"), metavar="DIR", help="where to (dist)")
    arguments = parser.parse_args()
    if arguments.architecture not in MACHINES:
        why = REFUSED.get(arguments.architecture, f"there are packages for {' and '.join(MACHINES)} only")
        sys.exit(f"No package for {arguments.architecture}: {why}.")
    wheels = os.environ.get("HAN2X_WHEELS")
    options = ["--no-index", "--find-links", wheels] if wheels else []
    source = arguments.source.resolve()
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as work:
        build = Build(source, arguments.architecture, Path(work), built_at(source))
        try:
            made = build.package(arguments.output, options)
        except ClashError as error:
            sys.exit(f"{error}.")
        except subprocess.CalledProcessError as error:
            sys.exit(f"No package for {arguments.architecture}: {error.cmd[0]} failed, and has said why.")
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
