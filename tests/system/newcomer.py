"""A computer of somebody who has just cloned han2x: a clean Debian, with what the README asks for and nothing else.

It has no network, so that what is not there cannot come by itself; Python packages come from a folder.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

from tests.system.machine import Machine

CLEAN: Final = (
    "systemd", "systemd-sysv", "libpam-systemd", "dbus", "udev", "sudo", "python3", "python3-venv", "make",
)  # fmt: skip
USER: Final = "newcomer"
"""May not use sudo."""
OWNER: Final = "owner"
"""May use sudo, and is asked for no password."""
ROOT: Final = "root"
CHECKOUT: Final = "/home/han2x"

# Notes what apt-get is asked for, whoever asks, and lets it do that.
_NOTING: Final = '#!/bin/sh\necho "$@" >> /run/apt-get-asked\nexec /usr/bin/apt-get "$@"\n'
_PREPARE: Final = f"""
set -eu
for user in {USER} {OWNER}; do useradd --create-home --shell /bin/bash $user; done
echo '{OWNER} ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/owner
printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost\\n' > /etc/hosts
echo 'Acquire::Retries "0";' > /etc/apt/apt.conf.d/90no-network
printf '[global]\\nno-index = true\\nfind-links = /packages\\n' > /etc/pip.conf
printf '%s' '{_NOTING}' > /usr/local/bin/apt-get
chmod 755 /usr/local/bin/apt-get
touch /run/apt-get-asked
chmod 666 /run/apt-get-asked
cp --recursive /clone {CHECKOUT}
chown --recursive {USER}: {CHECKOUT}
"""
_PAGE: Final = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/', timeout=5).read().decode())"
_LEFT_OUT: Final = re.compile(r"^left out (\d+): (.*)$", re.MULTILINE)
_RED: Final = re.compile(r"^FAILED ([^ ]+)", re.MULTILINE)
_COUNTED: Final = re.compile(r"^=+ (\d.*) in ([\d.]+)s", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and all that it said."""

    status: int
    said: str

    @property
    def left_out(self) -> dict[str, int]:
        """Why tests were skipped, and how many. Each reason has to have one line."""
        lines = _LEFT_OUT.findall(self.said)
        reasons = {reason: int(count) for count, reason in lines}
        assert len(reasons) == len(lines), f"a reason has several lines: {lines}"
        return reasons

    @property
    def red(self) -> list[str]:
        """The tests that failed, also those that were green when tried again."""
        return sorted(set(_RED.findall(self.said)))

    @property
    def counted(self) -> dict[str, int]:
        """How many tests ended in which way, as in `passed`, and `seconds`; of the first try, if there were two."""
        line = _COUNTED.findall(self.said)[0]
        kinds = {kind: int(count) for count, kind in re.findall(r"(\d+) (\w+)", line[0])}
        return kinds | {"seconds": round(float(line[1]))}


class Newcomer:
    """The booted computer with a clone of the last commit."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        machine.run(_PREPARE)

    def make(self, command: str, user: str = USER, timeout: float = 300) -> Outcome:
        """Run `make COMMAND` in the checkout, as a user who has logged in; it lasts `timeout` seconds at most."""
        done = self.machine.run(f"{_as(user, command)} 2>&1", check=False, timeout=timeout)
        return Outcome(done.returncode, done.stdout)

    @contextmanager
    def running(self) -> Iterator[None]:
        """`make run` goes on meanwhile."""
        place = f"--uid={USER} --working-directory={CHECKOUT}"
        self.machine.run(f"systemd-run --quiet --unit=make-run {place} make run")
        try:
            yield
        finally:
            self.machine.run("systemctl stop make-run", check=False)

    def page(self) -> str:
        """The page as a browser on this computer gets it; empty as long as there is none, and `make run` goes on."""
        if self.machine.run("systemctl is-failed --quiet make-run", check=False).returncode == 0:
            raise AssertionError(self.machine.output("journalctl --unit=make-run --no-pager --lines=20"))
        return self.machine.run(f'python3 -c "{_PAGE}"', check=False).stdout

    def hand_over(self, user: str) -> None:
        """Let the checkout, with what has been installed there, be another user's."""
        self.machine.run(f"chown --recursive {user}: {CHECKOUT}")

    def may_become_root(self, user: str) -> bool:
        """Whether a user's sudo works without a password."""
        return self.machine.run(f"runuser --login {user} --command='sudo -n true'", check=False).returncode == 0

    def asked_of_apt(self) -> list[str]:
        """With what apt-get has been started, by whomever."""
        return self.machine.output("cat /run/apt-get-asked").splitlines()

    def installed(self) -> set[str]:
        """Debian's packages, with their versions."""
        return set(self.machine.output("dpkg-query --show").splitlines())


def clone(source: Path, folder: Path) -> Path:
    """What a newcomer gets: the last commit and nothing beside it."""
    made = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", source.as_uri(), str(made)], check=True)
    return made


def _as(user: str, command: str) -> str:
    return f"runuser --login {user} --command={quote(f'make --directory={CHECKOUT} {command}')}"
