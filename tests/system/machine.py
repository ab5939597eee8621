"""A Debian computer with a real systemd as its first process, in a container that is gone afterwards.

`systemd-nspawn` boots a tree that debootstrap made, under a file system layer in memory that takes all changes. The
container has a network of its own without any way out. Needs root.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    "systemd", "systemd-sysv", "libpam-systemd", "dbus", "udev", "polkitd", "network-manager", "python3",
    "python3-venv", "procps", "make",
)  # fmt: skip
BOOT_S: Final = 120.0
END_S: Final = 60.0
TRIES: Final = 3
BOOTED: Final = Path("/run/han2x-system-tests.lock")

# Mounts are private to the process, so nothing is left on the host. systemd-nspawn wants an empty /run there.
_BOOT: Final = """
set -eu
tree=$1 binds=$2
mount -t tmpfs tmpfs /run
mkdir -p /run/layer/upper /run/layer/work /run/layer/root
mount -t overlay -o "lowerdir=$tree,upperdir=/run/layer/upper,workdir=/run/layer/work" overlay /run/layer/root
exec systemd-nspawn --quiet --directory=/run/layer/root --machine="han2x-test-$$" --register=no --keep-unit \
    --private-network --console=pipe --capability=all --system-call-filter=bpf $binds --boot systemd.show_status=0
"""


def tree(release: str, packages: Collection[str] = PACKAGES, kind: str = "") -> Path:
    """A Debian tree of this release with these packages, made by debootstrap once and kept in the user's cache.

    Trees with other packages have a `kind` of their own, which is a part of their name.
    """
    name = f"{release}-{kind}" if kind else release
    return kept(name, lambda folder, log: debootstrap(folder, log, packages, release))


def kept(name: str, fill: Callable[[Path, Path], bool]) -> Path:
    """A tree of files in the user's cache. `fill` is given a folder and a log, once, and says whether it is filled."""
    done, made, log = (_cache() / f"{name}{end}" for end in ("", ".new", ".log"))
    _cache().mkdir(parents=True, exist_ok=True)
    with _alone(_cache() / f"{name}.lock"):
        for attempt in range(1, TRIES + 1):
            if done.exists():
                break
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir()
            if fill(made, log):
                made.rename(done)
            else:
                print(f"debootstrap failed, attempt {attempt} of {TRIES}")
    assert done.exists(), f"no Debian tree could be made:\n{log.read_text()[-2000:]}"
    return done


def debootstrap(folder: Path, log: Path, packages: Collection[str], release: str, *options: str) -> bool:
    """Put a small Debian into the folder; returns whether that worked, and writes how into the log."""
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", *options, release, str(folder)]
    with log.open("w") as said:
        return subprocess.run(command, check=False, stdout=said, stderr=subprocess.STDOUT).returncode == 0


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "han2x" / "trees"


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Let no other run of these tests into the block meanwhile; it waits until we leave."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Machine:
    """A booted machine; `leader` is its first process as the host numbers it."""

    def __init__(self, leader: int) -> None:
        self.leader = leader

    def run(self, command: str, *, check: bool = True, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a shell command as the machine's root."""
        done = self._enter("-m", "-u", "-i", "-n", "-p", "-r", "-w", command=["bash", "-c", command], timeout=timeout)
        assert done.returncode == 0 or not check, (
            f"{command}\nexit status {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def output(self, command: str) -> str:
        """What a shell command prints."""
        return self.run(command).stdout.strip()

    def on_its_network(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the host that sees nothing of the machine but its network."""
        return self._enter("-n", command=list(command), timeout=120)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 120) -> float:
        """Wait for the condition; answers how long it took."""
        begun = time.monotonic()
        while not condition():
            assert time.monotonic() - begun < seconds, "this never came true"
            time.sleep(0.05)
        return time.monotonic() - begun

    def _enter(self, *what: str, command: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        return subprocess.run(
            ["nsenter", "-t", str(self.leader), *what, *command],
            env=environment, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def booted(root: Path, binds: Mapping[Path, str], log: Path) -> Iterator[Machine]:
    """The tree, booted; `binds` are folders of the host that it sees read-only at another path.

    One at a time on a host: two would share a control group, and each take the other's processes for its own.
    """
    with _alone(BOOTED), _container(root, binds, log) as machine:
        yield machine


@contextmanager
def _container(root: Path, binds: Mapping[Path, str], log: Path) -> Iterator[Machine]:
    options = " ".join(f"--bind-ro={source}:{place}" for source, place in binds.items())
    with log.open("w") as console:
        container = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "boot", str(root), options],
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
            # The new layout of control groups: only there can devices be forbidden.
            env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        )  # fmt: skip
        try:
            machine = Machine(_leader(container, log))
            machine.wait_until(lambda: _is_up(machine), BOOT_S)
            yield machine
            machine.run("systemctl poweroff --force", check=False)
            with suppress(subprocess.TimeoutExpired):
                container.wait(timeout=END_S)
        finally:
            container.kill()
            container.wait()
            _remove_control_groups()


def _leader(container: subprocess.Popen[bytes], log: Path) -> int:
    """The container's first process: the child of systemd-nspawn whose own first process is itself."""
    deadline = time.monotonic() + BOOT_S
    while time.monotonic() < deadline:
        assert container.poll() is None, log.read_text()
        for child in Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text().split():
            if _is_first_of_its_own(child):
                return int(child)
        time.sleep(0.02)
    raise AssertionError(f"the container did not start:\n{log.read_text()}")


def _is_first_of_its_own(process: str) -> bool:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return False
    return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in lines)


def _is_up(machine: Machine) -> bool:
    return machine.run("systemctl is-system-running", check=False).stdout.strip() in {"running", "degraded"}


def _remove_control_groups() -> None:
    """systemd-nspawn leaves its groups behind when no systemd of the host looks after them."""
    for name in ("payload", "supervisor"):
        for group in sorted(Path("/sys/fs/cgroup").glob(f"*/{name}"), reverse=True):
            for inner in sorted(group.rglob("*"), reverse=True):
                if inner.is_dir():
                    _remove(inner)
            _remove(group)


def _remove(group: Path) -> None:
    try:
        group.rmdir()
    except OSError:
        return
