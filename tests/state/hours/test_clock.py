"""Which moment it is: whose clock is believed, and when a correction is a step."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from han2x.state.hours.clock import BEHIND_S, EARLIEST, METER_KEPT_S, SETTLING_S, Clock

NOW = datetime(2026, 11, 10, 11, tzinfo=UTC).timestamp()
HOUR = 3600.0


def test_no_moment_is_known_without_a_clock() -> None:
    clock = Clock()
    clock.of_computer(0.0, NOW)
    clock.of_computer(EARLIEST - 1, NOW)
    clock.of_meter([], NOW)
    clock.of_meter([946_684_800.0], NOW)  # 2000-01-01, as after a meter has lost its own
    assert clock.at(NOW) is None


@pytest.mark.parametrize("off", [-1000.0, 0.0, 90.0, 1100.0])
def test_a_meters_clock_near_the_computers_is_the_one_that_is_gone_by(off: float) -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    clock.of_meter([NOW + off], NOW)
    assert clock.at(NOW) == NOW + off


@pytest.mark.parametrize("hours", [-2, -1, 1, 2])
def test_a_meters_clock_that_is_whole_hours_off_keeps_another_zone(hours: int) -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    clock.of_meter([NOW + 5 + hours * HOUR], NOW)
    assert clock.at(NOW) == NOW + 5


def test_a_computer_that_is_set_tells_that_the_meters_clock_is_whole_hours_off() -> None:
    clock = Clock()
    clock.of_meter([NOW + HOUR], NOW)
    for second in (10, 20, 30):
        clock.of_computer(NOW + second, NOW + second)
        clock.of_meter([NOW + second + HOUR], NOW + second)
    assert (clock.at(NOW + 30), clock.steps) == (NOW + 30, 1)


def test_of_two_clocks_that_are_far_apart_the_later_one_is_right() -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    assert clock.of_meter([NOW - 5000], NOW) is None
    assert clock.at(NOW) == NOW
    clock.of_meter([NOW + 5000], NOW)
    assert clock.at(NOW) == NOW + 5000


@pytest.mark.parametrize("meant", [NOW - 3, NOW + HOUR - 3])
def test_the_computers_clock_chooses_among_what_a_meters_can_mean(meant: float) -> None:
    clock = Clock()
    clock.of_computer(meant + 10, NOW)
    assert clock.of_meter([NOW - 3, NOW + HOUR - 3], NOW) == meant


def test_without_one_two_meanings_are_none_unless_the_meter_told_one_before() -> None:
    clock = Clock()
    assert clock.of_meter([NOW, NOW + HOUR], NOW) is None
    clock.of_meter([NOW], NOW)
    assert clock.of_meter([NOW + 10, NOW + 10 + HOUR], NOW + 10) == NOW + 10
    assert clock.steps == 0


def test_the_telegram_that_came_soonest_tells_the_time() -> None:
    clock = Clock()
    for second, late in ((0, 1.0), (10, 0.2), (20, 60.0), (30, 1.5)):
        clock.of_meter([NOW + second - late], NOW + second)
    assert clock.at(NOW + 30) == NOW + 30 - 0.2
    assert clock.steps == 0


def test_a_meters_clock_is_set_when_three_telegrams_in_a_row_agree() -> None:
    clock = Clock()
    clock.of_meter([NOW], NOW)
    clock.of_meter([NOW + 910], NOW + 10)
    clock.of_meter([NOW + 20], NOW + 20)
    clock.of_meter([NOW + 930], NOW + 30)
    clock.of_meter([NOW + 940], NOW + 40)
    assert (clock.at(NOW + 40), clock.steps) == (NOW + 40, 0)
    clock.of_meter([NOW + 950], NOW + 50)
    assert (clock.at(NOW + 50), clock.steps) == (NOW + 950, 1)


def test_a_step_of_the_computers_clock_is_one_of_the_hours_where_no_meter_tells_the_time() -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    clock.of_computer(NOW + 70, NOW + 10)
    assert (clock.at(NOW + 10), clock.steps) == (NOW + 70, 0)
    clock.of_computer(NOW + 700, NOW + 20)
    assert (clock.at(NOW + 20), clock.steps) == (NOW + 700, 1)


def test_a_computers_clock_is_settled_after_a_while_and_a_meters_at_once() -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    clock.of_computer(NOW + SETTLING_S - 1, NOW + SETTLING_S - 1)
    assert not clock.is_settled(NOW + SETTLING_S - 1)
    assert clock.is_settled(NOW + SETTLING_S)
    clock.of_computer(NOW + SETTLING_S + 500, NOW + SETTLING_S)
    assert not clock.is_settled(NOW + SETTLING_S)
    clock.of_meter([NOW + SETTLING_S + 501], NOW + SETTLING_S + 1)
    assert clock.is_settled(NOW + SETTLING_S + 1)


def test_a_computer_that_is_behind_what_was_kept_is_believed_only_when_no_meter_says_otherwise_for_long() -> None:
    clock = Clock()
    clock.not_before = NOW
    clock.of_computer(NOW - 7200, 0)
    clock.of_computer(NOW - 7200 + BEHIND_S - 1, BEHIND_S - 1)
    assert clock.at(BEHIND_S - 1) is None
    clock.of_computer(NOW - 7200 + BEHIND_S, BEHIND_S)
    assert clock.at(BEHIND_S) == NOW - 7200 + BEHIND_S


def test_a_meter_that_tells_no_time_any_more_is_left_for_the_computer() -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    clock.of_meter([NOW + 600], NOW)
    later = NOW + METER_KEPT_S + 1
    clock.of_computer(later, later)
    assert clock.at(later) == later


def test_a_list_that_may_be_old_means_what_its_clock_says() -> None:
    clock = Clock()
    clock.of_computer(NOW, NOW)
    for second in range(3):
        clock.of_meter([NOW + second], NOW + second)
    assert clock.meant([NOW - HOUR], NOW + 2) == NOW - HOUR
    clock.of_meter([NOW + 3 - HOUR], NOW + 3)  # once an hour off: an old one
    assert clock.meant([NOW - HOUR], NOW + 3) == NOW - HOUR
    for second in (4, 5):
        clock.of_meter([NOW + second - HOUR], NOW + second)
    assert clock.meant([NOW - HOUR], NOW + 5) == NOW
