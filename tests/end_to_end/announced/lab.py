"""A computer with Avahi and a neighbour on the same wire, in private namespaces (`lab.sh`), and a gateway in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
SCRIPT: Final = Path(__file__).with_name("lab.sh")
STATE: Final = Path("/run/lab/state")
NEEDED: Final = {
    "avahi-daemon": "avahi-daemon",
    "avahi-browse": "avahi-utils",
    "dbus-daemon": "dbus",
    "ip": "iproute2",
    "unshare": "util-linux",
}
NAMESPACES: Final = ("--net", "--mount", "--uts", "--ipc", "--pid")


@dataclass(frozen=True, slots=True)
class Found:
    """A service as avahi-browse resolves it."""

    name: str
    kind: str
    host: str
    address: str
    port: int
    texts: dict[str, str] = field(default_factory=dict)


class Lab:
    """The running laboratory."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._gateways: list[subprocess.Popen[bytes]] = []
        (scratch / "mount").mkdir()
        self._process = subprocess.Popen(
            ["unshare", *NAMESPACES, "--fork", "--mount-proc", "--kill-child", "--propagation", "private",
             str(SCRIPT), str(scratch / "mount"), sys.base_prefix, str(ROOT)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said == "ready\n", said + self._process.stdout.read()
        self._pid = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0]
        self._neighbour = self.run("cat /run/lab/neighbour.pid")

    def inside(self, *command: str) -> list[str]:
        """The command that runs a command on the computer, as root."""
        return ["nsenter", "--target", self._pid, *NAMESPACES, *command]

    def run(self, command: str) -> str:
        """Run a shell command on the computer as root."""
        return _run(self.inside("sh", "-ec", command))

    def run_at_the_neighbour(self, command: str) -> str:
        """Run a shell command on the other computer."""
        return _run(self.inside(*self._to_the_neighbour(command)))

    def publish(self, name: str, kind: str, port: int, *, by_the_neighbour: bool) -> None:
        """Have another program announce a service, on this computer or on the other one."""
        command = f"avahi-publish-service '{name}' {kind} {port} >/dev/null 2>&1 &"
        (self.run_at_the_neighbour if by_the_neighbour else self.run)(command)

    def gateway(self, settings: str, *arguments: str) -> subprocess.Popen[bytes]:
        """The gateway with these settings, as an unprivileged user; what it says is in the file gateway.log."""
        self.settings(settings)
        packages = sysconfig.get_path("platlib").replace(str(ROOT), "/run/lab/source")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        with (self.scratch / "gateway.log").open("wb") as log:
            gateway = subprocess.Popen(
                self.inside(
                    "setpriv", "--reuid=han2x", "--regid=han2x", "--clear-groups", "--no-new-privs",
                    "env", "--chdir=/run/lab/source", f"PYTHONPATH=/run/lab/source:{packages}",
                    "LD_LIBRARY_PATH=/run/lab/python/lib", "PYTHONDONTWRITEBYTECODE=1",
                    f"/run/lab/python/bin/python{version}", "-m", "han2x", "run", "--state-dir", str(STATE),
                    "--settings", str(STATE / "settings.toml"), *arguments,
                ), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._gateways.append(gateway)
        return gateway

    def stop_gateway(self) -> None:
        """End it in order, and what it announced with it."""
        self.run("kill $(pgrep -f '[h]an2x run')")
        self._gateways[-1].wait(20)

    def said(self) -> str:
        """What the gateway said."""
        return (self.scratch / "gateway.log").read_text()

    def settings(self, text: str) -> None:
        """Write the gateway's settings file."""
        file = STATE / "settings.toml"
        write = self.inside("sh", "-ec", f"cat >{file}; chown han2x:han2x {file}")
        subprocess.run(write, input=text, text=True, check=True)

    def reload(self, text: str) -> None:
        """Have the gateway take other settings."""
        self.settings(text)
        self.run("kill -HUP $(pgrep -f '[h]an2x run')")

    def found(self, kind: str) -> list[Found]:
        """What the neighbour sees of a kind of service, over IPv4.

        avahi-browse may wait for ever for a service that goes while it asks.
        """
        browse = f"timeout 10 avahi-browse --parsable --resolve --terminate {kind} || [ $? = 124 ]"
        lines = self.run_at_the_neighbour(browse).splitlines()
        return sorted((_found(line) for line in lines if line.startswith("=;n0;IPv4;")), key=lambda found: found.name)

    def stop_avahi(self) -> None:
        """As a crash of it does."""
        self.run("kill -9 $(cat /run/lab/han2x-lab.pid)")

    def start_avahi(self) -> None:
        """Start it again."""
        self.run("/run/lab/avahi han2x-lab")

    def close(self) -> None:
        """End everything in here."""
        self._process.kill()  # what is inside dies with it
        self._process.wait(10)
        for gateway in self._gateways:
            gateway.wait(10)
        assert self._process.stdout
        self._process.stdout.close()

    def _to_the_neighbour(self, command: str) -> list[str]:
        return ["nsenter", "--target", self._neighbour, "--net", "--mount", "sh", "-ec", command]


@contextmanager
def running_lab(scratch: Path) -> Iterator[Lab]:
    """A laboratory that is gone when the block ends."""
    lab = Lab(scratch)
    try:
        yield lab
    finally:
        lab.close()


@cache
def what_is_missing() -> str:
    """Why there can be no laboratory on this computer; empty when there can."""
    packages = {package for command, package in NEEDED.items() if not shutil.which(command)}
    if packages:
        return f"needs the packages {' '.join(sorted(packages))}"
    if os.geteuid() != 0:
        return "needs root, to make namespaces"
    tried = subprocess.run(["unshare", *NAMESPACES, "--fork", "true"], capture_output=True, text=True)
    return f"needs namespaces: {tried.stderr.strip()}" if tried.returncode else ""


def _found(line: str) -> Found:
    _, _, _, name, kind, _, host, address, port, texts = line.split(";", 9)
    pairs = (text.partition("=")[::2] for text in re.findall(r'"((?:[^"\\]|\\.)*)"', texts))
    return Found(_plain(name), kind, host, address, int(port), dict(pairs))


def _plain(escaped: str) -> str:
    r"""A name as avahi-browse escapes it: \032 is a space, and all that is not ASCII goes octet by octet."""
    octets = re.sub(rb"\\(\d{3}|.)", lambda found: bytes([int(found[1])]) if len(found[1]) == 3 else found[1],
                    escaped.encode())  # fmt: skip
    return octets.decode()


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()
