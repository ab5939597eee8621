"""What a settings file may be at most, and that more is refused before it costs anything."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from han2x.settings import SettingsError, example_toml, load, preview_restore, remove_meter, restore, set_value
from han2x.settings.bounds import DEEPEST, LARGEST_FILE, MOST_KEYS, MOST_PARTS, excess
from han2x.settings.faults import SettingsFault
from han2x.settings.schema import MOST_METERS, ROWS

TOO_DEEP = SettingsFault("toml-too-deep")
BOMBS = {
    "a dotted key": ".".join("a" * 10_000) + "=1",
    "a dotted key of strings": ".".join(['"a"', "'a'"] * 5_000) + "=1",
    "a spaced key": " . ".join("a" * 10_000) + "=1",
    "a dotted section": f"[{'.'.join('a' * 10_000)}]",
    "lists": "a = " + "[" * 20_000,
    "tables": "a = " + "{a=" * 20_000,
    "lists over lines": "a = " + "[\n" * 20_000,
    "behind a string": 'a = ["""x"""", ' + "[" * 20_000,
    "a dotted key of 120 kB": ".".join("a" * 60_000) + "=1",
    "keys": "".join(f"a{number}=1\n" for number in range(20_000)),
    "sections": "".join(f"[a{number}]\n" for number in range(20_000)),
    "meters": "[[meters]]\n" * 20_000,
}
WITHIN = """
import resource, sys, time
from pathlib import Path
from han2x.settings import SettingsError, load, preview_restore, preview_values, preview_without_meter, restore
import tomlkit

path, bomb = Path(sys.argv[1]), sys.stdin.read()
resource.setrlimit(resource.RLIMIT_AS, (256 * 2**20, 256 * 2**20))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
codes = set()
def refused(attempt, *arguments):
    try:
        attempt(*arguments)
    except SettingsError as refusal:
        codes.update(problem.fault.code for problem in refusal.problems)
    else:
        sys.exit(f"{attempt.__name__} took it")
for attempt in (preview_restore, restore):
    refused(attempt, path, bomb)
assert not path.exists()
path.write_text(bomb)
refused(load, path)
refused(preview_values, path, {("modbus", "read_only"): True})
refused(preview_without_meter, path, 0)
print(*sorted(codes))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_would_take_all_memory_is_refused_within_256_mb(tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-c", WITHIN, str(tmp_path / "settings.toml")]
    done = subprocess.run(command, input=BOMBS[name], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() in (["toml-too-deep"], ["settings-too-many"])


def test_what_settings_can_need_is_well_within_the_bounds() -> None:
    every_key = sum(len(rows) for rows in ROWS.values()) + (MOST_METERS - 1) * len(ROWS["meters"])

    assert excess(example_toml()) is None
    assert 4 * every_key < MOST_KEYS


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (".".join("a" * MOST_PARTS) + " = 1", None),
        (".".join("a" * (MOST_PARTS + 1)) + " = 1", TOO_DEEP),
        (f"a = {'[' * DEEPEST}{']' * DEEPEST}", None),
        (f"a = {'[' * (DEEPEST + 1)}{']' * (DEEPEST + 1)}", TOO_DEEP),
        ("a = 1\n" * MOST_KEYS, None),
        ("a = 1\n" * (MOST_KEYS + 1), SettingsFault("settings-too-many", most=MOST_KEYS)),
        ("#" * LARGEST_FILE, None),
        ("#" * (LARGEST_FILE - 1) + "æ", SettingsFault("settings-too-large", most=LARGEST_FILE // 1024)),
        ("# a.b.c.d.e.f.g.h.i.j [[[[[[[[[[[[", None),
        ("a = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]", None),
    ],
)
def test_the_bounds_are_exact(text: str, fault: SettingsFault | None) -> None:
    assert excess(text) == fault


def test_many_meters_side_by_side_are_not_deep() -> None:
    assert excess("[[meters]]\nunit = 1\nname = 'a.b.c'\n" * MOST_METERS) is None


def literals() -> st.SearchStrategy[str]:
    """Strings as TOML may write them, and much that it may not."""
    inside = st.text(alphabet="\"'\\\nux0041[]{}.=,#a ", max_size=12)
    return st.builds(lambda quotes, text: f"{quotes}{text}{quotes}", st.sampled_from(['"', "'", '"""', "'''"]), inside)


@given(literals())
@hypothesis_settings(max_examples=2000)
def test_every_string_that_toml_can_write_is_skipped_whole(literal: str) -> None:
    try:
        listed = tomllib.loads(f"k = [{literal}, 1]")["k"]
    except ValueError:
        listed = []
    assume(listed[1:] == [1])
    assert excess(f"k = {literal}\n") is None
    assert excess(f"k = [{literal}, {'[' * DEEPEST}{']' * DEEPEST}]") == TOO_DEEP
    assert excess(f"k = {literal} # {'[' * 20}\n" + ".".join("a" * 20) + " = 1") == TOO_DEEP


def test_a_backup_that_is_too_large_in_octets_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[modbus]\n")
    for attempt in (preview_restore, restore):
        with pytest.raises(SettingsError) as refused:
            attempt(path, "#" + "æ" * 200_000)
        assert [problem.fault.code for problem in refused.value.problems] == ["settings-too-large"]
    assert path.read_text() == "[modbus]\n"


def test_a_meter_is_not_taken_out_of_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for text, code in (("[modbus", "not-toml"), ("meters = 3\n", "not-a-list")):
        path.write_text(text)
        with pytest.raises(SettingsError) as refused:
            remove_meter(path, 0)
        assert [problem.fault.code for problem in refused.value.problems] == [code]


def test_a_huge_number_among_old_mistakes_does_not_prevent_a_change(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"[modbus]\nidle_timeout_s = 0x{'f' * 5000}\n")
    set_value(path, ("modbus", "read_only"), value=True)

    with pytest.raises(SettingsError) as refused:
        load(path)
    assert [problem.keys for problem in refused.value.problems] == [("modbus", "idle_timeout_s")]
