"""`han2x keys`: what comes into the settings file, and that no key comes anywhere else."""

from __future__ import annotations

import getpass
import io
from pathlib import Path

import pytest

from han2x.cli import main
from han2x.settings import load
from tests.keys.kem_files import kem
from tests.web.kem import kem_file

KEY, OTHER_KEY = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
PASSWORD = "TEST1234"
TWO_METERS = {"11111111": KEY, "22222222": OTHER_KEY}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory where the settings lie, with a key that every user could read."""
    for name in ("HAN2X_SETTINGS", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "settings.toml"
    file.write_text("# mine\n[[meters]]\nunit = 1\n[[meters]]\nunit = 7\n")
    file.chmod(0o644)
    return tmp_path


def keys_of(state: Path) -> list[tuple[str, str]]:
    meters = load(state / "settings.toml").meters
    return [(meter.encryption_key, meter.authentication_key) for meter in meters]


def enter(state: Path, text: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return main(["keys", "enter", "--state-dir", str(state), *arguments])


def imported(state: Path, content: bytes, *arguments: str) -> int:
    file = state / "meter.kem"
    file.write_bytes(content)
    return main(["keys", "import", str(file), "--state-dir", str(state), *arguments])


def test_keys_that_are_typed_come_into_the_settings_and_nobody_else_may_read_them(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(state, f"{KEY}\n{OTHER_KEY}\n", monkeypatch, "--unit", "7") == 0

    assert keys_of(state) == [("", ""), (KEY, OTHER_KEY)]
    assert (state / "settings.toml").stat().st_mode & 0o777 == 0o600
    assert (state / "settings.toml").read_text().startswith("# mine\n")
    told = capsys.readouterr()
    assert "both keys of meter 7 written" in told.out
    assert KEY not in (told.out + told.err).lower()


def test_an_encryption_key_alone_takes_the_authentication_key_of_before_away(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(state, f"{KEY}\n{OTHER_KEY}\n", monkeypatch)
    assert enter(state, OTHER_KEY, monkeypatch) == 0

    assert keys_of(state)[0] == (OTHER_KEY, "")
    assert "there is no authentication key" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "no key", KEY[:-1]])
def test_what_is_no_key_is_refused_and_changes_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    before = (state / "settings.toml").read_text()
    assert enter(state, text, monkeypatch) == 1

    assert (state / "settings.toml").read_text() == before
    assert capsys.readouterr().err.startswith("han2x: ")


def test_a_meter_that_is_not_in_the_settings_is_refused(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enter(state, KEY, monkeypatch, "--unit", "3") == 1
    assert "no meter with unit id 3, only 1, 7" in capsys.readouterr().err


def test_settings_that_cannot_be_used_take_no_keys(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "settings.toml").write_text("[[meters]]\nunit = 1000\n")
    assert enter(state, KEY, monkeypatch) == 1
    assert "unit" in capsys.readouterr().err


def test_without_a_settings_file_one_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert enter(tmp_path, KEY, monkeypatch) == 0
    assert keys_of(tmp_path) == [(KEY, "")]
    assert (tmp_path / "settings.toml").stat().st_mode & 0o777 == 0o600


def test_a_kem_file_is_opened_with_the_password_that_is_given(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(state, kem_file(PASSWORD, {"12345678": KEY}), "--password", PASSWORD) == 0

    assert keys_of(state)[0] == (KEY, "")
    assert "of meter 12345678 written" in capsys.readouterr().out


def test_a_password_that_is_not_given_is_asked_for(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A terminal to type it at cannot be had here.
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: PASSWORD)
    assert imported(state, kem_file(PASSWORD, {"12345678": KEY})) == 0
    assert keys_of(state)[0] == (KEY, "")


def test_of_several_meters_one_has_to_be_chosen(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = kem_file(PASSWORD, TWO_METERS)
    assert imported(state, file, "--password", PASSWORD) == 1
    assert "choose one with --serial: 11111111, 22222222" in capsys.readouterr().err
    assert keys_of(state)[0] == ("", "")

    assert imported(state, file, "--password", PASSWORD, "--serial", "22222222") == 0
    assert keys_of(state)[0] == (OTHER_KEY, "")

    assert imported(state, file, "--password", PASSWORD, "--serial", "3") == 1
    assert "no keys of a meter with serial number 3" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no KEM file", kem("<MetersInOrder/>", PASSWORD)])
def test_a_file_without_keys_is_refused(state: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    assert imported(state, content, "--password", PASSWORD) == 1
    assert capsys.readouterr().err.startswith("han2x: ")
    assert keys_of(state)[0] == ("", "")


def test_a_file_that_is_not_there_is_told(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "import", str(state / "none"), "--password", "x", "--state-dir", str(state)]) == 1
    assert "No such file" in capsys.readouterr().err
