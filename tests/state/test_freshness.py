"""How long a value counts, by when the meter sends it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import accumulate, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.model import Quantity
from han2x.state.freshness import AGREEING, AGREEING_ON_MORE, LONGEST_S, TOTALS_KEPT_S, Freshness, Interval

POWER, CURRENT, TOTAL = Quantity.ACTIVE_POWER_IMPORT, Quantity.CURRENT_L1, Quantity.ACTIVE_ENERGY_IMPORT
SET_S = 60.0


def learned(gaps: Iterable[float]) -> Interval:
    interval = Interval()
    for now in accumulate(gaps, initial=1e9):
        interval.came(now)
    return interval


def counts_s(gaps: Iterable[float], quantity: Quantity = CURRENT, set_s: float = SET_S) -> float:
    freshness = Freshness()
    for now in accumulate(gaps, initial=1e9):
        freshness.came((quantity,), now)
    return freshness.counts_s(quantity, set_s)


def test_what_never_came_or_came_once_counts_for_the_time_set_and_a_total_for_two_hours_and_a_half() -> None:
    for gaps in ([], [7200.0]):
        assert counts_s(gaps) == SET_S
        assert counts_s(gaps, TOTAL) == TOTALS_KEPT_S
    assert Freshness().counts_s(POWER, 5) == 5


@pytest.mark.parametrize(("every", "expected"), [(1.0, 60), (10.0, 60), (20.0, 60), (30.0, 90), (60.0, 180)])
def test_a_value_of_the_moment_counts_for_three_intervals_where_that_is_longer_than_the_time_set(
    every: float, expected: float
) -> None:
    assert counts_s(repeat(every, 10)) == expected


def test_a_value_of_the_moment_never_counts_for_longer_than_the_bound_by_its_interval() -> None:
    assert counts_s(repeat(3600.0, 30)) == LONGEST_S
    assert counts_s(repeat(3600.0, 30), set_s=900.0) == 900


@pytest.mark.parametrize(("every", "expected"), [(3600.0, TOTALS_KEPT_S), (900.0, 2700), (10.0, SET_S), (1.0, SET_S)])
def test_a_total_counts_by_its_own_interval_and_an_hourly_one_for_two_hours_and_a_half(
    every: float, expected: float
) -> None:
    assert counts_s(repeat(every, 30), TOTAL) == expected


def test_the_line_counts_like_what_comes_most_often() -> None:
    freshness = Freshness()
    for second in range(0, 600, 30):
        freshness.came((POWER, CURRENT) if second % 90 == 0 else (POWER,), 1e9 + second)
    assert freshness.line_counts_s(SET_S) == freshness.counts_s(POWER, SET_S) == 90
    assert freshness.counts_s(CURRENT, SET_S) == 270


@pytest.mark.parametrize("count", range(AGREEING + 2))
def test_an_interval_is_known_from_gaps_in_a_row_that_agree(count: int) -> None:
    assert learned(repeat(30.0, count)).seconds == (30 if count >= AGREEING else None)


def test_a_gap_or_an_extra_list_in_between_changes_nothing() -> None:
    assert learned([10, 10, 10, 10, 5, 5, 10, 10, 10, 7200, 10, 5, 5]).seconds == 10


def test_telegrams_that_are_read_at_once_after_a_pause_tell_no_interval() -> None:
    assert learned([0, 0, 0, 0, 30, 0, 0, 0]).seconds is None


def test_a_shorter_interval_is_believed_soon_and_a_longer_one_late() -> None:
    begun = [60.0] * 5
    assert learned(begun + [10.0] * AGREEING).seconds == 10
    assert learned(begun + [120.0] * AGREEING).seconds == 60
    assert learned(begun + [120.0] * AGREEING_ON_MORE).seconds == 120


@pytest.mark.parametrize("lost", [0.3, 0.5, 0.7, 0.8])
def test_a_line_that_loses_telegrams_at_random_is_not_taken_for_a_slow_meter(lost: float) -> None:
    chance = random.Random(5)
    interval, longest = Interval(), 0.0
    for second in range(0, 864_000, 10):
        if second < 60 or chance.random() >= lost:
            interval.came(1e9 + second)
        longest = max(longest, interval.seconds or 0.0)
    assert longest == 10


def test_jitter_of_a_slow_line_is_no_change_of_the_interval() -> None:
    chance = random.Random(5)
    interval = Interval()
    for second in range(0, 36_000, 10):
        interval.came(1e9 + second + chance.uniform(0, 1.5))
    assert interval.seconds is not None
    assert 10 <= interval.seconds < 12


@given(st.lists(st.floats(0, 1e6), max_size=60), st.floats(5, 3600))
def test_whatever_comes_the_time_set_is_the_least_and_the_bounds_are_the_most(gaps: list[float], set_s: float) -> None:
    assert set_s <= counts_s(gaps, CURRENT, set_s) <= max(set_s, LONGEST_S)
    assert set_s <= counts_s(gaps, TOTAL, set_s) <= TOTALS_KEPT_S
