"""What a capacity charge goes by, as the file of a history has it: computed by hand, and as the registers have it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from han2x.history import By, Energy, Hour
from han2x.history_file.highest import High, Month, months
from han2x.history_file.reading import HistoryReader
from han2x.history_file.series import Series
from han2x.history_file.spans import spans
from han2x.history_file.writing import HistoryFile
from han2x.meters.clock import Zone, central_european
from tests.history.remembering import File, Remembered
from tests.history_file.made import NO_ROWS, written
from tests.state.hours.homes import A_EXPORT, A_IMPORT, HOUR_S, KAIFA, Home

pytestmark = pytest.mark.timeout(300)  # a month is long on a busy computer
BASE_W = 30
HOURS = {  # Wh of single hours, by the clock of the place
    "2026-09-30T23:00+02:00": 9500,  # of the month before
    "2026-10-03T07:00+02:00": 4200,  # the lower one of two peaks on a day
    "2026-10-03T18:00+02:00": 5100,
    "2026-10-12T17:00+02:00": 8000,  # the gateway is off
    "2026-10-14T09:00+02:00": 4900,  # the list at its end is lost
    "2026-10-20T20:00+02:00": 4850,
    "2026-10-25T02:00+02:00": 5500,  # the hour that the clock repeats
    "2026-10-25T02:00+01:00": 5600,
    "2026-10-31T23:00+01:00": 4700,
    "2026-11-01T00:00+01:00": 9000,  # of the next month
}
OFF, LIST_LOST = "2026-10-12", "2026-10-14"


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def load(at: float) -> float:
    return LOADS.get(at // HOUR_S * HOUR_S, BASE_W)


LOADS = {moment(text): wh for text, wh in HOURS.items()}


def the_month() -> tuple[Remembered, list[float | None]]:
    """The history after that month, of a gateway that is on around each of the hours, and off else; and what clients
    read of the month's highest hour and the mean of three within its last hour.
    """
    home = Home(datetime.fromisoformat("2026-09-30T20:50+02:00"), load, replace(KAIFA, every_s=20))
    one = Remembered(home)
    read: list[float | None] = []
    for text in HOURS:
        if text.startswith(OFF):
            continue
        begin = moment(text)
        before = 2 * HOUR_S if text.startswith(LIST_LOST) else 0  # in which the estimate makes good the time before
        if begin - one.home.now > 3 * HOUR_S:
            one.restart(begin - before - 360 - one.home.now)
        one.until(begin + HOUR_S - 300)
        if text.startswith("2026-10-31"):
            read = [home.register(40247), home.register(40249)]
        one.home.lists = not text.startswith(LIST_LOST)
        one.until(begin + HOUR_S + 180)
        one.home.lists = True
    one.write()
    return one, read


def capacity(hours: Iterable[Hour], zone: Zone, day: date) -> Month:
    """That of the month that a day belongs to, as the product reads it from a file with these hours."""
    noon = round(datetime(day.year, day.month, 15, 12, tzinfo=UTC).timestamp())
    wanted = spans("month", noon, noon + 1, zone)
    with tempfile.TemporaryDirectory() as folder:
        file, series = HistoryFile(Path(folder)), Series(1)
        file.arrange([series])
        written(file, series, hours)
        file.close()
        reader = HistoryReader(file.path)
        (month,) = reader.asked(1, NO_ROWS, lambda source: months(source, wanted, zone))
        reader.close()
    return month


def told(file: File, month: date) -> list[Any]:
    """The month's highest hours: when, how much to 10 Wh, and how they are known."""
    found = capacity(file.hours.values(), central_european, month).highest
    there = [datetime.fromtimestamp(peak.begin, datetime.fromisoformat("2026-01-01T00+01:00").tzinfo) for peak in found]
    return [(f"{at:%m-%d %H}", round(peak.wh, -1), peak.by) for at, peak in zip(there, found, strict=True)]


def test_a_month_with_summer_time_missing_hours_and_two_peaks_on_a_day_is_as_computed_by_hand() -> None:
    one, read = the_month()
    october = capacity(one.file.hours.values(), central_european, date(2026, 10, 20))
    assert told(one.file, date(2026, 10, 1)) == [
        ("10-25 02", 5600, By.METER),
        ("10-03 17", 5100, By.METER),  # 18 by summer time
        ("10-14 08", pytest.approx(4900, abs=15), By.ESTIMATED),
    ]
    assert october.mean_wh == pytest.approx((5600 + 5100 + 4900) / 3, abs=6)
    assert read == [round(october.highest[0].wh), round(october.mean_wh or 0)]
    off = one.file.energy(moment("2026-10-12T17:00+02:00"))
    assert off is not None
    assert off[1] is By.SPREAD
    assert one.file.assert_balanced() == (moment("2026-11-01T01:00+01:00") - moment("2026-09-30T21:00+02:00")) / HOUR_S


def test_the_months_beside_it_have_their_own_and_the_present_one_is_as_the_registers_have_it() -> None:
    one, _ = the_month()
    assert told(one.file, date(2026, 9, 1))[0] == ("09-30 22", 9500, By.METER)
    assert told(one.file, date(2026, 11, 1)) == [("11-01 00", 9000, By.METER)]
    november = capacity(one.file.hours.values(), central_european, date(2026, 11, 30))
    shown = one.home.hour()
    assert [(high.begin.timestamp(), high.wh) for high in shown.highest] == [
        (peak.begin, peak.wh) for peak in november.highest
    ]
    assert november.hours_known == 1


def hour(text: str, wh: float, by: By = By.METER, factor: int = 1000) -> Hour:
    return Hour(round(moment(text)), factor, {A_IMPORT: Energy(round(1000 * wh), by)})


def test_energies_have_the_factor_of_their_time() -> None:
    found = capacity(
        [hour("2026-11-02T10:00+01:00", 50, factor=40_000), hour("2026-11-03T10:00+01:00", 1900)],
        central_european,
        date(2026, 11, 1),
    )
    assert [peak.wh for peak in found.highest] == [2000, 1900]


def test_of_two_hours_alike_on_a_day_the_earlier_one_counts_in_whatever_order_they_come() -> None:
    hours = [hour(f"2026-11-02T{at:02}:00+01:00", 5000) for at in (17, 9, 12)]
    found = capacity(hours, central_european, date(2026, 11, 1))
    assert found.highest == [High(round(moment("2026-11-02T09:00+01:00")), 5000.0, By.METER)]
    assert found.hours_known == 3


def test_a_share_of_what_was_counted_is_no_peak_and_neither_is_an_export() -> None:
    export = Hour(round(moment("2026-11-05T10:00+01:00")), 1000, {A_EXPORT: Energy(9_000_000, By.METER)})
    found = capacity([hour("2026-11-02T10:00+01:00", 8000, By.SPREAD), export], central_european, date(2026, 11, 1))
    assert found.highest == []
    assert found.mean_wh is None
    assert found.hours_known == 0


def test_the_month_is_that_of_the_place() -> None:
    hours = [hour("2026-10-31T23:00+00:00", 1000), hour("2026-10-31T22:00+00:00", 2000)]
    assert [peak.wh for peak in capacity(hours, central_european, date(2026, 11, 1)).highest] == [1000]
    assert [peak.wh for peak in capacity(hours, lambda _moment: timedelta(0), date(2026, 10, 31)).highest] == [2000]
