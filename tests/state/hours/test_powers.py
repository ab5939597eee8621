"""Mean powers: what counts as heard, and what does not."""

from __future__ import annotations

import pytest

from han2x.state.hours.powers import LONGEST_GAP_S, LastMinute, RecentMean

BEGIN = 1_762_768_800.0  # a full minute


def minute(*samples: tuple[float, float]) -> float | None:
    """The mean of the last full minute after samples of W at so many seconds."""
    last = LastMinute()
    for second, watt in samples:
        last.add(BEGIN + second, watt)
    return last.mean


def test_a_minute_has_its_mean_when_it_was_heard_from_beginning_to_end() -> None:
    assert minute((-5, 1000), (25, 1000), (59, 1000)) is None
    assert minute((-5, 1000), (25, 1000), (61, 1000)) == pytest.approx(1000)
    assert minute((5, 1000), (25, 1000), (61, 1000)) is None
    assert minute((0, 0), (60, 6000)) == pytest.approx(3000)
    assert minute((-30, 0), (30, 6000), (90, 0)) == pytest.approx(4500)


def test_a_gap_makes_the_minute_unknown_and_so_does_a_clock_that_is_set() -> None:
    heard = [(float(second), 1000.0) for second in range(-10, 70, 10)]
    assert minute(*heard, (60 + LONGEST_GAP_S, 1000)) == pytest.approx(1000)
    assert minute(*heard, (61 + LONGEST_GAP_S, 1000)) is None
    last = LastMinute()
    for second, watt in heard:
        last.add(BEGIN + second, watt)
    last.stop()
    assert last.mean is None


def recent(samples: list[tuple[float, float]], at: float) -> float | None:
    """The mean of the last five minutes at a second."""
    mean = RecentMean()
    for second, watt in samples:
        mean.add(BEGIN + second, watt)
    return mean.mean(BEGIN + at)


def test_the_recent_mean_is_of_five_minutes_and_no_more() -> None:
    powers = [(float(second), 1000.0 if second < 600 else 4000.0) for second in range(0, 1200, 2)]
    assert recent(powers[:300], 599) == pytest.approx(1000)
    assert recent(powers, 600) != pytest.approx(1000)
    assert recent(powers[:376], 750) == pytest.approx(2500, abs=15)
    assert recent(powers, 1198) == pytest.approx(4000)


def test_the_recent_mean_is_absent_until_a_minute_of_it_is_known() -> None:
    assert recent([], 0) is None
    assert recent([(0, 1000), (50, 1000)], 55) is None
    assert recent([(0, 1000), (50, 1000)], 60) == pytest.approx(1000)
    assert recent([(0, 1000), (60, 1000), (1000, 3000)], 1010) is None, "a silence is no power"
    assert recent([(0, 1000), (60, 1000), (1000, 3000)], 1060) == pytest.approx(3000)


def test_a_telegram_of_the_same_moment_counts_once() -> None:
    assert recent([(0, 1000), (60, 1000), (60, 1000), (59, 9000)], 60) == pytest.approx(1000)
    assert minute((-5, 1000), (25, 1000), (25, 1000), (24, 9000), (61, 1000)) == pytest.approx(1000)
