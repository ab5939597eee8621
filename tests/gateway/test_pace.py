"""How many octets come from a line, and when the last one did."""

from __future__ import annotations

import pytest

from han2x.gateway.pace import Pace


def test_nothing_is_told_before_an_octet_has_come() -> None:
    pace = Pace()
    assert (pace.octets, pace.age_s(100.0), pace.per_second(100.0)) == (0, None, None)


def test_the_pace_is_not_told_before_it_means_something() -> None:
    pace = Pace()
    pace.heard(200, 1000.0)
    assert pace.per_second(1009.0) is None
    assert pace.per_second(1010.0) == 20.0


def test_bursts_are_spread_over_the_time_between_them() -> None:
    pace = Pace()
    for second in range(0, 300, 10):
        pace.heard(150, 1000.0 + second)
        pace.heard(90, 1000.4 + second)
    assert pace.octets == 30 * 240
    assert pace.per_second(1290.5) == pytest.approx(24.0)
    assert pace.age_s(1295.0) == pytest.approx(4.6)


def test_a_line_that_has_fallen_silent_has_no_pace_after_a_minute() -> None:
    pace = Pace()
    pace.heard(600, 1000.0)
    assert pace.per_second(1030.0) == 20.0
    assert pace.per_second(1060.0) == 0.0
    assert pace.age_s(1060.0) == 60.0


def test_what_is_kept_does_not_grow_with_the_octets() -> None:
    pace = Pace()
    for tenth in range(36_000):
        pace.heard(1, 1000.0 + tenth / 10)
    assert pace.octets == 36_000
    assert pace.per_second(4599.9) == pytest.approx(10.0, rel=0.02)
    assert len(pace._seconds) <= 61
