"""A mistake in the settings file is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from han2x.settings import Outcome, SettingsError, load, load_or_set_aside
from han2x.settings.errors import KeyPath, SettingsProblem
from han2x.settings.lines import located

FILE = """\
# a settings file, with a mistake here and there

[modbus]
  listen = "*:502"
allow = [
  "192.168.1.0/24",  # the house
  "10.0.0.0/33",
]
lissten = "*:503"

[[meters]]
unit = 1
[[meters]]
# listen = the second one
unit = 999
[mqqt]
broker = "x"
"""


def lines_of(text: str, *paths: KeyPath) -> list[int | None]:
    found = located(text, [SettingsProblem.at(keys, "", "flag") for keys in paths])
    return [problem.line for problem in found]


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(FILE)

    with pytest.raises(SettingsError) as refusal:
        load(file)

    assert {problem.keys: problem.line for problem in refusal.value.problems} == {
        ("mqqt",): 16,
        ("modbus", "allow"): 5,
        ("modbus", "lissten"): 9,
        ("meters", 1, "unit"): 15,
    }
    assert f"{file}: line 9: [modbus] unknown key lissten: did you mean listen?" in str(refusal.value).splitlines()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_counts_them(ending: str) -> None:
    text = FILE.replace("\n", ending)
    assert lines_of(text, ("modbus",), ("modbus", "listen"), ("meters", 0), ("meters", 1)) == [3, 4, 11, 13]


def test_what_stands_within_a_text_of_several_lines_is_no_line_of_a_setting() -> None:
    text = 'a = """\nlisten = 1\n[web]\n"""\n[web]\nlisten = 2\n'
    assert lines_of(text, ("a",), ("web",), ("web", "listen")) == [1, 5, 6]


def test_parts_of_a_table_in_one_line_have_that_line() -> None:
    text = "\nmeters = [\n  { unit = 1 },\n  { unit = 2, port = 3 },\n]\nweb.listen = 4\n"
    assert lines_of(text, ("meters", 1, "port"), ("web", "listen")) == [2, 6]


def test_a_setting_that_is_not_in_the_file_and_the_file_itself_have_no_line() -> None:
    assert lines_of(FILE, (), ("web", "listen"), ("meters", 7, "unit"), ("modbus", "listen", "x")) == [None] * 4


def test_a_file_that_takes_long_to_look_through_keeps_its_mistakes_without_lines() -> None:
    text = "".join(f'x{number} = "{"y" * 500}"\n' for number in range(400))
    lines = lines_of(text, *((f"x{number}",) for number in range(0, 400, 7)))

    assert lines[0] == 1
    assert set(lines) <= {None, *range(1, 401, 7)}
    assert None in lines


def test_the_gateway_s_report_has_the_lines_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[modbus]\nlissten = 1\n")

    _, report = load_or_set_aside(file)

    assert report is not None
    assert [problem.line for problem in report.problems] == [2]
    assert report.outcome is Outcome.USABLE_PART
    assert str(report).endswith("have it read again: sudo systemctl reload han2x.")


def test_the_report_of_a_file_set_aside_says_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[modbus]\nread_only = true\n")
    load_or_set_aside(file)
    file.write_text("[modbus\nread_only = true\n")

    _, report = load_or_set_aside(file)

    assert report is not None
    assert (report.outcome, Path(report.aside).read_text()) == (Outcome.LAST_GOOD, "[modbus\nread_only = true\n")
