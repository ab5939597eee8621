"""The energies of an hour made by hand: what estimates and totals tell of its beginning and of its end."""

from __future__ import annotations

import pytest

from han2x.estimator import Estimate
from han2x.model import Quantity
from han2x.state.hours.clock_hour import SILENCE_S, ClockHour
from han2x.state.hours.marks import ENERGIES, IMPORT, Total

BEGIN = 1_794_308_400.0
HOUR_S = 3600.0
EXPORT = ENERGIES[1]


def known(wh: float, bar_wh: float = 2.0) -> dict[Quantity, Estimate]:
    return {IMPORT: Estimate(wh, bar_wh, ())}


def entered(before: float, after: float, *, seconds: float = 10.0, bar_wh: float = 2.0) -> ClockHour:
    """An hour that has just begun, with the estimates some seconds before and as long after."""
    hour = ClockHour()
    hour.enter(BEGIN - HOUR_S, BEGIN - HOUR_S, known(0))
    hour.see(BEGIN - seconds, known(before, bar_wh))
    hour.enter(BEGIN, BEGIN + seconds, known(after, bar_wh))
    return hour


def test_an_hour_begins_with_the_estimate_between_the_last_look_and_this_one() -> None:
    hour = entered(1000, 1020)
    assert hour.so_far(IMPORT, Estimate(1500, 2.0, ()), 0) == pytest.approx(490)
    assert hour.so_far(EXPORT, Estimate(1500, 2.0, ()), 0) is None
    assert entered(1000, 1020, seconds=SILENCE_S).marks == {}


@pytest.mark.parametrize(("bar_wh", "hour_wh", "near"), [(40, 0, True), (60, 0, False), (60, 3000, True)])
def test_an_estimate_counts_while_its_bar_is_small(bar_wh: float, hour_wh: float, near: bool) -> None:
    hour = entered(1000, 1000)
    assert (hour.so_far(IMPORT, Estimate(1100, bar_wh, ()), hour_wh) is not None) == near


@pytest.mark.parametrize(("estimated", "begins"), [(1015, 1015), (1003, 1010), (1027, 1020), (400, 1010), (5000, 1020)])
def test_the_meters_total_puts_right_where_the_hour_began(estimated: float, begins: float) -> None:
    hour = entered(estimated, estimated)
    assert hour.take_total(IMPORT, Total(1010, 10, 0), watt=0)
    assert hour.marks[IMPORT].wh == begins
    assert not hour.take_total(IMPORT, Total(2000, 10, 0), watt=0), "the first one counts"


def test_a_total_some_seconds_late_tells_less_of_the_full_hour() -> None:
    hour = entered(900, 900)
    hour.take_total(IMPORT, Total(1010, 1, 10), watt=3600)
    assert hour.marks[IMPORT].wh == 1000


def test_a_total_alone_tells_where_the_hour_began() -> None:
    hour = ClockHour()
    hour.enter(BEGIN, BEGIN + 5, {})
    hour.take_total(IMPORT, Total(1010, 10, 0), watt=0)
    assert hour.so_far(IMPORT, Estimate(1115, 2.0, ()), 0) == pytest.approx(100)


@pytest.mark.parametrize(("late_s", "wh"), [(0.0, 990), (10.0, 1000)])
def test_two_totals_of_the_same_second_of_their_hours_make_the_one_between(late_s: float, wh: float) -> None:
    hour = entered(0, 0)
    hour.take_total(IMPORT, Total(10, 10, 0), watt=0)
    hour.see(BEGIN + HOUR_S - 1, known(1010))
    hour.enter(BEGIN + HOUR_S, BEGIN + HOUR_S + 1, known(1010))
    hour.take_total(IMPORT, Total(1000, 10, late_s), watt=0)
    assert hour.over[IMPORT].wh == pytest.approx(wh)
