"""Power over the last day."""

from __future__ import annotations

from han2x.gateway.history import MINUTES, STEP_S, History
from han2x.model import Quantity
from tests.readings import a_reading

MINUTE = 1_700_000_040.0
assert MINUTE % STEP_S == 0


def power(imported: float, exported: float | None = None) -> dict[Quantity, float]:
    values: dict[Quantity, float] = {Quantity.ACTIVE_POWER_IMPORT: imported}
    return values if exported is None else values | {Quantity.ACTIVE_POWER_EXPORT: exported}


def test_a_minute_is_the_mean_of_its_telegrams() -> None:
    history = History()
    for second, watts in ((0, 100), (10, 200), (59, 600)):
        history.take(a_reading(power(watts, 0)), MINUTE + second)

    assert history.points(MINUTE + 59, 1) == [(int(MINUTE), 300.0, 0.0)]


def test_short_lists_say_nothing_of_the_export() -> None:
    history = History()
    history.take(a_reading(power(100, 50)), MINUTE)
    history.take(a_reading(power(300)), MINUTE + 2)

    assert history.points(MINUTE + 2, 1) == [(int(MINUTE), 200.0, 50.0)]


def test_minutes_without_a_telegram_are_unknown_and_not_0() -> None:
    history = History()
    history.take(a_reading(power(100, 0)), MINUTE)
    history.take(a_reading(power(100, 0)), MINUTE + 150)

    assert [point[1] for point in history.points(MINUTE + 150, 1)] == [100.0, None, 100.0]
    assert [point[1] for point in history.points(MINUTE + 290, 1)] == [100.0, None, 100.0, None, None]


def test_nothing_is_told_before_the_first_telegram() -> None:
    assert History().points(MINUTE, 24) == []


def test_only_the_hours_asked_for_are_told_and_a_day_is_kept() -> None:
    history = History()
    for minute in range(MINUTES + 100):
        history.take(a_reading(power(minute, 0)), MINUTE + minute * STEP_S)
    now = MINUTE + (MINUTES + 99) * STEP_S

    assert len(history.points(now, 1)) == 60
    assert len(history.points(now, 24)) == MINUTES
    assert len(history.points(now, 48)) <= MINUTES + 1
    assert history.points(now, 1)[-1] == (int(now), float(MINUTES + 99), 0.0)
