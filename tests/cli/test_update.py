"""`han2x update`, asked of a real apt that has lists of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from han2x import __version__, upgrade_note
from han2x.cli import apt, main, update
from tests.conftest import ROOT
from tests.tools import needed

SOURCE: Final = "file:{folder}"
INSTALLED: Final = """Package: han2x
Status: install ok installed
Maintainer: The han2x authors <info@varibits.com>
Architecture: all
Version: {version}
Description: gateway

"""
CONFIGURED: Final = """
Dir "{folder}";
Dir::State "state";
Dir::State::status "{folder}/status";
Dir::Cache "cache";
Dir::Etc "etc";
Dir::Log "log";
APT::Sandbox::User "";
APT::Architecture "amd64";
"""


@pytest.fixture(autouse=True)
def _programs() -> None:
    for program in ("apt-get", "apt-ftparchive", "dpkg-deb"):
        needed(program)


class Computer:
    """What apt knows on a computer: which version is installed, and which ones a repository has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "log"):
            (folder / name).mkdir(parents=True)
        (folder / "etc/sources.list.d").mkdir()
        (folder / "etc/trusted.gpg.d").mkdir()
        (folder / "apt.conf").write_text(CONFIGURED.format(folder=folder), encoding="utf-8")

    def installed(self, version: str) -> None:
        """Have this version."""
        (self.folder / "status").write_text(INSTALLED.format(version=version), encoding="utf-8")

    def offered(self, *versions: str) -> None:
        """Have a repository with these, and ask it."""
        pool = self.folder / "pool"
        pool.mkdir()
        for version in versions:
            tree = self.folder / f"tree-{version}"
            (tree / "DEBIAN").mkdir(parents=True)
            fields = INSTALLED.format(version=version).replace("Status: install ok installed\n", "").strip()
            (tree / "DEBIAN/control").write_text(f"{fields}\n", encoding="utf-8")
            self._done("dpkg-deb", "--root-owner-group", "--build", str(tree), str(pool / f"han2x_{version}_all.deb"))
        listed = self._done("apt-ftparchive", "packages", ".", folder=pool)
        (pool / "Packages").write_text(listed, encoding="utf-8")
        (self.folder / "etc/sources.list").write_text(f"deb [trusted=yes] file:{pool} ./\n", encoding="utf-8")
        self._done("apt-get", "-q", "update")

    def _done(self, *command: str, folder: Path | None = None) -> str:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """One that nothing is installed on yet."""
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    monkeypatch.setattr(apt, "ASKED_FOR", tmp_path / "state/lists/partial")
    monkeypatch.setattr(update, "_PROGRAM", Path("/usr/lib/han2x/program/han2x"))
    return Computer(tmp_path)


def found(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    """What `han2x update --check --json` returns, and prints."""
    status = main(["update", "--check", "--json", *more])
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, printed


def test_a_newer_version_in_the_repository_is_told_with_what_to_do(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.installed("0.1.0")
    computer.offered("0.1.0", "0.2.0", "0.3.0~rc1")
    assert main(["update", "--check"]) == 1
    said = capsys.readouterr().out
    assert f"runs     {__version__}\n" in said
    assert f"offered  0.3.0~rc1 by file:{computer.folder}/pool ./ Packages\n" in said
    assert re.search(r"last asked for at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\n", said)
    assert "There is a newer version: sudo apt-get install --only-upgrade han2x\n" in said
    status, printed = found(capsys)
    assert (status, printed["state"], printed["offered"]) == (1, "newer", "0.3.0~rc1")


def test_the_same_version_or_an_older_one_is_no_newer_one(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.installed("0.2.0")
    computer.offered("0.1.0", "0.2.0~rc1")
    status, printed = found(capsys)
    assert (status, printed["state"], printed["offered"]) == (0, "current", "0.2.0~rc1")
    assert main(["update", "--check"]) == 0
    assert "There is no newer version." in capsys.readouterr().out


def test_without_a_repository_it_cannot_be_told_and_is_not_called_current(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.installed("0.1.0")
    status, printed = found(capsys)
    assert (status, printed["state"], printed["why"], printed["offered"]) == (3, "unknown", "no-repository", None)
    assert main(["update", "--check"]) == 3
    said = capsys.readouterr().out
    assert "whether there is a newer version: no repository that apt knows has han2x." in said
    assert "To update: sudo apt-get install ./han2x_VERSION_ARCHITECTURE.deb" in said


@pytest.mark.parametrize("offered", [(), ("0.2.0",)])
def test_on_a_card_what_is_to_be_done_is_what_lasts_there(
    computer: Computer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    offered: tuple[str, ...],
) -> None:
    card = ROOT / "deploy/sd-image/files/usr/local/sbin/han2x-upgrade"
    assert update._CARD.is_relative_to("/usr/local/sbin")
    assert update._CARD.name == card.name
    monkeypatch.setattr(update, "_CARD", card)
    computer.installed("0.1.0")
    if offered:
        computer.offered(*offered)
    _, printed = found(capsys)
    assert printed["todo"].startswith("sudo han2x-upgrade han2x_VERSION_arm64.deb")


def test_a_version_that_was_taken_back_is_told_also_without_a_repository(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    note = tmp_path / "returned"
    note.write_text("han2x 0.2.0 does not answer.\nfailed=0.2.0\nruns=0.1.0\nwhat=service\nat=1763790000\n")
    monkeypatch.setattr(upgrade_note, "note_path", lambda: note)
    computer.installed("0.2.0")
    _, printed = found(capsys)
    assert (printed["why"], printed["taken_back"]) == ("no-repository", "0.2.0")


def test_an_apt_that_fails_is_said_with_its_own_reason(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    computer.installed("0.1.0")
    (computer.folder / "etc/sources.list").write_text("deb this is no source\n", encoding="utf-8")
    status, printed = found(capsys)
    assert (status, printed["why"]) == (3, "apt-fails")
    assert "Malformed entry" in printed["message"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may write where apt does")
def test_lists_that_cannot_be_refreshed_prove_that_nothing_newer_is_there_no_more(
    computer: Computer, capsys: pytest.CaptureFixture[str]
) -> None:
    computer.installed("0.2.0")
    computer.offered("0.2.0")
    assert main(["update", "--check", "--refresh"]) == 0
    (computer.folder / "etc/sources.list.d/more.list").write_text("deb file:/nowhere ./\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["update", "--check", "--refresh"]) == 3
    assert "apt's lists are not refreshed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("program", "environ", "kind"),
    [
        ("/usr/lib/han2x/program/han2x", {}, "package"),
        ("/usr/lib/han2x/before/program/han2x", {}, "package"),
        ("/opt/han2x/venv-a1b2c3/lib/python3.11/site-packages/han2x", {}, "service"),
        ("/opt/han2x/venv/lib/python3.13/site-packages/han2x", {"HAN2X_IMAGE": "1"}, "container"),
        (str(Path(update.__file__).parents[1]), {}, "checkout"),
        ("/home/somebody/.local/pipx/venvs/han2x/lib/python3.11/site-packages/han2x", {}, "wheel"),
    ],
)
def test_how_it_was_installed_is_known_by_where_it_is(program: str, environ: dict[str, str], kind: str) -> None:
    assert update.kind_of(Path(program), environ) == kind


def test_what_no_package_put_there_says_how_to_bring_it_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = found(capsys)
    assert (status, printed["kind"], printed["why"], printed["todo"]) == (3, "checkout", "not-by-apt", "git pull")
