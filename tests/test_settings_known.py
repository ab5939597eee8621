"""The settings file as it is known: damage is told from edits by hand, and nothing keeps the gateway from starting."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from han2x.app.stored import SETTINGS, StoredSettings
from han2x.settings import (
    KnownFile,
    Outcome,
    Settings,
    SettingsError,
    differences,
    known_settings,
    last_good_path,
    load,
    load_on_request,
    load_or_set_aside,
    remember,
    set_value,
)
from han2x.settings.load import check, conflicts
from han2x.settings.salvage import usable
from han2x.store import Store

FILE = """# the house
[modbus]
listen = "*:1502"
allow = ["192.168.1.0/24", "10.0.0.7"]

[[meters]]
name = "Målebrønn"
unit = 2
scaling_factor = 40000  # 200/5 A
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(FILE)
    return path


def known_of(path: Path) -> KnownFile:
    """What a gateway that starts now knows of the file."""
    return KnownFile(path, StoredSettings(Store(path.parent / "state")))


def flips(content: bytes) -> Iterator[bytes]:
    """The content with each of its bits turned over, one at a time."""
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files are written whose way to the disk does not matter."""
    monkeypatch.setattr(os, "fsync", lambda _handle: None)


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob("settings.toml.damaged-*"))


@pytest.mark.usefixtures("no_waiting_for_the_disk")
@pytest.mark.parametrize("keeps_time", [False, True])
def test_whichever_bit_flips_the_last_good_settings_run_and_the_user_is_told(path: Path, keeps_time: bool) -> None:
    good, report = load_or_set_aside(path, known_of(path))
    assert report is None
    time = path.stat().st_mtime_ns
    count = 0
    for content in flips(FILE.encode()):
        path.write_bytes(content)
        if keeps_time:
            os.utime(path, ns=(time, time))
        settings, report = load_or_set_aside(path, known_of(path))
        time = path.stat().st_mtime_ns
        assert settings == good
        assert report is not None
        assert report.outcome is Outcome.LAST_GOOD
        assert (path.read_text(), last_good_path(path).read_text()) == (FILE, FILE)
        count += 1
    assert count == 8 * len(FILE.encode())
    assert len(aside(path)) == 5


def test_more_damage_than_a_bit_is_known_by_the_file_s_time(path: Path) -> None:
    good, _ = load_or_set_aside(path, known_of(path))
    time = path.stat().st_mtime_ns
    damaged = FILE.replace("40000", "70009")
    path.write_text(damaged)
    os.utime(path, ns=(time, time))
    settings, report = load_or_set_aside(path, known_of(path))

    assert settings == good
    assert report is not None
    assert [each.read_text() for each in aside(path)] == [damaged]


def test_an_edit_by_hand_is_taken_and_is_known_from_then_on(path: Path) -> None:
    load_or_set_aside(path, known_of(path))
    path.write_text(FILE.replace("40000", "25"))
    before = known_settings(known_of(path))
    settings, report = load_or_set_aside(path, known_of(path))

    assert report is None
    assert settings.meters[0].scaling_factor == 25
    assert before is not None
    assert [(each.path, each.before, each.after) for each in differences(before, settings)] == [
        ("meters.0.scaling_factor", "40000", "25")
    ]
    assert known_settings(known_of(path)) == settings
    assert aside(path) == []


def test_a_single_bit_that_a_person_wrote_is_taken_on_request_but_not_one_that_keeps_the_file_s_time(
    path: Path,
) -> None:
    path.write_text(FILE.replace("40000", "1000"))
    known = known_of(path)
    load_or_set_aside(path, known)
    path.write_text(FILE.replace("40000", "3000"))
    os.utime(path, ns=(1, 1))
    assert load_on_request(path, known).meters[0].scaling_factor == 3000
    remember(path, known)

    path.write_text(FILE.replace("40000", "1000"))
    os.utime(path, ns=(1, 1))
    with pytest.raises(SettingsError, match="only a failing memory card") as refused:
        load_on_request(path, known)
    assert [problem.fault.code for problem in refused.value.problems] == ["settings-flipped"]
    assert load(path).meters[0].scaling_factor == 3000
    assert len(aside(path)) == 1


def test_a_file_that_was_never_ours_is_read_as_it_is(path: Path) -> None:
    assert load_or_set_aside(path, known_of(path)) == (load(path), None)


def test_an_older_copy_put_back_by_hand_is_no_damage(path: Path) -> None:
    os.utime(path, ns=(10, 10))
    load_or_set_aside(path, known_of(path))
    path.write_text("[web]\nenabled = false\n")
    os.utime(path, ns=(5, 5))

    settings, report = load_or_set_aside(path, known_of(path))
    assert (settings.web.enabled, report) == (False, None)


@pytest.mark.usefixtures("no_waiting_for_the_disk")
def test_a_damaged_note_costs_nothing_but_is_told(path: Path) -> None:
    load_or_set_aside(path, known_of(path))
    note = path.parent / "state" / f"{SETTINGS}.json"
    whole = note.read_bytes()
    told = 0
    for content in flips(whole):
        note.write_bytes(content)
        store = Store(path.parent / "state")
        settings, report = load_or_set_aside(path, KnownFile(path, StoredSettings(store)))
        assert (settings, report) == (load(path), None)
        told += bool(store.take_messages())
    assert told > 7 * len(whole), "only what means the same is not noticed"


def test_a_file_that_is_gone_is_not_held_against_the_next(path: Path) -> None:
    load_or_set_aside(path, known_of(path))
    path.unlink()
    assert load_or_set_aside(path, known_of(path)) == (Settings(), None)
    assert known_settings(known_of(path)) is None


def test_what_we_wrote_ourselves_is_no_damage_though_a_power_cut_came_before_it_was_noted(path: Path) -> None:
    load_or_set_aside(path, known_of(path))
    set_value(path, ("meters", 0, "scaling_factor"), 40001)  # a single bit, by our own hand

    settings, report = load_or_set_aside(path, known_of(path))
    assert (settings.meters[0].scaling_factor, report) == (40001, None)


def test_where_nothing_can_be_noted_the_file_is_not_held_against_what_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = known_of(path)
    load_or_set_aside(path, known)
    set_value(path, ("meters", 0, "scaling_factor"), 40001)  # a single bit, by our own hand
    monkeypatch.setattr(os, "fsync", disk_full)
    known.note()
    monkeypatch.undo()
    last_good_path(path).unlink()

    settings, report = load_or_set_aside(path, known_of(path))
    assert (settings.meters[0].scaling_factor, report) == (40001, None)


def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.usefixtures("no_waiting_for_the_disk")
def test_whichever_bit_flips_of_a_file_that_never_ran_the_gateway_starts_and_tells_of_what_it_does_not_take(
    path: Path,
) -> None:
    told = 0
    for content in flips(FILE.encode()):
        path.write_bytes(content)
        for other in path.parent.glob("settings.toml.*"):
            other.unlink()
        settings, report = load_or_set_aside(path)
        assert list(conflicts(settings, set())) == []
        assert (report is None) == (last_good_path(path).exists() and last_good_path(path).read_bytes() == content)
        told += report is not None
    assert told > len(FILE)


# --- what can be used of a file with mistakes ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[meters]]\nname = 'a'\n[[meters]]\nname = 'b'\n[[meters]]\nunit = 2\n", [(1, ""), (2, "")]),
        (
            "[[meters]]\nport = '/dev/a'\n[[meters]]\nunit = 2\nport = '/dev/a'\n",
            [(1, "/dev/a"), (2, "")],
        ),
        ("[[meters]]\nunit = 0\nport = '/dev/a'\n", [(1, "/dev/a")]),
        (
            "".join(f"[[meters]]\nunit = {unit}\n" for unit in (*range(1, 248), 1, 2)),
            [(unit, "") for unit in range(1, 248)],
        ),
        ("meters = 3\n", [(1, "")]),
    ],
)
def test_of_meters_that_do_not_go_together_the_first_serves(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(meter.unit, meter.port) for meter in usable(tomllib.loads(text)).meters] == expected


@pytest.mark.parametrize(
    "text",
    [
        "[modbus]\nread_only = 'yes'\n",
        "[modbus]\nallow = ['192.168.1.5/24']\n",
        "[modbus]\nwritable_by = 'nobody'\n",
        "[modbus]\nwrite = 'no one'\n",
        "[modbus]\nwrite = 'allow-list'\nwriters = ['192.168.1.5/24']\n",
        "[mobdus]\nread_only = true\n",
    ],
)
def test_a_mistake_lets_nobody_write_who_might_not_have_been_meant_to(text: str) -> None:
    assert usable(tomllib.loads(text)).modbus.write == "nobody"


def test_a_mistake_in_the_page_s_settings_lets_no_stranger_see_the_values() -> None:
    assert not usable(tomllib.loads("[web]\nlive_open = 'no'\n")).web.live_open
    assert usable(tomllib.loads("[[meters]]\nunit = 0\n")).web.live_open


VALUES = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from(["", "*:80", "*:502", "127.0.0.1:80", "/dev/a", "/a.pem", "5a" * 16, "auto", "x"]),
    st.lists(st.sampled_from(["10.0.0.0/8", "x"]), max_size=2),
)
SECTIONS = {
    "modbus": ["listen", "tls_listen", "tls_certificate", "tls_key", "read_only", "allow"],
    "web": ["listen", "certificate", "key", "https", "enabled"],
    "meters": ["unit", "port", "encryption_key", "authentication_key", "scaling_factor"],
}


def tables(section: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(SECTIONS[section]), VALUES)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "modbus": tables("modbus"),
            "web": tables("web"),
            "meters": st.lists(tables("meters"), max_size=20),
            "device": VALUES,
        },
    )
)
@hypothesis_settings(max_examples=500)
def test_what_can_be_used_always_goes_together_and_keeps_what_is_right(document: dict[str, object]) -> None:
    settings = usable(document)
    assert list(conflicts(settings, set())) == []
    checked, problems = check(document)
    if not problems:
        assert settings.meters == checked.meters
        assert settings.web == checked.web
