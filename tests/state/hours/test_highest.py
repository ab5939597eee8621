"""The highest hour of each day, and those that a capacity charge goes by."""

from __future__ import annotations

from datetime import UTC, datetime

from han2x.meters.clock import central_european
from han2x.state.hours.highest import MOST_DAYS, HighestHours, Hour


def hour(text: str, wh: float) -> Hour:
    """An hour that began at this moment of the place, as ISO 8601 has it with an offset."""
    return Hour(datetime.fromisoformat(text).timestamp(), wh)


def of_month(hours: HighestHours, text: str, latest: Hour | None = None) -> list[float]:
    moment = datetime.fromisoformat(text).timestamp()
    return [each.wh for each in hours.of_month(moment, central_european, latest)]


def made(*each: Hour) -> HighestHours:
    hours = HighestHours()
    for one in each:
        hours.add(one, central_european)
    return hours


def test_a_day_has_one_hour_and_its_first_highest_is_kept() -> None:
    hours = made(
        hour("2026-11-10T08:00+01:00", 3000), hour("2026-11-10T09:00+01:00", 4000), hour("2026-11-10T10:00+01:00", 4000)
    )
    (found,) = hours.of_month(hour("2026-11-20T00:00+01:00", 0).begin, central_european)
    assert found == hour("2026-11-10T09:00+01:00", 4000)


def test_three_days_count_and_the_present_hour_s_month() -> None:
    hours = made(*(hour(f"2026-11-{day:02}T08:00+01:00", 1000 * day) for day in range(1, 6)))
    assert of_month(hours, "2026-11-30T23:59+01:00") == [5000, 4000, 3000]
    assert of_month(hours, "2026-12-01T00:00+01:00") == []
    assert of_month(hours, "2026-11-06T00:00+01:00", hour("2026-11-05T22:00+01:00", 9000)) == [9000, 4000, 3000]


def test_days_are_those_of_the_place_also_where_the_clock_is_turned() -> None:
    hours = made(
        hour("2026-10-25T00:00+02:00", 1000),  # still the 24th by UTC
        hour("2026-10-25T02:00+02:00", 2000),
        hour("2026-10-25T02:00+01:00", 3000),
        hour("2026-10-25T23:00+01:00", 1500),
        hour("2026-10-26T00:00+01:00", 500),
    )
    assert of_month(hours, "2026-10-31T12:00+01:00") == [3000, 500]


def test_a_clock_that_was_in_another_month_for_a_while_takes_nothing_from_this_one() -> None:
    hours = made(hour("2026-11-10T08:00+01:00", 3000), hour("2038-01-19T08:00+01:00", 9000))
    assert of_month(hours, "2026-11-11T12:00+01:00") == [3000]


def test_days_long_gone_are_forgotten() -> None:
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
    hours = made(*(Hour(begin + 86_400 * day, 1000.0) for day in range(300)))
    assert len(hours.dump()) == MOST_DAYS
