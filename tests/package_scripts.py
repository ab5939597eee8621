"""The scripts of the Debian package, and `make uninstall`, run in a folder that stands for the computer's root.

What they ask of systemd and of the user database is only written down: no system is changed. Whether they do the same
on a booted system is for tests/system.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.conftest import ROOT

DEBIAN: Final = ROOT / "packaging" / "debian"
_ABSOLUTE: Final = re.compile(r"(?<![\w/$.{}@*])/(?=(?:usr|etc|opt|run|var)/)")
_NOTED: Final = (
    "deb-systemd-helper", "deb-systemd-invoke", "systemd-sysusers", "usermod", "userdel", "udevadm", "runuser",
    "systemd-cat", "sync", "sleep", "journalctl",
)  # fmt: skip
_SYSTEMCTL: Final = """
case $1 in
is-active) cat "{root}/state" ;;
restart) ! rm "{root}/refused" 2>/dev/null ;;
esac"""
# Makes an environment whose own Python says what is asked of it.
_PYTHON: Final = """
case $1$2 in
-mvenv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "{root}/stubs/id" "$3/bin/han2x" ;;
-c*platform*) echo x86_64-64 ;;
esac"""
_HEALTH: Final = """#!/bin/sh
case $1 in
answering) cat "{root}/answers" ;;
expect)
    cat "$2" >"{root}/expected"
    [ ! -e "{root}/silent" ] || {{ printf '%s\\n' "Modbus on port 502" modbus:502; exit 1; }}
    ;;
esac
"""
_CLI: Final = "from han2x import __version__\ndef main():\n    print(__version__)\n"


class Computer:
    """A folder with what the scripts find on a computer with systemd, where the service runs and answers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "usr/lib/han2x"
        self.temporary = root / "tmp"
        self._stubs = root / "stubs"
        self._done = root / "done"
        for folder in (
            "run/systemd/system",
            "var/lib/han2x",
            "usr/lib/systemd/system",
            "usr/bin",
            "etc",
            "opt",
            "stubs",
            "tmp",
        ):
            (root / folder).mkdir(parents=True)
        for name in _NOTED:
            self._stub(name, "")
        self._stub("systemctl", _SYSTEMCTL.format(root=root))
        self._stub("python3", _PYTHON.format(root=root))
        self._stub("getent", "exit 2")
        self._stub("id", "echo 0")
        self._stub("dpkg-query", f'cat "{root}/package" 2>/dev/null')
        self.service("active", "modbus 127.0.0.1 502\n")

    def service(self, state: str, answers: str = "") -> None:
        """How the service stands, as systemd says, and what of it answers."""
        (self.root / "state").write_text(state)
        (self.root / "answers").write_text(answers)

    def unpack(self, version: str, *, whole: bool = True) -> None:
        """Put a version's files there as dpkg does, each in the place of the one before, or only the first of them."""
        program = self.home / "program"
        self._put(program / "han2x/__init__.py", f'__version__ = "{version}"\n')
        if not whole:
            return
        self._put(program / "han2x/cli.py", _CLI)
        for about in program.glob("*.dist-info"):
            about.rmdir()
        (program / f"han2x-{version}.dist-info").mkdir()
        self._put(self.home / "health", _HEALTH.format(root=self.root), mode=0o755)
        launcher = (DEBIAN / "han2x").read_text(encoding="utf-8")
        python = "{}.{}".format(*sys.version_info)
        self._put(self.root / "usr/bin/han2x", self._moved(launcher).replace("@PYTHONS@", python), mode=0o755)
        self._put(self.root / "usr/lib/systemd/system/han2x.service", f"# of {version}\n")

    def fails(self, program: str, what: str) -> None:
        """Have one of the programs fail when it is asked for this."""
        self._stub(program, f'[ "$1" != {what} ]')

    def loses_power(self) -> None:
        """Start it again: what was in memory is gone."""
        for path in (self.root / "run").iterdir():
            if path.is_file():
                path.unlink()

    def interrupts(self, program: str, what: str, signal: str) -> None:
        """Have one of the programs send its caller a signal when it is asked for this."""
        self._stub(program, f'[ "$1" != {what} ] || kill -{signal} $PPID')

    def script(self, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the project's scripts as root would."""
        text = self._moved(script.read_text(encoding="utf-8"))
        path = f"{self._stubs}:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {**os.environ, "PATH": path, "HAN2X_PATIENCE": "1", "PYTHON": str(self._stubs / "python3")}
        environment["TMPDIR"] = str(self.temporary)
        return subprocess.run(
            ["sh", "-c", text, str(script), *arguments],
            capture_output=True, text=True, check=False, env=environment, cwd=self.root,
        )  # fmt: skip

    def maintain(self, name: str, *arguments: str) -> str:
        """Run one of the package's scripts, which has to succeed; returns what it said."""
        done = self.script(DEBIAN / name, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def install(self, version: str) -> None:
        """The package for the first time."""
        self.maintain("preinst", "install")
        self.unpack(version)
        self.service("inactive")
        self.maintain("postinst", "configure", "")
        self.service("active", "modbus 127.0.0.1 502\n")
        self._done.unlink(missing_ok=True)

    def install_by_make(self) -> Path:
        """A gateway that make install put there, in a folder that its checkout is in too; returns that folder."""
        folder = self.root / "opt/han2x"
        for name in (".git", "venv-aB3xYz", "venv-old"):
            (folder / name).mkdir(parents=True)
        (folder / "venv").symlink_to(folder / "venv-aB3xYz")
        unit = self.root / "etc/systemd/system/han2x.service"
        unit.parent.mkdir(parents=True)
        unit.write_text(f"[Service]\nExecStart={folder}/venv/bin/python -m han2x run\n")
        return folder

    def starts(self) -> str:
        """Which version runs when somebody starts han2x."""
        launcher = self.root / "usr/bin/han2x"
        done = subprocess.run(
            [sys.executable, "-SB", str(launcher)], capture_output=True, text=True, check=False, cwd=self.root
        )
        return done.stdout.strip() or done.stderr

    def asked(self) -> list[str]:
        """What was asked of systemd and others, in order."""
        return self._done.read_text().splitlines() if self._done.exists() else []

    def _moved(self, text: str) -> str:
        return _ABSOLUTE.sub(f"{self.root}/", text.replace("/usr/bin/python3", sys.executable))

    def _stub(self, name: str, body: str) -> None:
        path = self._stubs / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self._done}"\n{body}\n')
        path.chmod(0o755)

    def _put(self, path: Path, text: str, mode: int = 0o644) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # a file of its own: the one before may have another name, too
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
