"""Containers without any engine that is a service: buildah and podman in namespaces of their own. Needs root."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

AUTHORITIES: Final = "/etc/ssl/certs/ca-certificates.crt"
ANSWER_S: Final = 120.0
STOP_S: Final = 60
LIMITS: Final = ("--network=host", "--cgroups=disabled", "--ulimit=nofile=1024:1024", "--ulimit=nproc=4096:4096")
# What the namespaces need: control groups as podman wants them, and a loopback device.
_PREPARE: Final = """
set -eu
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
ip link set lo up
echo ready
exec sleep infinity
"""
_CLIENT: Final = (
    f"import socket, sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); "
    "s = socket.create_connection(('127.0.0.1', 502), 20); "
)
_READ: Final = (
    _CLIENT + "from han2x.modbus_client import *; "
    "print(int.from_bytes(read_holding_registers(s, 1, int(sys.argv[1]) - 40001, 2), 'big'))"
)
_WRITE_FACTOR: Final = (
    _CLIENT + "s.sendall(bytes.fromhex('00010000000b01100030000204') + int(sys.argv[1]).to_bytes(4, 'big')); s.recv(99)"
)


class Containers:
    """Storage for images and containers in a folder, and a network that knows nobody."""

    def __init__(self, folder: Path, holder: int) -> None:
        self._holder = str(holder)
        self._storage = folder / "storage.conf"
        self._storage.write_text(
            f'[storage]\ndriver = "overlay"\nrunroot = "{folder}/run"\ngraphroot = "{folder}/graph"\n'
        )

    def inside(self, *command: str, network: bool = True) -> list[str]:
        """The command that runs a command of the host there, or only its mounts, with the host's network."""
        namespaces = ["-m", "-n"] if network else ["-m"]
        return ["nsenter", "-t", self._holder, *namespaces, "env", f"CONTAINERS_STORAGE_CONF={self._storage}", *command]

    def run(self, *command: str, check: bool = True, network: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of the host there."""
        done = subprocess.run(
            self.inside(*command, network=network),
            capture_output=True, text=True, check=False, timeout=400, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0 or not check, f"{command}\n{done.stdout}{done.stderr}"
        return done

    def podman(self, *arguments: str, check: bool = True) -> str:
        """What podman prints."""
        return self.run("podman", "--cgroup-manager=cgroupfs", *arguments, check=check).stdout.strip()

    def import_tree(self, tree: Path, name: str) -> None:
        """Make an image of a folder."""
        command = self.inside("podman", "--cgroup-manager=cgroupfs", "import", "--quiet", "-", name)
        with subprocess.Popen(["tar", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE) as packing:
            subprocess.run(command, stdin=packing.stdout, check=True, capture_output=True)

    def build(self, source: Path, name: str, argument: str) -> None:
        """Build an image from a folder with a Dockerfile; pip in it reaches the internet, and trusts whom we trust."""
        certificates = ["-v", f"{AUTHORITIES}:{AUTHORITIES}:ro"] if Path(AUTHORITIES).exists() else []
        self.run(
            "buildah", "bud", "--quiet", "--format=docker", "--isolation=chroot", "--pull-never", *certificates,
            "--build-arg", argument, "--tag", name, str(source), network=False,
        )  # fmt: skip

    @contextmanager
    def running(self, *arguments: str) -> Iterator[None]:
        """A container called gateway, which is gone when the block ends."""
        self.podman("run", "--detach", "--replace", "--name=gateway", *LIMITS, *arguments)
        try:
            yield
        finally:
            self.podman("rm", "--force", f"--time={STOP_S}", "gateway", check=False)

    def stop(self) -> float:
        """Stop the container called gateway; answers the seconds it took."""
        begun = time.monotonic()
        self.podman("stop", f"--time={STOP_S}", "gateway")
        return time.monotonic() - begun

    def register(self, number: int) -> int:
        """A 32-bit value of the gateway by its 4xxxx number, as soon as it has one."""
        deadline = time.monotonic() + ANSWER_S
        while (done := self.run(sys.executable, "-c", _READ, str(number), check=False)).returncode != 0:
            assert time.monotonic() < deadline, done.stderr + self.podman("logs", "gateway")
            time.sleep(0.2)
        return int(done.stdout)

    def write_factor(self, factor: int) -> None:
        """Write the gateway's scaling factor by function code 16."""
        self.run(sys.executable, "-c", _WRITE_FACTOR, str(factor))


@contextmanager
def containers(folder: Path) -> Iterator[Containers]:
    """Such a place, in a folder that is gone afterwards."""
    command = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c", _PREPARE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        made = Containers(folder, holder.pid)
        try:
            yield made
        finally:
            made.podman("rm", "--all", "--force", check=False)
            holder.kill()
    shutil.rmtree(folder, ignore_errors=True)
