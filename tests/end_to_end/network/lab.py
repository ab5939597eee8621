"""A computer with NetworkManager, polkit and a neighbour with a DHCP server, in private namespaces (`lab.sh`)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("lab.sh")
RULES = ROOT / "systemd" / "50-han2x.rules"
NEEDED = {
    "NetworkManager": "network-manager",
    "nmcli": "network-manager",
    "dnsmasq": "dnsmasq-base",
    "dbus-daemon": "dbus",
    "ip": "iproute2",
    "unshare": "util-linux",
}
AGENT = "tests.end_to_end.network.agent"
POLKIT = Path("/usr/lib/polkit-1/polkitd")
WAIT_S = 30.0


class RefusedByAgentError(Exception):
    """The daemon side answered with an error."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer)
        self.answer = answer


class Agent:
    """The daemon side: `agent.py` as the unprivileged user, without a way to become more."""

    def __init__(self, lab: Lab, answer_first_s: float) -> None:
        self._log = lab.scratch / "agent.log"
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                lab.inside(*lab.python("-m", AGENT, "/run/lab/state", str(answer_first_s)), user=True),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        lab.agents.append(self)
        assert self._answer() == "ready"

    def __call__(self, do: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Ask `Network` for something."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def ending(self) -> str:
        """Wait until the change has ended, and tell how."""
        until(lambda: self("pending") is None and self("outcome"), "the change to end")
        return str(self("outcome")["ending"])

    def refusal(self, do: str, *arguments: object) -> dict[str, Any]:
        """Ask for something that must be refused, and tell how it is."""
        try:
            answer = self(do, *arguments)
        except RefusedByAgentError as refused:
            return refused.answer
        raise AssertionError(f"{do} was not refused, but gave {answer}")

    def change(self, confirm_within_s: int, **typed: object) -> str:
        """Change eth0, wait until that is in force, print how long it took, and tell the change's token."""
        started = time.monotonic()
        token: str = self("apply", {"interface": "eth0"} | typed, confirm_within_s)["token"]
        pending = self("in_force", token)
        print(f"\n{typed.get('address', 'dhcp')} in force after {time.monotonic() - started:.2f} s: {pending}")
        return token

    def kill(self) -> None:
        """As a crash does."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        assert self.process.stdout
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def _answer(self) -> Any:  # noqa: ANN401 - JSON
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self._log.read_text()
        answer = json.loads(line)
        if "error" in answer:
            raise RefusedByAgentError(answer)
        return answer["answer"]


class Lab:
    """The running laboratory."""

    def __init__(self, scratch: Path, *, auto_default: bool) -> None:
        self.scratch = scratch
        self.agents: list[Agent] = []
        (scratch / "mount").mkdir()
        self._process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--mount-proc", "--kill-child",
             "--propagation", "private", str(SCRIPT), str(scratch / "mount"), sys.base_prefix, str(ROOT)],
            env=os.environ | {"AUTO_DEFAULT": "yes" if auto_default else ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said == "ready\n", said + self._process.stdout.read()
        self._pid = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()[0]

    def inside(self, *command: str, user: bool = False) -> list[str]:
        """The command that runs a command in here, as root or as the unprivileged user."""
        enter = ["nsenter", "--target", self._pid, "--net", "--mount", "--uts", "--ipc", "--pid"]
        if user:
            enter += ["setpriv", "--reuid=han2x", "--regid=han2x", "--clear-groups", "--no-new-privs"]
        return [*enter, *command]

    def python(self, *arguments: str) -> list[str]:
        """The command that runs this very Python, found where anyone may go."""
        packages = sysconfig.get_path("platlib").replace(str(ROOT), "/run/lab/source")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return [
            "env", "--chdir=/run/lab/source", f"PYTHONPATH=/run/lab/source:{packages}",
            "LD_LIBRARY_PATH=/run/lab/python/lib", "PYTHONDONTWRITEBYTECODE=1",
            f"/run/lab/python/bin/python{version}", *arguments,
        ]  # fmt: skip

    def run(self, command: str) -> str:
        """Run a shell command in here as root."""
        return _run(self.inside("sh", "-ec", command))

    def run_as_user(self, *command: str) -> str:
        """Run a command in here as the unprivileged user."""
        return _run(self.inside(*command, user=True))

    def agent(self, answer_first_s: float = 0.0) -> Agent:
        """Start the daemon side."""
        return Agent(self, answer_first_s)

    def profile(self, settings: str) -> None:
        """Store a profile "wired" with these nmcli settings, and put it in force."""
        self.run(f"nmcli connection add type ethernet ifname eth0 con-name wired {settings}; nmcli connection up wired")

    def addresses(self) -> list[str]:
        """The IPv4 addresses that the kernel has on eth0."""
        return [word for word in self.run("ip -4 -brief address show eth0").split() if "/" in word]

    def wait_for_addresses(self, *wanted: str) -> float:
        """Wait until eth0 has just these (`*` after 192.168.77. is one from DHCP); how many seconds that took."""
        return until(lambda: _all_fit(self.addresses(), wanted), f"eth0 to have {wanted}")

    def stored(self) -> str:
        """The IPv4 part of what is on the disk for the next start, as newer releases write it."""
        part = self.run("sed -n '/^.ipv4/,/^$/p' /etc/NetworkManager/system-connections/* 2>/dev/null || true")
        return re.sub(r"^(address1=[^,\n]+),(.+)$", r"\1\ngateway=\2", part, flags=re.MULTILINE)

    def kill_manager(self) -> None:
        """As a crash of NetworkManager does."""
        owned = "nmcli -t general >/dev/null 2>&1"
        self.run(f"kill -9 $(cat /run/lab/manager.pid); while {owned}; do sleep .05; done")

    def start_manager(self) -> None:
        """Start NetworkManager again."""
        self.run(
            "/run/lab/manager; for i in $(seq 99); do nmcli -t general >/dev/null 2>&1 && exit; sleep .05; done; false"
        )

    def cut_power(self) -> None:
        """As far as NetworkManager and the disk can see: all dies at once, and what was in memory (/run) is lost."""
        for agent in self.agents:
            agent.kill()
        self.kill_manager()
        self.run("rm -rf /run/NetworkManager; ip address flush dev eth0; ip link set eth0 down; sleep .1")
        self.start_manager()

    def allow(self, rules: str) -> None:
        """Put these polkit rules in force."""
        target = "/etc/polkit-1/rules.d/50-han2x.rules"
        write = self.inside("sh", "-c", f"cat >{target}; chmod 644 {target}")
        subprocess.run(write, input=rules, text=True, check=True)

    def close(self) -> None:
        """End everything in here."""
        self._process.kill()  # what is inside dies with it
        self._process.wait(10)
        assert self._process.stdout
        self._process.stdout.close()
        for agent in self.agents:
            agent.kill()


@contextmanager
def running_lab(scratch: Path, *, auto_default: bool = False) -> Iterator[Lab]:
    """A laboratory with the rules in force that the product installs."""
    lab = Lab(scratch, auto_default=auto_default)
    try:
        lab.allow(RULES.read_text())
        yield lab
    finally:
        lab.close()


def until(condition: Callable[[], object], wanted: str) -> float:
    """Wait for a condition; how many seconds that took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + WAIT_S, f"waited in vain for {wanted}"
        time.sleep(0.05)
    return time.monotonic() - started


@cache
def what_is_missing() -> str:
    """Why there can be no laboratory on this computer; empty when there can."""
    packages = {package for command, package in NEEDED.items() if not shutil.which(command)}
    if not POLKIT.exists():
        packages.add("polkitd")
    if packages:
        return f"needs the packages {' '.join(sorted(packages))}"
    if os.geteuid() != 0:
        return "needs root, to make namespaces"
    tried = subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "true"], capture_output=True, text=True)
    return f"needs namespaces: {tried.stderr.strip()}" if tried.returncode else ""


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=15)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def _all_fit(have: list[str], wanted: tuple[str, ...]) -> bool:
    return len(have) == len(wanted) and all(fnmatch(one, other) for one, other in zip(have, wanted, strict=True))
