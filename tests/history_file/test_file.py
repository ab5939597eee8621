"""The history's file: what is written comes back, step by step, scaled, and only once."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from random import Random

import pytest

from han2x.history import By, Hour
from han2x.history_file.columns import HOURS, MINUTES
from han2x.history_file.opening import open_to_read
from han2x.history_file.pending import MOST_MINUTES, Pending, rows_of
from han2x.history_file.reading import DamagedError
from han2x.history_file.series import Series
from han2x.history_file.writing import NAME, HistoryFile
from han2x.model import Quantity
from tests.history_file.made import (
    BEGIN,
    HOUR_S,
    a_minute,
    a_quarter,
    an_hour,
    hours,
    named,
    told,
    voltages,
    written,
)


@pytest.fixture
def file(tmp_path: Path) -> HistoryFile:
    return HistoryFile(tmp_path)


def _begun(file: HistoryFile, unit: int = 1) -> Series:
    series = Series(unit, since=BEGIN)
    file.arrange([series])
    return series


def test_hours_come_back_as_they_were_written(file: HistoryFile) -> None:
    series = _begun(file)
    kept = [*hours(30), Hour(BEGIN + 40 * HOUR_S, 40_000, {})]
    written(file, series, kept)
    file.close()
    assert HistoryFile(file.path.parent).hours(series, BEGIN) == kept


def test_a_row_that_comes_later_takes_the_place_of_an_earlier_one(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [an_hour(BEGIN, 500, By.ESTIMATED)])
    written(file, series, [an_hour(BEGIN, 510, By.METER)])
    assert [named("hour", point)["import_wh"] for point in told(file.path, series.id, "hour", BEGIN, BEGIN + 7200)] == [
        510
    ]


def test_energies_are_scaled_with_the_factor_of_their_time(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [an_hour(BEGIN, 100), an_hour(BEGIN + HOUR_S, 100, factor=40_000)])
    points = [named("hour", each) for each in told(file.path, series.id, "hour", BEGIN, BEGIN + 86400)]
    assert [point["import_wh"] for point in points] == [100, 4000]
    (day,) = [named("day", each) for each in told(file.path, series.id, "day", BEGIN, BEGIN + 86400)]
    assert (day["import_wh"], day["highest_wh"], day["highest_begin"]) == (4100, 4000, BEGIN + HOUR_S)


def test_steps_of_which_nothing_is_known_are_null_and_none_are_outside(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [a_minute(BEGIN), a_minute(BEGIN + 180)])
    points = told(file.path, series.id, "minute", BEGIN - 86400, BEGIN + 86400)
    assert [point[0] - BEGIN for point in points] == [0, 60, 120, 180]
    assert points[1][1:] == [None] * (len(points[0]) - 1)
    first = named("minute", points[0])
    assert (first["import_w"], first["export_w"], first["net_w"]) == (500, None, 500)
    assert (first["net_w_lowest"], first["net_w_highest"], first["voltage_l1_v_lowest"]) == (450, 550, 228)


def test_the_range_is_from_its_begin_up_to_before_its_end(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, hours(10))
    points = told(file.path, series.id, "hour", BEGIN + HOUR_S, BEGIN + 3 * HOUR_S)
    assert [point[0] for point in points] == [BEGIN + HOUR_S, BEGIN + 2 * HOUR_S]


def test_rows_that_are_not_on_the_disk_yet_are_over_those_that_are(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [an_hour(BEGIN, 500), an_hour(BEGIN + HOUR_S, 1)])
    fresh = rows_of([an_hour(BEGIN + HOUR_S, 600), an_hour(BEGIN + 2 * HOUR_S, 700)])
    points = told(file.path, series.id, "hour", BEGIN, BEGIN + 86400, fresh)
    assert [named("hour", point)["import_wh"] for point in points] == [500, 600, 700]
    (day,) = told(file.path, series.id, "day", BEGIN, BEGIN + 86400, fresh)
    assert named("day", day)["import_wh"] == 1800


def test_without_a_file_there_is_what_is_not_on_the_disk_yet(tmp_path: Path) -> None:
    points = told(tmp_path / NAME, None, "hour", BEGIN, BEGIN + 86400, rows_of(hours(3)))
    assert [named("hour", point)["import_wh"] for point in points] == [1000, 1001, 1002]
    assert not list(tmp_path.iterdir())


def test_days_go_by_the_place_with_summer_time(file: HistoryFile) -> None:
    series = _begun(file)
    begin = 1_774_652_400  # 2026-03-28 00:00 in Norway, where the next day has 23 hours
    written(file, series, [an_hour(begin + place * HOUR_S) for place in range(72)])
    points = [named("day", each) for each in told(file.path, series.id, "day", begin, begin + 71 * HOUR_S)]
    assert [(point["begin"] - begin) // HOUR_S for point in points] == [0, 24, 47]
    assert [point["hours"] for point in points] == [24, 23, 24]
    assert [point["import_wh"] for point in points] == [24_000, 23_000, 24_000]


def test_a_days_hours_say_how_many_are_known_and_how(file: HistoryFile) -> None:
    series = _begun(file)
    known = [an_hour(BEGIN, 5), an_hour(BEGIN + HOUR_S, 6, By.ESTIMATED), an_hour(BEGIN + 2 * HOUR_S, 900, By.SPREAD)]
    written(file, series, [*known, Hour(BEGIN + 3 * HOUR_S, 1000, {})])
    (day,) = [named("day", each) for each in told(file.path, series.id, "day", BEGIN, BEGIN + 5 * HOUR_S)]
    assert (day["hours"], day["hours_known"], day["hours_by_meter"]) == (5, 3, 1)
    assert (day["import_wh"], day["highest_wh"], day["highest_begin"]) == (911, 6, BEGIN + HOUR_S)


def test_a_value_beyond_all_measure_is_unknown_and_keeps_nothing_else_from_the_disk(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [an_hour(BEGIN, 10**40), an_hour(BEGIN + HOUR_S, 7), an_hour(10**30, 1), an_hour(0, 1)])
    points = [named("hour", each) for each in told(file.path, series.id, "hour", 0, BEGIN + 86400)]
    assert [point["import_wh"] for point in points] == [None, 7]


def test_a_clock_that_was_set_back_writes_over_and_doubles_nothing(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [a_minute(BEGIN + 60 * place, place) for place in range(100)])
    written(file, series, [a_minute(BEGIN + 60 * place, 7000) for place in range(40, 60)])
    points = [named("minute", each) for each in told(file.path, series.id, "minute", BEGIN, BEGIN + 86400)]
    assert [point["import_w"] for point in points] == [*range(40), *([7000] * 20), *range(60, 100)]


def test_an_hours_voltages_have_the_minutes_before_a_restart_too(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, [a_minute(BEGIN + 60 * place, volts=206) for place in range(20)])
    later = [a_minute(BEGIN + 60 * place, volts=240) for place in range(25, 60)]
    written(file, series, [*later, voltages(BEGIN, lowest=238, highest=242, minutes=35)])
    connection = open_to_read(file.path)
    row = connection.execute("SELECT u1_low, u1_high, u1_minutes, u1_below, u1_above FROM voltages").fetchone()
    connection.close()
    assert row == (204_000, 242_000, 55, 20, 0)


def test_what_is_too_old_goes_and_hours_stay(file: HistoryFile) -> None:
    series = _begun(file)
    minutes = [a_minute(BEGIN + 60 * place) for place in range(3 * 1440)]
    written(file, series, [*minutes, *hours(72), a_quarter(BEGIN), voltages(BEGIN)], BEGIN)
    for day in range(5):
        written(file, series, [], BEGIN + (37 + day) * 86400)
    assert told(file.path, series.id, "minute", 0, BEGIN + 10**8) == []
    assert len(told(file.path, series.id, "quarter", 0, BEGIN + 10**8)) == 1
    for day in range(2):
        written(file, series, [], BEGIN + (4 * 366 + day) * 86400)
    assert told(file.path, series.id, "quarter", 0, BEGIN + 10**8) == []
    assert len(file.hours(series, 0)) == 72


def test_a_file_that_goes_on_for_years_does_not_grow_with_its_minutes(file: HistoryFile) -> None:
    series = _begun(file)
    sizes = []
    for day in range(100):
        begin = BEGIN + day * 86400
        written(file, series, [a_minute(begin + 300 * place) for place in range(288)], begin + 86400)
        sizes.append(file.size())
    assert sizes[-1] < 1.2 * sizes[len(sizes) // 2]


def test_a_meter_that_gets_another_unit_id_keeps_its_rows_and_two_can_change_theirs(file: HistoryFile) -> None:
    one, two = Series(1, "House"), Series(2, "Cabin")
    file.arrange([one, two])
    written(file, one, hours(1, wh=1))
    written(file, two, hours(1, wh=2))
    one.unit, two.unit = 2, 1
    file.arrange([one, two])
    again = Series(1)
    file.arrange([again])
    assert again.id == two.id
    assert [(each.unit, each.name) for each in file.series()] == [(1, ""), (2, "House")]


def test_a_meter_that_is_gone_leaves_its_rows_without_a_unit_id(file: HistoryFile) -> None:
    old = _begun(file)
    written(file, old, hours(2))
    old.unit = None
    new = Series(1)
    file.arrange([old, new])
    assert new.id != old.id
    assert {each.unit: each.id for each in file.series()} == {1: new.id, None: old.id}


def test_one_that_is_gone_and_had_nothing_is_not_remembered(file: HistoryFile) -> None:
    series = _begun(file)
    series.unit = None
    file.arrange([series])
    assert file.series() == []


def test_deleted_rows_are_nowhere_in_the_file(file: HistoryFile) -> None:
    series = _begun(file)
    secret = [an_hour(BEGIN + place * HOUR_S, 123_456_789) for place in range(50)]
    written(file, series, secret)
    assert file.delete(series.id or 0, None)
    file.close()
    assert (123_456_789_000).to_bytes(6, "big") not in file.path.read_bytes()
    assert not file.delete(99, None)


def test_only_what_began_before_a_moment_is_deleted(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, hours(10))
    file.delete(series.id or 0, BEGIN + 4 * HOUR_S)
    assert [hour.begin for hour in file.hours(series, 0)] == [BEGIN + place * HOUR_S for place in range(4, 10)]


def test_forgetting_leaves_no_file(file: HistoryFile) -> None:
    written(file, _begun(file), hours(10))
    file.path.with_name(f"{NAME}.damaged-20260101T000000Z").write_text("old")
    file.forget()
    assert [path.name for path in file.path.parent.iterdir() if NAME in path.name] == []
    written(file, Series(1), hours(1))


def test_a_file_that_is_removed_while_it_is_in_use_is_begun_again(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, hours(3))
    file.path.unlink()
    written(file, series, hours(3, BEGIN + 3 * HOUR_S))
    file.close()
    assert len(HistoryFile(file.path.parent).hours(series, 0)) == 3


def test_the_file_is_for_its_owner_alone(file: HistoryFile) -> None:
    written(file, _begun(file), hours(3))
    assert {path.stat().st_mode & 0o077 for path in file.path.parent.iterdir()} == {0}


def _root_pages(path: Path) -> set[int]:
    connection = sqlite3.connect(path)
    pages = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'hours'").fetchall()
    connection.close()
    return {1, *(page for (page,) in pages)}


@pytest.mark.parametrize("place", range(10))
def test_a_damaged_file_is_set_aside_and_its_hours_are_saved(file: HistoryFile, place: int) -> None:
    series = _begun(file)
    written(file, series, hours(4000))
    written(file, series, [a_minute(BEGIN + 60 * each) for each in range(3000)])
    file.close()
    roots = _root_pages(file.path)
    random = Random(place)
    octets = bytearray(file.path.read_bytes())
    begin = random.randrange(0, len(octets) - 6000) if place else 0
    octets[begin : begin + 4096] = random.randbytes(4096)
    file.path.write_bytes(octets)
    found = not {begin // 4096 + 1, (begin + 4095) // 4096 + 1} & roots  # else no row can be found any more
    again = HistoryFile(file.path.parent)
    again.arrange([Series(1)])
    for resolution in ("hour", "minute"):
        try:
            told(file.path, 1, resolution, BEGIN, BEGIN + 4000 * HOUR_S)
        except DamagedError:
            again.mend()
    written(again, Series(1), [an_hour(BEGIN - HOUR_S, 5)])
    kept = {hour.begin: hour for each in again.series() for hour in again.hours(each, 0)}
    assert len(kept) >= (3500 if found else 1)
    assert all(hour == an_hour(hour.begin, 1000 + (hour.begin - BEGIN) // HOUR_S) for hour in list(kept.values())[1:])
    again.close()
    assert len(list(file.path.parent.glob(f"{NAME}.damaged-*Z"))) == 1
    connection = open_to_read(file.path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_file_of_a_newer_program_is_set_aside(file: HistoryFile, caplog: pytest.LogCaptureFixture) -> None:
    series = _begun(file)
    written(file, series, hours(3))
    file.close()
    connection = sqlite3.connect(file.path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    again = HistoryFile(file.path.parent)
    assert again.series() == []
    assert "version 2 is not known to this program" in caplog.text


def test_something_else_in_its_place_is_set_aside(file: HistoryFile) -> None:
    file.path.write_text("this is a shopping list, and long enough to be taken for something" * 20)
    written(file, _begun(file), hours(1))
    assert len(list(file.path.parent.glob(f"{NAME}.damaged-*"))) == 1


def test_a_place_where_no_file_can_be_is_an_error_of_the_operating_system(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(OSError, match="no regular file"):
        HistoryFile(tmp_path).series()


def test_what_the_meter_showed_comes_back(file: HistoryFile) -> None:
    series = _begun(file)
    written(file, series, hours(1))
    assert file.hours(series, 0)[0].totals == {Quantity.ACTIVE_ENERGY_IMPORT: BEGIN}


def test_a_disk_that_is_full_is_told_and_takes_the_rows_later(file: HistoryFile) -> None:
    series = _begun(file)
    assert file._connection is not None
    file._connection.execute("PRAGMA max_page_count = 1")  # it cannot be set lower than what there is
    with pytest.raises(OSError, match="No space left on device") as full:
        written(file, series, hours(5000))
    assert full.value.errno == errno.ENOSPC
    assert file.hours(series, 0) == []
    file._connection.execute("PRAGMA max_page_count = 1000000")
    written(file, series, hours(5000))
    assert len(file.hours(series, 0)) == 5000


def test_rows_that_cannot_be_written_are_remembered_but_not_for_ever() -> None:
    pending, series = Pending(), Series(1)
    pending.add(series, [a_minute(BEGIN + 60 * place) for place in range(MOST_MINUTES + 100)])
    pending.add(series, hours(50))
    rows = pending.of(series)
    assert (len(rows[MINUTES]), len(rows[HOURS]), pending.lost) == (MOST_MINUTES, 50, True)
    assert min(rows[MINUTES]) == BEGIN + 60 * 100
    pending.written(pending.all())
    assert (pending.all(), pending.lost) == ({}, False)


def test_what_comes_while_rows_are_written_stays() -> None:
    pending, series = Pending(), Series(1)
    pending.add(series, [an_hour(BEGIN, 1), an_hour(BEGIN + HOUR_S, 2)])
    being_written = pending.all()
    pending.add(series, [an_hour(BEGIN + HOUR_S, 3), an_hour(BEGIN + 2 * HOUR_S, 4)])
    pending.written(being_written)
    assert sorted(pending.of(series)[HOURS]) == [BEGIN + HOUR_S, BEGIN + 2 * HOUR_S]
