"""The settings as a file to keep elsewhere, and meters taken out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from han2x.settings import (
    SettingsError,
    backup,
    forget,
    last_good_path,
    load,
    load_or_set_aside,
    preview_restore,
    preview_values,
    remove_meter,
    restore,
)

KEY, OTHER = "5a" * 16, "a5" * 16
FILE = f"""# the house
[modbus]
listen = "*:1502"

[[meters]]  # the first
unit = 1
encryption_key = "{KEY}"
authentication_key = "{OTHER}"

[[meters]]
unit = 2  # the second
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def test_a_backup_with_secrets_is_the_file(path: Path) -> None:
    assert backup(path, secrets=True) == FILE


def test_a_backup_without_secrets_has_all_the_rest(path: Path) -> None:
    without = backup(path, secrets=False)

    assert KEY not in without
    assert OTHER not in without
    assert "# the first" in without
    assert "# the second" in without


BROKER = """[mqtt]
broker = "broker.example.net"  # the house
user = "han"
password = "s3cret of the house"
"""


def test_a_backup_without_secrets_has_no_password_of_the_broker(path: Path) -> None:
    path.write_text(BROKER + FILE)

    without = backup(path, secrets=False)
    assert "s3cret" not in without
    assert 'broker = "broker.example.net"  # the house' in without
    assert "s3cret" in backup(path, secrets=True)


def test_the_same_user_at_the_same_broker_keeps_the_password(path: Path) -> None:
    path.write_text(BROKER + FILE)
    without = backup(path, secrets=False)

    assert restore(path, without).mqtt.password == "s3cret of the house"
    assert restore(path, without.replace("# the house", "# the barn")).mqtt.password == "s3cret of the house"
    assert restore(path, without.replace('"han"', '"hen"')).mqtt.password == ""


def test_no_other_broker_gets_the_password(path: Path) -> None:
    path.write_text(BROKER + FILE)
    elsewhere = backup(path, secrets=False).replace("broker.example.net", "evil.example.net")

    assert restore(path, elsewhere).mqtt.password == ""


def test_a_backup_from_which_the_password_cannot_be_taken_out_is_refused(path: Path) -> None:
    path.write_text("mqtt = ['s3cret']\n")

    with pytest.raises(SettingsError) as refused:
        backup(path, secrets=False)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("meters", [f"[meters]\nencryption_key = '{KEY}'\n", f"meters = ['{KEY}']\n"])
def test_a_backup_from_which_keys_cannot_be_taken_out_is_refused(path: Path, meters: str) -> None:
    path.write_text(meters)

    with pytest.raises(SettingsError) as refused:
        backup(path, secrets=False)
    assert KEY not in str(refused.value)
    assert [problem.fault.code for problem in refused.value.problems] == ["not-a-list"]


def test_a_backup_of_nothing_is_empty(tmp_path: Path) -> None:
    assert backup(tmp_path / "none", secrets=False) == ""


def test_restoring_puts_the_backup_in_place(path: Path) -> None:
    restored = restore(path, "[web]\nenabled = false\n")

    assert not restored.web.enabled
    assert path.read_text() == "[web]\nenabled = false\n"


def test_what_was_restored_is_the_last_good_copy_too(path: Path) -> None:
    load_or_set_aside(path)
    restore(path, "[web]\nenabled = false\n")
    assert last_good_path(path).read_text() == "[web]\nenabled = false\n"
    path.write_text("[modbus")
    assert not load_or_set_aside(path)[0].web.enabled


def test_a_meter_without_keys_in_the_backup_keeps_its_own(path: Path) -> None:
    without = backup(path, secrets=False)
    assert preview_restore(path, without).meters[0].encryption_key == KEY
    restored = restore(path, without)

    assert restored == load(path)
    assert restored.meters[0].encryption_key == KEY
    assert restored.meters[0].authentication_key == OTHER
    assert restored.meters[1].encryption_key == ""


def test_keys_in_the_backup_replace_those_that_are_there(path: Path) -> None:
    restored = restore(path, f'[[meters]]\nencryption_key = "{OTHER}"\n')

    assert restored.meters[0].encryption_key == OTHER
    assert restored.meters[0].authentication_key == ""


@pytest.mark.parametrize("toml", ["[modbus]\nlisten = 5\n", "[[meters]]\nunit = 0\n", "nonsense ["])
def test_a_backup_that_cannot_be_used_changes_nothing(path: Path, toml: str) -> None:
    for attempt in (preview_restore, restore):
        with pytest.raises(SettingsError):
            attempt(path, toml)
    assert path.read_text() == FILE


def test_a_preview_tells_and_writes_nothing(path: Path) -> None:
    new = preview_values(path, {("meters", 1, "unit"): 9})

    assert new.meters[1].unit == 9
    assert path.read_text() == FILE
    with pytest.raises(SettingsError):
        preview_values(path, {("meters", 1, "unit"): 1})


def test_a_meter_is_taken_out_and_the_rest_stays(path: Path) -> None:
    settings = remove_meter(path, 0)

    assert [meter.unit for meter in settings.meters] == [2]
    assert "# the second" in path.read_text()
    assert KEY not in path.read_text()


@pytest.mark.parametrize("index", [-1, 2])
def test_a_meter_that_is_not_there_cannot_be_taken_out(path: Path, index: int) -> None:
    with pytest.raises(SettingsError):
        remove_meter(path, index)
    assert path.read_text() == FILE


def test_the_last_meter_cannot_be_taken_out(path: Path) -> None:
    remove_meter(path, 0)
    with pytest.raises(SettingsError):
        remove_meter(path, 0)


def test_forgetting_leaves_no_copy(path: Path) -> None:
    load_or_set_aside(path)
    damaged = path.with_name("settings.toml.damaged-20261120T000000Z")
    damaged.write_text(FILE)
    assert last_good_path(path).exists()
    forget(path)

    assert not list(path.parent.glob("settings.toml*"))
