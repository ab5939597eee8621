"""Tears a USB serial adapter out of a running gateway and puts it back: `python -m tests.system.usb_unplug`.

A virtual machine (QEMU without any hardware's help, so it takes minutes) runs Debian's own kernel and udev with the
installed service. The adapter's other end is a simulated meter on the host. Printed is how long after the plug went in
the first reading is there. Needs root, and the Debian packages qemu-system-x86, systemd-container and debootstrap.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.system.asking import has_reading, serves, until
from tests.system.machine import tree
from tests.system.packages import wheelhouse

SOURCE: Final = Path(__file__).parents[2]
RELEASE: Final = "bookworm"
MODBUS, METER = 15502, 17777
BOOT_S: Final = 300.0
SETTINGS: Final = """
[modbus]
stale_after_s = 5
[[meters]]
port = "/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_HAN0001-if00-port0"
"""
_INSTALL_KERNEL: Final = """
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends linux-image-amd64 initramfs-tools >/dev/null 2>&1
"""
# An empty /run, as systemd-nspawn wants it, and a shell command in a tree of files.
_IN_TREE: Final = """
mount -t tmpfs tmpfs /run
exec systemd-nspawn --quiet --register=no --keep-unit --pipe --directory="$1" \
    --bind-ro="$2:/src" --bind-ro="$3:/packages" sh -euc "$4"
"""


def main() -> None:
    """The command line."""
    with tempfile.TemporaryDirectory(prefix="han2x-usb-") as name:
        folder = Path(name)
        disk, kernel, ramdisk = make_disk(folder)
        with simulated_meter(), machine(folder, disk, kernel, ramdisk) as qmp:
            print(f"Modbus answers {until(BOOT_S, lambda: serves(MODBUS)):.1f} s after power on", flush=True)
            for word in ("plugged in", "put back"):
                qmp(
                    "device_add",
                    driver="usb-serial",
                    id="adapter",
                    chardev="meter",
                    serial="HAN0001",
                    **{"always-plugged": True},
                )
                print(
                    f"first reading {until(120, lambda: has_reading(MODBUS)):.1f} s after the adapter was {word}",
                    flush=True,
                )
                qmp("device_del", id="adapter")
                print(
                    f"torn out; refused as stale after {until(60, lambda: not has_reading(MODBUS)):.1f} s", flush=True
                )


def make_disk(folder: Path) -> tuple[Path, Path, Path]:
    """A disk with Debian, its kernel and the installed service; disk, kernel and initial RAM disk."""
    root, packages = folder / "root", folder / "packages"
    packages.mkdir()
    subprocess.run(["cp", "-a", str(tree(RELEASE)), str(root)], check=True)
    wheelhouse(RELEASE, SOURCE, packages)
    in_tree(root, packages, _INSTALL_KERNEL)
    in_tree(root, packages, "HAN2X_WHEELS=/packages /src/systemd/install")
    state = root / "var/lib/han2x"
    state.mkdir(mode=0o700, exist_ok=True)
    (state / "settings.toml").write_text(SETTINGS)
    in_tree(root, packages, "chown -R han2x:han2x /var/lib/han2x")
    disk = folder / "disk"
    subprocess.run(["mkfs.ext4", "-q", "-d", str(root), str(disk), "2500M"], check=True)
    found = [next(root.glob(f"boot/{name}-*")) for name in ("vmlinuz", "initrd.img")]
    kept = [Path(shutil.copy(path, folder)) for path in found]
    shutil.rmtree(root)
    return disk, kept[0], kept[1]


def in_tree(root: Path, packages: Path, command: str) -> None:
    """Run a shell command in the tree, with the host's network."""
    arguments = [str(root), str(SOURCE), str(packages), command]
    subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-euc", _IN_TREE, "sh", *arguments],
        check=True,
        stdin=subprocess.DEVNULL,
    )


@contextmanager
def simulated_meter() -> Iterator[None]:
    """A meter behind a TCP port, which stays connected to the adapter's other end whether or not it is plugged in."""
    command = [sys.executable, "-m", "han2x", "simulate", "--tcp", f"127.0.0.1:{METER}", "--speed", "5"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as meter:
        yield
        meter.terminate()


@contextmanager
def machine(folder: Path, disk: Path, kernel: Path, ramdisk: Path) -> Iterator[Callable[..., Any]]:
    """A running machine; gives the function that sends commands of the QEMU Machine Protocol."""
    command = [
        "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults",
        "-display", "none", "-no-reboot", "-serial", f"file:{folder}/console", "-kernel", str(kernel),
        "-initrd", str(ramdisk), "-append", "console=ttyS0 root=/dev/vda rw quiet net.ifnames=0",
        "-drive", f"file={disk},if=virtio,format=raw,snapshot=on", "-device", "qemu-xhci",
        "-nic", f"user,restrict=on,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:{MODBUS}-:502",
        "-qmp", f"unix:{folder}/qmp,server,nowait",
        "-chardev", f"socket,id=meter,host=127.0.0.1,port={METER},reconnect=1",
    ]  # fmt: skip
    with subprocess.Popen(command) as running:
        try:
            until(10, (folder / "qmp").exists)
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(folder / "qmp"))
            lines = connection.makefile("rw")
            lines.readline()

            def send(execute: str, **arguments: object) -> object:
                lines.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
                lines.flush()
                for line in lines:
                    answer = json.loads(line)
                    if "error" in answer:
                        raise RuntimeError(answer["error"]["desc"])
                    if "return" in answer:
                        return answer["return"]
                raise RuntimeError("the machine is gone")

            send("qmp_capabilities")
            yield send
        finally:
            running.kill()


if __name__ == "__main__":
    main()
