"""What `make install`, `make uninstall` and `make repository` leave behind: also when they are interrupted, or fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.package_scripts import Computer
from tests.tools import needed

INSTALL = ROOT / "systemd" / "install"
UNINSTALL = ROOT / "systemd" / "uninstall"
REPOSITORY = ROOT / "packaging" / "repository"


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """A computer without han2x."""
    return Computer(tmp_path / "root")


def test_uninstalling_leaves_what_else_is_in_the_program_s_folder(computer: Computer) -> None:
    folder = computer.install_by_make()
    done = computer.script(UNINSTALL)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.iterdir()] == [".git"]
    assert (computer.root / "var/lib/han2x").is_dir()


def test_a_package_that_comes_back_after_make_install_starts_with_the_computer_again(tmp_path: Path) -> None:
    units, wants = tmp_path / "usr/lib/systemd/system", tmp_path / "etc/systemd/system/multi-user.target.wants"
    environment = {**os.environ, "DPKG_ROOT": str(tmp_path), "DPKG_MAINTSCRIPT_PACKAGE": "han2x"}
    helper = needed("deb-systemd-helper")

    def helps(action: str) -> int:
        return subprocess.run([helper, action, "han2x.service"], env=environment, check=False).returncode

    units.mkdir(parents=True)
    wants.parent.mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    shutil.copy(ROOT / "systemd/han2x.service", units)
    assert helps("enable") == 0
    (wants / "han2x.service").unlink()  # as systemctl disable does it in make uninstall
    text = UNINSTALL.read_text(encoding="utf-8")
    (line,) = re.findall(r"^DPKG_MAINTSCRIPT_PACKAGE=.*", text, re.MULTILINE)
    path = f"{Path(helper).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", line], env={**environment, "PATH": path}, check=True)
    assert helps("was-enabled") == 0
    assert helps("enable") == 0
    assert (wants / "han2x.service").is_symlink()


@pytest.mark.parametrize(
    ("given", "called"),
    [([], "systemd/uninstall"), (["PURGE=0"], "systemd/uninstall"), (["PURGE=1"], "systemd/uninstall --purge")],
)
def test_make_uninstall_removes_settings_only_for_who_says_so(given: list[str], called: str) -> None:
    command = [needed("make"), "--no-print-directory", "-n", "uninstall", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == called


def test_uninstalling_what_make_install_put_there_does_not_touch_a_package(computer: Computer) -> None:
    (computer.root / "package").write_text("installed")
    (computer.root / "run/han2x").mkdir()
    done = computer.script(UNINSTALL, "--purge")
    assert done.returncode == 1
    assert "apt-get remove han2x" in done.stderr
    assert (computer.root / "run/han2x").is_dir()
    assert (computer.root / "var/lib/han2x").is_dir()


def test_make_install_returns_to_the_version_before_with_the_unit_of_that_when_the_new_one_does_not_start(
    computer: Computer,
) -> None:
    done = computer.script(INSTALL)
    assert done.returncode == 0, done.stderr
    program, unit = computer.root / "opt/han2x", computer.root / "etc/systemd/system/han2x.service"
    before = (program / "venv").readlink()
    unit.write_text("# of the version before\n")
    (computer.root / "refused").touch()  # the next start, and not the one after it
    done = computer.script(INSTALL)
    assert done.returncode == 1
    assert "the version that ran before is back" in done.stderr
    assert (program / "venv").readlink() == before
    assert [path.name for path in program.glob("venv-*")] == [before.name]
    assert unit.read_text() == "# of the version before\n"
    asked = [line for line in computer.asked() if line.startswith("systemctl")]
    assert asked[-2:] == ["systemctl daemon-reload", "systemctl restart han2x.service"]


def test_make_install_starts_the_service_also_where_udev_does_not_do_as_it_is_told(computer: Computer) -> None:
    computer.fails("udevadm", "trigger")
    done = computer.script(INSTALL)
    assert done.returncode == 0, done.stderr
    assert "systemctl restart han2x.service" in computer.asked()


@pytest.mark.parametrize("signal", ["HUP", "INT", "TERM"])
def test_make_install_that_is_interrupted_leaves_nothing(computer: Computer, signal: str) -> None:
    computer.interrupts("python3", "-m", signal)
    assert computer.script(INSTALL).returncode != 0
    assert list((computer.root / "opt").rglob("venv*")) == []
    assert list(computer.temporary.iterdir()) == []


@pytest.mark.parametrize("signal", ["HUP", "INT", "TERM"])
def test_a_repository_that_is_interrupted_keeps_no_secret_key(computer: Computer, tmp_path: Path, signal: str) -> None:
    computer.interrupts("gpg", "--quiet", signal)
    key = tmp_path / "key.asc"
    key.touch()
    assert computer.script(REPOSITORY, str(key), "https://packages.example.org", "from", "to").returncode != 0
    assert any(line.startswith("gpg ") and "--import" in line for line in computer.asked())
    assert list(computer.temporary.iterdir()) == []
