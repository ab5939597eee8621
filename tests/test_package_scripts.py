"""What the package's scripts leave behind: also when the power went in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.package_scripts import DEBIAN, Computer

RESTART = "deb-systemd-invoke restart han2x.service"


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """A computer on which version 1 is installed, and answers."""
    made = Computer(tmp_path / "root")
    made.install("1")
    return made


def test_an_upgrade_that_works_leaves_nothing_of_the_one_before(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    computer.maintain("postinst", "configure", "1")
    assert computer.starts() == "2"
    assert sorted(path.name for path in computer.home.iterdir()) == ["health", "program"]
    assert RESTART in computer.asked()


def test_while_another_version_is_unpacked_the_one_before_is_what_starts(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2", whole=False)
    assert computer.starts() == "1"
    computer.unpack("2")
    assert computer.starts() == "1"


def test_what_was_unpacked_in_part_never_becomes_the_version_to_go_back_to(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2", whole=False)
    # The power goes here, and somebody installs it again.
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    (computer.root / "silent").touch()
    said = computer.maintain("postinst", "configure", "1")
    assert "Version 1 runs again." in said
    assert computer.starts() == "1"


@pytest.mark.parametrize("state", ["activating", "failed", "inactive"])
def test_a_version_that_no_longer_runs_when_it_is_put_into_force_has_to_answer_as_the_one_before_did(
    computer: Computer, state: str
) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    computer.service(state)
    (computer.root / "silent").touch()
    said = computer.maintain("postinst", "configure", "1")
    assert "han2x 2 does not answer: Modbus on port 502. Version 1 runs again." in said
    assert (computer.root / "expected").read_text() == "modbus 127.0.0.1 502\n"
    assert computer.starts() == "1"


def test_a_version_that_was_only_tried_when_the_power_went_is_not_what_starts_again(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    (computer.home / "health").write_text("#!/bin/sh\nkill -KILL $PPID\n")
    assert computer.script(DEBIAN / "postinst", "configure", "1").returncode != 0
    assert computer.starts() == "2"
    computer.loses_power()
    assert computer.starts() == "1"
    computer.unpack("2")
    computer.maintain("postinst", "configure", "1")
    assert computer.starts() == "2"
    assert sorted(path.name for path in computer.home.iterdir()) == ["health", "program"]
    computer.loses_power()
    assert computer.starts() == "2"


def test_what_starts_it_is_put_back_as_a_whole_file_and_not_written_over(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    place, unit = (computer.root / name for name in ("usr/bin/han2x", "usr/lib/systemd/system/han2x.service"))
    (computer.root / "silent").touch()
    with place.open() as seen, unit.open() as seen_unit:
        computer.maintain("postinst", "configure", "1")
        assert "UPGRADING" in seen.read()
        assert seen_unit.read() == "# of 2\n"
    assert computer.starts() == "1"
    assert unit.read_text() == "# of 1\n"
    assert sorted(path.name for path in computer.home.iterdir()) == ["before", "health", "program", "returned"]


def test_after_a_version_that_was_taken_back_the_next_has_to_answer_as_what_runs_now(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    (computer.root / "silent").touch()
    computer.maintain("postinst", "configure", "1")
    (computer.root / "silent").unlink()
    computer.service("active", "modbus 127.0.0.1 1502\n")  # somebody has chosen another port since then
    computer.maintain("preinst", "upgrade", "2")
    computer.unpack("3")
    assert computer.starts() == "1"
    computer.maintain("postinst", "configure", "2")
    assert (computer.root / "expected").read_text() == "modbus 127.0.0.1 1502\n"
    assert computer.starts() == "3"
    assert sorted(path.name for path in computer.home.iterdir()) == ["health", "program"]


def test_a_service_that_was_stopped_stays_stopped(computer: Computer) -> None:
    computer.service("inactive")
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    computer.maintain("postinst", "configure", "1")
    assert computer.starts() == "2"
    assert RESTART not in computer.asked()
    assert sorted(path.name for path in computer.home.iterdir()) == ["health", "program"]


def test_that_the_service_was_stopped_at_an_upgrade_that_failed_does_not_keep_the_next_out_of_force(
    computer: Computer,
) -> None:
    computer.service("inactive")
    computer.maintain("preinst", "upgrade", "1")
    computer.maintain("postinst", "abort-upgrade", "2")
    computer.service("active", "modbus 127.0.0.1 502\n")
    computer.maintain("preinst", "upgrade", "1")
    computer.unpack("2")
    computer.maintain("postinst", "configure", "1")
    assert RESTART in computer.asked()
    assert computer.starts() == "2"


def test_an_upgrade_that_dpkg_gives_up_leaves_the_version_in_force_and_no_copy(computer: Computer) -> None:
    computer.maintain("preinst", "upgrade", "1")
    computer.maintain("postinst", "abort-upgrade", "2")
    assert computer.starts() == "1"
    assert sorted(path.name for path in computer.home.iterdir()) == ["health", "program"]


@pytest.mark.parametrize(
    ("state", "asked"), [("active", "try-restart"), ("inactive", "try-restart"), ("failed", "restart")]
)
def test_another_python_has_a_service_tried_again_that_had_no_parts_for_the_one_before(
    computer: Computer, state: str, asked: str
) -> None:
    computer.service(state)
    computer.maintain("rtupdate", "post-rtupdate", "python3.12", "python3.13")
    assert computer.asked()[-1] == f"deb-systemd-invoke {asked} han2x.service"


def test_purging_the_package_keeps_what_a_gateway_of_make_install_uses_meanwhile(computer: Computer) -> None:
    computer.maintain("postrm", "remove")
    computer.install_by_make()
    assert "make uninstall PURGE=1" in computer.maintain("postrm", "purge")
    assert (computer.root / "var/lib/han2x").is_dir()
    assert not any("purge" in asked or asked.startswith("userdel") for asked in computer.asked())


def test_purging_the_package_removes_settings_and_state(computer: Computer) -> None:
    computer.maintain("postrm", "remove")
    computer.maintain("postrm", "purge")
    assert not (computer.root / "var/lib/han2x").exists()
    assert "deb-systemd-helper purge han2x.service" in computer.asked()


def test_the_package_takes_over_from_make_install_and_leaves_what_else_is_in_its_folder(tmp_path: Path) -> None:
    computer = Computer(tmp_path / "root")
    folder = computer.install_by_make()
    computer.maintain("preinst", "install")
    computer.unpack("1")
    assert "Taking over" in computer.maintain("postinst", "configure", "")
    assert [path.name for path in folder.iterdir()] == [".git"]
    assert not (computer.root / "etc/systemd/system/han2x.service").exists()


def test_a_takeover_that_was_cut_short_is_done_by_the_next_try(tmp_path: Path) -> None:
    computer = Computer(tmp_path / "root")
    folder = computer.install_by_make()
    computer.unpack("1")
    (computer.root / "etc/systemd/system/han2x.service").unlink()  # so far it got
    computer.maintain("postinst", "configure", "")
    assert [path.name for path in folder.iterdir()] == [".git"]
