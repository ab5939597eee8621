"""Runs the gateway on an emulated 64-bit ARM, as in a Raspberry Pi: `python -m tests.system.aarch64 [bookworm|trixie]`.

Debian's own Python for arm64 and our arm64 package run through QEMU's user emulation, which is known to the kernel
inside a namespace only. Printed are the start and a reading of the simulated meter. Needs root, and the Debian packages
qemu-user-static and debootstrap. The kernel must be 6.7 or newer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.system.asking import has_reading, serves, until
from tests.system.debs import SOURCE, build

MODBUS: Final = 15503
# Packages are unpacked, not configured: that is enough for Python, and saves minutes of emulation.
_UNPACK: Final = """
debootstrap --download-only --arch=arm64 --variant=minbase --include=python3 "$1" "$2/packages" >/dev/null
mkdir "$2/root"
for package in "$2"/packages/var/cache/apt/archives/*.deb "$3"; do dpkg-deb -x "$package" "$2/root"; done
"""
_RUN: Final = """
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
mount --rbind /dev "$1/dev"
mount --rbind /proc "$1/proc"
exec chroot "$1" /usr/bin/env -i PATH=/usr/bin LANG=C.UTF-8 python3 -c "$2"
"""
_START: Final = f"""
import os, platform
print(platform.machine(), platform.python_version(), flush=True)
options = "--demo --state-dir /tmp/state --modbus 127.0.0.1:{MODBUS} --web 127.0.0.1:0".split()
os.execv("/usr/bin/han2x", ["han2x", "run", *options])
"""


def main() -> None:
    """The command line."""
    release = sys.argv[1] if len(sys.argv) > 1 else "bookworm"
    with tempfile.TemporaryDirectory(prefix="han2x-arm-") as name:
        folder = Path(name)
        package = build(SOURCE, None, folder, "arm64")
        subprocess.run(["sh", "-euc", _UNPACK, "sh", release, name, str(package)], check=True)
        command = [
            "unshare",
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-euc",
            _RUN,
            "sh",
            str(folder / "root"),
            _START,
        ]
        begun = time.monotonic()
        with subprocess.Popen(command) as emulated:
            try:
                until(120, lambda: serves(MODBUS))
                print(f"Modbus answers {time.monotonic() - begun:.1f} s after the start", flush=True)
                until(60, lambda: has_reading(MODBUS))
                print(f"the first reading is there {time.monotonic() - begun:.1f} s after the start", flush=True)
            finally:
                emulated.terminate()


if __name__ == "__main__":
    main()
