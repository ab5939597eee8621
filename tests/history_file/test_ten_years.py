"""Ten years in the file: nothing reads all of it but who asks for all of it."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

import pytest

from han2x.history_file.reading import HistoryReader
from han2x.history_file.series import Series
from han2x.history_file.writing import NAME, HistoryFile
from tests.history_file.made import BEGIN, HOUR_S, a_minute, an_hour, named, ten_years, told, written

END = BEGIN + 200 * 86400


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ten_years(tmp_path_factory.mktemp("ten"), END)


def _octets_read() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))


def test_to_start_with_them_only_the_last_weeks_are_read(path: Path, tmp_path: Path) -> None:
    copyfile(path, tmp_path / NAME)
    before = _octets_read()
    file = HistoryFile(tmp_path)
    series = Series(1)
    file.arrange([series])
    hours = file.hours(series, END - 40 * 86400)
    written(file, series, [a_minute(END), an_hour(END)], END)
    file.close()
    assert len(hours) == 40 * 24
    assert _octets_read() - before < path.stat().st_size / 20


def test_a_year_of_them_reads_a_year(path: Path) -> None:
    before = _octets_read()
    points = told(path, 1, "month", END - 365 * 86400, END)
    assert len(points) == 13
    assert _octets_read() - before < path.stat().st_size / 5


def test_all_of_them_add_up(path: Path) -> None:
    first = END - 10 * 31_557_600
    years = [named("year", point) for point in told(path, 1, "year", first, END)]
    days = [named("day", point) for point in told(path, 1, "day", first, END)]
    assert len(years) == 11
    assert len(days) == 3654
    assert sum(year["import_wh"] for year in years) == pytest.approx(sum(day["import_wh"] for day in days))
    assert sum(year["hours_known"] for year in years) == 10 * 31_557_600 // HOUR_S


def test_where_a_series_begins_and_ends_is_found_without_reading_it(path: Path) -> None:
    reader = HistoryReader(path)
    before = _octets_read()
    from han2x.history_file.columns import HOURS, MINUTES

    edges = reader.asked(1, {}, lambda source: [source.edges(table) for table in (HOURS, MINUTES)])
    assert all(edge is not None for pair in edges for edge in pair)
    assert _octets_read() - before < 200_000
    reader.close()
