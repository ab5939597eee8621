"""The front panel on an emulated Raspberry Pi 3B, with Debian's own kernel: `python -m tests.system.emulated_pi`.

Shown are a light on the GPIO, a light of Linux, and that the button's line can be read; nothing can press it there, and
its pull-up is not emulated, so it reads as pressed. Needs root, and the Debian packages qemu-system-arm,
device-tree-compiler, cpio and debootstrap.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.system.packages import unpack

SOURCE: Final = Path(__file__).parents[2]
RUN_S: Final = 180.0
KERNEL: Final = "linux-image-arm64"
DONE: Final = "=== done"
_UNPACK: Final = f"""
debootstrap --download-only --arch=arm64 --variant=minbase --include=python3,kmod,{KERNEL} bookworm "$1/packages" \\
    >/dev/null
mkdir "$1/root"
for package in "$1"/packages/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$1/root"; done
"""
# A light called "han" at GPIO17 in place of the board's own, which hang on a chip that is not emulated.
_PREPARE: Final = """
cd "$1"
cp root/boot/vmlinuz-* kernel
cp root/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb tree
gpio=$(fdtget -t x tree /soc/gpio@7e200000 phandle)
for led in $(fdtget -l tree /leds); do fdtput -r tree "/leds/$led"; done
fdtput -c tree /leds/led-han
fdtput -t s tree /leds/led-han label han
fdtput -t x tree /leds/led-han gpios "$gpio" 11 0
find root/lib/modules -name leds-gpio.ko -exec cp {} root/ ';'
rm -rf root/boot root/lib/modules root/usr/lib/linux-image-* root/usr/share/doc root/usr/share/locale
mkdir -p root/proc root/sys root/dev
cd root
find . | cpio -o -H newc --quiet | gzip -1 > ../ramdisk
"""
_INIT: Final = f"""#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONPATH=/opt/han2x
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
insmod /leds-gpio.ko; sleep 1
python3 /panel.py
echo "{DONE}"
sleep 1000
"""
_PANEL: Final = """
import asyncio, pathlib
from han2x.front_panel import STEP_S, FrontPanel, open_button, open_light

brightness = pathlib.Path("/sys/class/leds/han/brightness")
gpio = open_light("GPIO22")
button = open_button("GPIO27")
age = None

async def main():
    global age
    panel = FrontPanel(lambda: age, lambda wish: None, power=gpio, han=open_light("led:han"), button=button)
    task = asyncio.create_task(panel.run())
    for age in (None, 3.0, 61.0):
        await asyncio.sleep(3 * STEP_S)
        power = gpio._lines.get_value(gpio._offset).name
        han = brightness.read_text().strip()
        print(f"last telegram {age} s ago: HAN {han}, POWER {power}, pressed {button.pressed()}")
    task.cancel()

print(pathlib.Path("/proc/device-tree/model").read_text(), flush=True)
asyncio.run(main())
"""


def main() -> None:
    """The command line."""
    with tempfile.TemporaryDirectory(prefix="han2x-pi-") as name:
        folder = Path(name)
        root = folder / "root"
        subprocess.run(["sh", "-euc", _UNPACK, "sh", name], check=True)
        unpack("bookworm", "aarch64", SOURCE, folder, root / "opt/han2x")
        (root / "panel.py").write_text(_PANEL)
        (root / "init").write_text(_INIT)
        (root / "init").chmod(0o755)
        subprocess.run(["sh", "-euc", _PREPARE, "sh", name], check=True)
        print("\n".join(line for line in run(folder).splitlines() if "[   " not in line))


def run(folder: Path) -> str:
    """Let the Pi run until it says that it is done; answers what it said."""
    consoles = [folder / "console0", folder / "console1"]
    command = [
        "qemu-system-aarch64", "-M", "raspi3b", "-kernel", str(folder / "kernel"), "-dtb", str(folder / "tree"),
        "-initrd", str(folder / "ramdisk"), "-append", "console=ttyAMA0,115200 console=ttyS1,115200 rdinit=/init quiet",
        "-display", "none", "-serial", f"file:{consoles[0]}", "-serial", f"file:{consoles[1]}", "-no-reboot",
    ]  # fmt: skip
    said = ""
    with subprocess.Popen(command) as pi:
        deadline = time.monotonic() + RUN_S
        while DONE not in said and time.monotonic() < deadline:
            time.sleep(1)
            said = "".join(path.read_text(errors="replace") for path in consoles if path.exists())
        pi.kill()
    return said.replace("\0", "").replace("\r", "")


if __name__ == "__main__":
    main()
