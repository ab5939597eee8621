"""Whether this computer can boot the machines of the system tests: `python -m tests.system.able`.

When it cannot, it says why and ends with status 77, by which Automake knows tests that cannot be run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

CANNOT: Final = 77
# What systemd-nspawn and podman do first: mounts, a file system layer, namespaces, a control group.
_TRY: Final = """
set -eu
step() { echo "$*"; }
step "mount a file system"
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root
step "lay one file system over another (overlay)"
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
step "mount control groups (cgroup2)"
mkdir /mnt/groups
mount -t cgroup2 none /mnt/groups
step "make a control group"
group=/mnt/groups/han2x-test-$$
mkdir $group
rmdir $group
"""


def obstacle() -> str | None:
    """Why the system tests cannot be run here, in one line; None when they can."""
    if os.geteuid() != 0:
        return "the system tests need root"
    spaces = ["--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--cgroup"]
    command = ["unshare", *spaces, "--propagation", "private", "sh", "-c", _TRY]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        return "the system tests need unshare (Debian package util-linux)"
    if done.returncode == 0:
        return None
    step = (done.stdout.splitlines() or ["make namespaces"])[-1]
    return f"the system tests cannot be run here, where root cannot {step}: {' '.join(done.stderr.split())}"


def main() -> int:
    """The command."""
    if (reason := obstacle()) is None:
        return 0
    print(reason, file=sys.stderr)
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
