"""The recipe for a card, as far as no card has to be made: `make sd-image-test` makes one and starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from han2x.network import FACTORY_ADDRESS
from tests.conftest import ROOT
from tests.tools import needed

RECIPE: Final = ROOT / "deploy" / "sd-image"
FILES: Final = RECIPE / "files"
UNITS: Final = FILES / "etc/systemd/system"
SCRIPTS: Final = [path for path in RECIPE.rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh\n")]
NEEDED: Final = ("sfdisk", "losetup", "e2fsck", "mkfs.ext4", "mcopy", "dpkg-deb")


def build(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(RECIPE / "build"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_one_that_a_shell_understands_and_may_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_what_a_unit_of_the_card_starts_is_on_the_card(unit: Path) -> None:
    (started,) = re.findall(r"^ExecStart=/(\S+)", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert (FILES / started).is_file()


def test_every_unit_of_the_card_that_is_to_start_by_itself_is_enabled() -> None:
    install = (RECIPE / "install").read_text(encoding="utf-8")
    for unit in sorted([*UNITS.glob("*.service"), *UNITS.glob("*.path")]):
        wanted = "[Install]" in unit.read_text(encoding="utf-8")
        assert (unit.name in install) == wanted, unit.name


def test_the_fallback_address_is_the_one_of_the_factory() -> None:
    script = (FILES / "usr/local/lib/han2x-image/fallback-address").read_text(encoding="utf-8")
    assert f"fallback={FACTORY_ADDRESS}\n" in script


def test_without_image_package_and_name_it_says_how_it_is_called() -> None:
    done = build("only-one")
    assert done.returncode == 2
    assert "build IMAGE PACKAGE.deb NEW-IMAGE" in done.stderr
    assert "--ssh-key FILE" in done.stderr


def test_the_package_that_goes_in_is_the_one_that_was_built_last_whatever_its_version_is(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "dist").mkdir()
    for age, version in enumerate(("0.10.0", "0.9.0", "0.10.0~~dev1")):
        package = tmp_path / "dist" / f"han2x_{version}_arm64.deb"
        package.touch()
        os.utime(package, (2e9 - age, 2e9 - age))
    command = [needed("make"), "-n", "sd-image", "IMAGE=os.img"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert 'deploy/sd-image/build  "os.img" "dist/han2x_0.10.0_arm64.deb"' in done.stdout


def test_an_upgrade_whose_connection_is_lost_leaves_the_card_read_only(tmp_path: Path) -> None:
    card, stubs, asked = tmp_path / "card", tmp_path / "stubs", tmp_path / "asked"
    package = tmp_path / "han2x.deb"
    package.touch()
    (card / "proc").mkdir(parents=True)
    stubs.mkdir()
    for name in ("mountpoint", "dpkg", "mount", "umount", "sync", "chroot"):
        (stubs / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{asked}"\n')
        (stubs / name).chmod(0o755)
    with (stubs / "chroot").open("a", encoding="utf-8") as stub:
        stub.write("kill -HUP $PPID\n")
    text = (FILES / "usr/local/sbin/han2x-upgrade").read_text(encoding="utf-8")
    text = text.replace("/media/root-ro", str(card)).replace("/usr/lib/han2x", str(tmp_path / "program"))
    environment = {**os.environ, "PATH": f"{stubs}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", text, "sh", str(package)], check=False, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert asked.read_text(encoding="utf-8").splitlines()[-4:] == [
        f"chroot {card} dpkg --install /han2x.deb",
        f"umount {card}/proc",
        f"sync -f {card}",
        f"mount -o remount,ro {card}",
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes images")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "is no image of Raspberry Pi OS"),
        (("--hostname", "han2x; reboot"), "is no name for a computer"),
        (("--hostname", "a\nb"), "is no name for a computer"),
        (("--data", "8"), "64 MB at least"),
        (("--room", "much"), "are numbers of MB"),
        (("--ssh-key", "/dev/null"), "has no public key"),
    ],
)
def test_what_cannot_become_a_card_is_refused_in_words_and_leaves_nothing(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    for program in NEEDED:
        needed(program)
    image, package, made = tmp_path / "os.img", tmp_path / "han2x.deb", tmp_path / "card.img"
    image.write_bytes(bytes(1 << 20))
    package.touch()
    done = build(*options, image, package, made)
    assert done.returncode == 1
    assert said in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["han2x.deb", "os.img"]
