"""Makes an appliance of a stand-in for Raspberry Pi OS: `python -m tests.system.sd_image [amd64|arm64]`.

QEMU, without any hardware's help, runs it with 512 MB as a Pi has them, on a network of its own: first without DHCP and
without anybody's SSH key, then restarted, then with its power cut, then with DHCP. Printed is how long each took. Needs
root, and the Debian packages in the Makefile at `sd-image-test`.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from han2x.modbus_client import ModbusError, read_holding_registers
from tests.system import stand_in
from tests.system.asking import connected, until, write_factor
from tests.system.debs import SOURCE, build

FALLBACK: Final = "192.168.1.232"
LEASED: Final = "192.168.77.50"
PATIENCE_S: Final = 1200.0
FACTOR: Final = 48
_EMULATORS: Final = {
    "amd64": ("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-append", "console=ttyS0"),
    "arm64": ("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-append", "console=ttyAMA0"),
}
# What has to be so on a running gateway, as a shell command that says nothing; each fails on the image as it was.
_EXPECTED: Final = {
    "the root file system is a layer in memory": "findmnt -no FSTYPE / | grep -qx overlay",
    "what is under it is read-only": "findmnt -no OPTIONS /media/root-ro | grep -q '^ro,'",
    "the boot partition is not written": "! touch /boot/firmware/x 2>/dev/null",
    "settings are on the partition for data": "findmnt -no FSTYPE /var/lib/han2x | grep -qx ext4",
    "so are network profiles": "findmnt -no FSTYPE /etc/NetworkManager/system-connections | grep -qx ext4",
    "the journal is in memory": '[ -z "$(find /var/log/journal -type f)" ] && [ -d /run/log/journal ]',
    "there is no swap": '[ "$(wc -l < /proc/swaps)" = 1 ]',
    "the watchdog is asked for": "systemctl show -P RuntimeWatchdogUSec | grep -qx 14s",
    "nobody has a password": "! grep -E '^[^:]+:(\\$|:)' /etc/shadow",
    "nothing has failed": '[ -z "$(systemctl --failed --no-legend --plain)" ]',
    "it is called han2x": "[ \"$(hostname)\" = han2x ]",
}  # fmt: skip


def main() -> None:
    """The command line."""
    architecture = sys.argv[1] if len(sys.argv) > 1 else "amd64"
    if len(sys.argv) > 2:
        _live(architecture, Path(sys.argv[2]))
        return
    with tempfile.TemporaryDirectory(prefix="han2x-card-") as name:
        folder = Path(name)
        raw, card = folder / "os.img", folder / "card.img"
        stand_in.make(architecture, raw)
        given = os.environ.get("HAN2X_PACKAGE")
        package = Path(given) if given else build(SOURCE, None, folder, architecture)
        begun = time.monotonic()
        recipe = [str(SOURCE / "deploy/sd-image/build"), str(raw), str(package), str(card)]
        subprocess.run(recipe, check=True, stdout=sys.stderr, stderr=sys.stderr)
        print(f"the image is made in {time.monotonic() - begun:.0f} s", flush=True)
        # The same again, where no other network is.
        again = [sys.executable, "-m", "tests.system.sd_image", architecture, name]
        subprocess.run(["unshare", "--net", *again], check=True)


def _live(architecture: str, folder: Path) -> None:
    card = Card(architecture, folder)
    _network()
    root = card.root_digest()
    with card.running():
        _said("it answers on 192.168.1.232, without DHCP", until(PATIENCE_S, lambda: _serves(FALLBACK)))
        _said("and so does the page", until(PATIENCE_S, lambda: _has_page(FALLBACK)))
        assert not _is_open(FALLBACK, 22), "SSH is open to whoever comes"
        write_factor(FALLBACK, 2500)
        card.power_off()
    stand_in.put_on_boot(card.image, "authorized_keys", card.make_key())
    with card.running():
        until(PATIENCE_S, lambda: _factor(FALLBACK) == 2500)
        print("the scaling factor is there after a restart", flush=True)
        first = _facts(card)
        card.ssh("nmcli general hostname han2x-cellar")
        until(60, lambda: card.ssh("cat /data/etc/hostname") == "han2x-cellar")
        write_factor(FALLBACK, 5000)
        card.cut_power()
    with card.running():
        until(PATIENCE_S, lambda: _factor(FALLBACK) == 5000)
        print("the scaling factor is there after a power cut right behind its acknowledgement", flush=True)
        assert card.ssh("hostname; cat /etc/machine-id").split() == ["han2x-cellar", first["machine-id"]]
        assert card.ssh("ssh-keygen -y -f /data/ssh/ssh_host_ed25519_key") == first["host key"]
        with _dhcp(folder):
            _said("it takes the address that DHCP gives", until(PATIENCE_S, lambda: _serves(LEASED)))
            _said("and gives up 192.168.1.232", until(PATIENCE_S, lambda: not _is_open(FALLBACK, 502)))
        card.power_off()
    assert card.root_digest() == root, "the root partition was written"
    print("the root partition has the octets that it had at first", flush=True)


class Card:
    """A card in a gateway that is emulated. `image` is the card."""

    def __init__(self, architecture: str, folder: Path) -> None:
        self.image = folder / "card.img"
        self._folder = folder
        self._architecture = architecture
        self._command = _EMULATORS[architecture]
        self._key = folder / "key"
        self._process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Power, until the block ends. What the kernel says is in the file `console`."""
        kernel, ramdisk = self._boot_file("vmlinuz"), self._boot_file("initrd.img")
        program, *options = self._command
        options[-1] = f"{stand_in.read_from_boot(self.image, 'cmdline.txt').strip()} {options[-1]}"
        command = [
            program, *options, "-smp", "2", "-m", "512", "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", str(kernel), "-initrd", str(ramdisk),
            "-drive", f"file={self.image},if=none,id=card,format=raw,cache=writeback",
            "-device", "virtio-blk-pci,drive=card", "-netdev", "tap,id=lan,ifname=tap0,script=no,downscript=no",
            "-device", "virtio-net-pci,netdev=lan,romfile=",
            "-serial", f"file:{self._folder}/console", "-monitor", f"unix:{self._folder}/monitor,server,nowait",
        ]  # fmt: skip
        with subprocess.Popen(command) as self._process:
            try:
                yield
            except BaseException:
                print((self._folder / "console").read_text(errors="replace")[-4000:], file=sys.stderr)
                raise
            finally:
                self._process.kill()

    def power_off(self) -> None:
        """As somebody who presses the button and waits. The emulated Pi has none, and its plug is pulled."""
        assert self._process is not None
        if self._architecture == "arm64":
            self.cut_power()
            return
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(f"{self._folder}/monitor")
            monitor.recv(4096)
            monitor.sendall(b"system_powerdown\n")
            monitor.recv(4096)
        self._process.wait(PATIENCE_S)

    def cut_power(self) -> None:
        """As somebody who pulls the plug."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def make_key(self) -> str:
        """A key of SSH that is ours; its public half."""
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._key)], check=True)
        return self._key.with_suffix(".pub").read_text()

    def ssh(self, command: str) -> str:
        """What a shell command on the gateway prints; fails as it does."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=60")
        known = [word for option in options for word in ("-o", option)]
        done = subprocess.run(
            ["ssh", "-i", str(self._key), *known, f"root@{FALLBACK}", command],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def root_digest(self) -> str:
        """A digest of all that is on the root partition."""
        start, octets = self._root()
        digest = hashlib.sha256()
        with self.image.open("rb") as file:
            file.seek(start)
            while octets and (chunk := file.read(min(octets, 1 << 20))):
                digest.update(chunk)
                octets -= len(chunk)
        return digest.hexdigest()

    def _root(self) -> tuple[int, int]:
        command = ["sfdisk", "--dump", str(self.image)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        (line,) = (line for line in lines if "img2" in line)
        start, size = (int(part.rpartition("=")[2]) * 512 for part in line.split(",")[:2])
        return start, size

    def _boot_file(self, name: str) -> Path:
        """A file of /boot, as the firmware would find it."""
        target = self._folder / name
        if not target.exists():
            disk = f"{self.image}?offset={self._root()[0]}"
            listing = subprocess.run(["debugfs", "-R", "ls -p /boot", disk], capture_output=True, text=True, check=True)
            (found,) = (entry.split("/")[5] for entry in listing.stdout.split() if f"/{name}-" in entry)
            subprocess.run(["debugfs", "-R", f"dump /boot/{found} {target}", disk], check=True, capture_output=True)
        return target


def _facts(card: Card) -> dict[str, str]:
    until(PATIENCE_S, lambda: _is_open(FALLBACK, 22))
    for what, command in _EXPECTED.items():
        card.ssh(command)
        print(f"  {what}", flush=True)
    print(f"  memory: {card.ssh('free -m | sed -n 2p')}", flush=True)
    until(60, lambda: card.ssh("cat /data/etc/machine-id || true") != "")
    return {
        "machine-id": card.ssh("cat /etc/machine-id"),
        "host key": card.ssh("ssh-keygen -y -f /data/ssh/ssh_host_ed25519_key"),
    }


def _network() -> None:
    for command in (
        "tuntap add tap0 mode tap", "address add 192.168.1.10/24 dev tap0", "address add 192.168.77.1/24 dev tap0",
        "link set tap0 up", "link set lo up",
    ):  # fmt: skip
        subprocess.run(["ip", *command.split()], check=True)


@contextmanager
def _dhcp(folder: Path) -> Iterator[None]:
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--no-ping"]
    ranges = [f"--dhcp-range={LEASED},{LEASED},1h", f"--dhcp-leasefile={folder}/leases", "--pid-file="]
    with subprocess.Popen([*command, *ranges], stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.terminate()


def _is_open(host: str, port: int) -> bool:
    try:
        with connected(host, port):
            return True
    except OSError:
        return False


def _serves(host: str) -> bool:
    return _factor(host) is not None


def _factor(host: str) -> int | None:
    try:
        with connected(host, 502) as connection:
            return int.from_bytes(read_holding_registers(connection, 1, FACTOR, 2), "big")
    except (ModbusError, OSError):
        return None


def _has_page(host: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}/", timeout=20) as answer:
            return b"<html" in answer.read()
    except OSError:
        return False


def _said(what: str, seconds: float) -> None:
    print(f"{what}: {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
