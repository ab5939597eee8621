"""The capacity charge and the voltages by week, as the file has them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

import pytest

from han2x.history import By, Hour
from han2x.history_file.highest import Month, months, weeks
from han2x.history_file.pending import Rows, rows_of
from han2x.history_file.reading import HistoryReader
from han2x.history_file.series import Series
from han2x.history_file.spans import back, local, spans
from han2x.history_file.writing import HistoryFile
from han2x.meters.clock import central_european
from tests.history.peaks import capacity
from tests.history_file.made import BEGIN, HOUR_S, NO_ROWS, an_hour, voltages, written

YEAR_S = 365 * 86400


def _months(folder: Path, kept: list[Hour], fresh: Rows = NO_ROWS) -> list[Month]:
    file, series = HistoryFile(folder), Series(1)
    file.arrange([series])
    written(file, series, kept)
    file.close()
    reader = HistoryReader(file.path)
    wanted = spans("month", BEGIN, BEGIN + YEAR_S, central_european)
    found = reader.asked(1, fresh, lambda source: months(source, wanted, central_european))
    reader.close()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_months_are_as_the_hours_themselves_say(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    kept = [
        an_hour(
            BEGIN + place * HOUR_S, random.randrange(300) * 10, random.choice(list(By)), random.choice([1000, 2000])
        )
        for place in range(YEAR_S // HOUR_S)
        if random.random() < 0.8
    ]
    for month in _months(tmp_path, kept):
        told = capacity(kept, central_european, local(month.span.begin, central_european).date())
        assert [(high.begin, high.wh, high.by) for high in month.highest] == [tuple(peak) for peak in told.highest]
        assert month.hours_known == told.hours_known


def test_an_hour_that_is_not_on_the_disk_yet_is_among_them(tmp_path: Path) -> None:
    fresh = rows_of([an_hour(BEGIN + 50 * HOUR_S, 9000)])
    january = _months(tmp_path, [an_hour(BEGIN, 500), an_hour(BEGIN + HOUR_S, 700)], fresh)[0]
    assert [high.wh for high in january.highest] == [9000, 700]
    assert january.hours_known == 3


def test_a_month_begins_and_ends_by_the_place(tmp_path: Path) -> None:
    july = spans("month", BEGIN, BEGIN + YEAR_S, central_european)[6]
    kept = [an_hour(july.begin - HOUR_S, 900), an_hour(july.begin, 100), an_hour(july.end - HOUR_S, 200)]
    found = {local(each.span.begin, central_european).date(): each for each in _months(tmp_path, kept)}
    assert [high.wh for high in found[date(2026, 7, 1)].highest] == [200, 100]
    assert [high.wh for high in found[date(2026, 6, 1)].highest] == [900]
    assert found[date(2026, 8, 1)].highest == []


def test_voltages_are_told_by_the_week(tmp_path: Path) -> None:
    file, series = HistoryFile(tmp_path), Series(1)
    file.arrange([series])
    monday = back("week", BEGIN + 20 * 86400, 1, central_european)
    rows = [voltages(monday, 205, 231, below=3), voltages(monday + HOUR_S, 220, 254), voltages(monday + 8 * 86400)]
    written(file, series, rows)
    file.close()
    reader = HistoryReader(file.path)
    wanted = spans("week", monday, monday + 21 * 86400, central_european)
    (first, (phase,)), (second, _) = reader.asked(1, NO_ROWS, lambda source: weeks(source, wanted))
    reader.close()
    assert (first.begin, second.begin) == (monday, monday + 7 * 86400)
    assert (phase.phase, phase.lowest, phase.lowest_at) == (1, 205_000, monday)
    assert (phase.highest, phase.highest_at) == (254_000, monday + HOUR_S)
    assert (phase.minutes, phase.below, phase.above) == (120, 3, 0)
