"""An image laid out as Raspberry Pi OS Lite is, of Debian's own packages.

It has Debian's kernel for virtual machines, which QEMU starts; no Raspberry Pi would. Needs root.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.system.machine import debootstrap, kept

SOURCE: Final = Path(__file__).parents[2]
IN_IMAGE: Final = SOURCE / "deploy/sd-image/in-image"
DISK_ID: Final = "4e639091"
_BOOT_START, _BOOT_SECTORS, _ROOT_SECTORS, _OCTETS = 8192, 131072, 3145728, 512
_PACKAGES: Final = (
    "systemd", "systemd-sysv", "libpam-systemd", "dbus", "udev", "polkitd", "network-manager", "python3", "procps",
    "initramfs-tools", "openssh-server", "iproute2", "kmod", "tzdata", "systemd-timesyncd", "libstdc++6", "e2fsprogs",
)  # fmt: skip
_COMMAND_LINE: Final = (
    f"console=serial0,115200 console=tty1 root=PARTUUID={DISK_ID}-02 rootfstype=ext4 fsck.repair=yes rootwait quiet "
    "init=/usr/lib/raspberrypi-sys-mods/firstboot\n"
)
_FSTAB: Final = f"""proc            /proc           proc    defaults          0       0
PARTUUID={DISK_ID}-01  /boot/firmware  vfat    defaults          0       2
PARTUUID={DISK_ID}-02  /               ext4    defaults,noatime  0       1
"""
# Without any hardware's help the service may take minutes to start, beside other work.
_SLOW: Final = "[Service]\nTimeoutStartSec=900\nWatchdogSec=900\n"
# A user whose password everybody knows, as images had one once.
_USER: Final = """
echo 'pi:x:1000:1000::/home/pi:/bin/bash' >> "$1/etc/passwd"
echo "pi:$(openssl passwd -6 raspberry):19000:0:99999:7:::" >> "$1/etc/shadow"
"""


def make(architecture: str, image: Path) -> None:
    """Write such an image to a file."""
    root, boot = _tree(architecture), image.with_suffix(".boot")
    with image.open("wb") as file:
        file.truncate((_BOOT_START + _BOOT_SECTORS + _ROOT_SECTORS) * _OCTETS)
    table = f"label: dos\nlabel-id: 0x{DISK_ID}\n{_BOOT_START},{_BOOT_SECTORS},c\n{_BOOT_START + _BOOT_SECTORS},,83\n"
    subprocess.run(["sfdisk", "--quiet", str(image)], input=table, text=True, check=True)
    start = (_BOOT_START + _BOOT_SECTORS) * _OCTETS
    options = ["-q", "-L", "rootfs", "-d", str(root), "-E", f"offset={start}"]
    subprocess.run(["mkfs.ext4", *options, str(image), f"{_ROOT_SECTORS // 2}k"], check=True)
    # FAT is made in a file of its own: not every mkfs.vfat knows an offset.
    with boot.open("wb") as file:
        file.truncate(_BOOT_SECTORS * _OCTETS)
    subprocess.run(["mkfs.vfat", "-F", "32", "-n", "bootfs", str(boot)], check=True, stdout=subprocess.DEVNULL)
    put_on_boot(boot, "cmdline.txt", _COMMAND_LINE, offset=0)
    put_on_boot(boot, "config.txt", "arm_64bit=1\nauto_initramfs=1\n", offset=0)
    copy = ["dd", f"if={boot}", f"of={image}", f"seek={_BOOT_START}", "conv=notrunc,sparse", "status=none"]
    subprocess.run(copy, check=True)
    boot.unlink()


def put_on_boot(image: Path, name: str, text: str, offset: int = _BOOT_START * _OCTETS) -> None:
    """Write a file of an image's boot partition, as a person does who puts the card into a computer."""
    subprocess.run(["mcopy", "-o", "-i", f"{image}@@{offset}", "-", f"::{name}"], input=text, text=True, check=True)


def read_from_boot(image: Path, name: str) -> str:
    """A file of an image's boot partition."""
    command = ["mtype", "-i", f"{image}@@{_BOOT_START * _OCTETS}", f"::{name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _tree(architecture: str) -> Path:
    """What is on the root partition, made once and kept; for another processor than ours that is slow."""
    native = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout
    foreign = [] if native.strip() == architecture else ["--foreign", f"--arch={architecture}"]

    def fill(folder: Path, log: Path) -> bool:
        packages = (*_PACKAGES, f"linux-image-cloud-{architecture}")
        if not debootstrap(folder, log, packages, "bookworm", *foreign):
            return False
        if foreign:
            second = [str(IN_IMAGE), str(folder), "env", "container=lxc", "/debootstrap/debootstrap", "--second-stage"]
            with log.open("a") as said:
                subprocess.run(second, check=True, stdout=said)
        _as_on_a_card(folder)
        return True

    return kept(f"card-{architecture}", fill)


def _as_on_a_card(root: Path) -> None:
    (root / "boot/firmware").mkdir()
    (root / "etc/fstab").write_text(_FSTAB)
    (root / "etc/hostname").write_text("raspberrypi\n")
    (root / "etc/hosts").write_text("127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n")
    (root / "etc/machine-id").write_text("uninitialized\n")
    (root / "etc/systemd/system/han2x.service.d").mkdir()
    (root / "etc/systemd/system/han2x.service.d/slow.conf").write_text(_SLOW)
    subprocess.run(["sh", "-euc", _USER, "sh", str(root)], check=True)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    (root / "var/cache/apt/archives/partial").mkdir(parents=True)
