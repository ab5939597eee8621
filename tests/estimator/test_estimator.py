"""Energies between the meter's totals: what is known when, and what no fault of a line may do to it."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from han2x.estimator import DiscontinuityCause, EnergyEstimator
from han2x.estimator.discontinuity import TEXTS
from han2x.model import PushList, Quantity, Reading
from tests.estimator.lines import (
    A_EXPORT,
    A_IMPORT,
    DELAY_S,
    HOUR,
    P_EXPORT,
    P_IMPORT,
    REGISTER_WH,
    Line,
    hour_list,
    list_1,
    meter_clock,
)


def a_line_after_two_hours(*, header: bool = True, clock_off: float = 0.0) -> Line:
    line = Line(header=header, clock_off=clock_off)
    line.run(-300, 0)
    line.hour(10, clock=0)
    line.run(20, 3600)
    line.hour(3610, clock=3600)
    line.run(3620, 3900)
    return line


def test_nothing_is_known_before_the_first_register() -> None:
    line = Line()
    line.run(0, 3000)
    assert line.estimator.at(HOUR + 3000) == {}


def test_only_energies_with_a_register_are_known() -> None:
    line = Line()
    line.hour(0)
    assert set(line.estimator.at(HOUR + 2)) == {A_IMPORT}


def test_the_first_register_is_taken_for_the_middle_of_its_step() -> None:
    line = Line(watt=0)
    line.hour(0)
    estimate = line.estimator.at(HOUR + 1)[A_IMPORT]
    assert estimate.wh == REGISTER_WH + 5
    assert 2 * estimate.bar_wh >= 5


@pytest.mark.parametrize("second", [5, 35, 55, -5, -25])
def test_a_first_telegram_that_is_the_hours_list_makes_the_energy_known_at_once(second: int) -> None:
    line = Line()
    line.hour(second)
    assert line.known(second + 1)
    line.run(second + 5, second + 120)
    known = line.estimator.at(HOUR + second + 120)[A_IMPORT]
    assert abs(line.error(second + 120)) <= 2 * known.bar_wh
    line.run(second + 125, 3600)
    line.hour(3605, clock=3600)
    line.run(3610, 3700)
    assert line.error(3700) == pytest.approx(0, abs=8)


def test_a_first_list_that_is_more_than_five_minutes_late_waits_for_the_next() -> None:
    line = Line()
    line.hour(400, clock=0)
    assert not line.known(401)


def test_an_energy_is_as_old_as_the_last_telegram_with_its_power() -> None:
    line = Line()
    line.hour(5)
    line.run(10, 60)
    estimate = line.estimator.at(HOUR + 60)[A_IMPORT]
    assert (estimate.fed_at, estimate.by_power) == (HOUR + 50 + DELAY_S, True)
    line.power(50, delay=30)
    assert line.estimator.at(HOUR + 100)[A_IMPORT].fed_at == HOUR + 80, "also of one that comes twice"
    estimator = EnergyEstimator()
    estimator.apply(hour_list(HOUR, 100, REGISTER_WH, export_wh=0), HOUR + 1)
    estimator.apply(list_1(HOUR + 10, 0), HOUR + 11)
    assert estimator.at(HOUR + 20)[A_EXPORT].fed_at == HOUR + 1, "an import of 0 says nothing of the export"


def test_what_was_restored_has_been_moved_by_nothing_yet() -> None:
    line = a_line_after_two_hours()
    fresh = EnergyEstimator()
    fresh.restore(json.loads(json.dumps(line.estimator.dump())), HOUR + 3960)
    assert fresh.at(HOUR + 3960)[A_IMPORT].fed_at is None


def test_a_register_of_zero_that_no_load_has_fed_is_zero() -> None:
    estimator = EnergyEstimator()
    estimator.apply(hour_list(HOUR, 100, REGISTER_WH, export_wh=0), HOUR)
    assert estimator.at(HOUR)[A_EXPORT].wh == 0


@pytest.mark.parametrize("header", [True, False])
def test_energy_grows_between_two_registers_with_the_power(header: bool) -> None:
    line = a_line_after_two_hours(header=header)
    assert line.error(3900) == pytest.approx(0, abs=5)
    assert [-line.look(3900 + second) + line.look(3901 + second) for second in range(3)] == pytest.approx(
        [1] * 3, abs=0.2
    )
    assert not line.went_back()


@pytest.mark.parametrize("clock_off", [7200.0, -3600.0, 2.33, 19_800.0, -1e8])
def test_the_offset_of_the_meters_clock_does_not_matter(clock_off: float) -> None:
    line = a_line_after_two_hours(clock_off=clock_off)
    assert line.error(3900) == pytest.approx(0, abs=6)


def test_energy_since_the_registers_clock_is_not_lost_when_the_list_is_late() -> None:
    line = a_line_after_two_hours()
    line.run(3900, 7200)
    before = line.error(7210)
    line.run(7210, 7270)
    line.hour(7210, delay=61, clock=7200)
    line.run(7280, 7400)
    assert line.error(7390) == pytest.approx(before, abs=5)
    assert not line.went_back()


def test_a_late_list_without_a_header_is_placed_by_the_clock_inside_it() -> None:
    line = a_line_after_two_hours(header=False)
    line.run(3900, 7270)
    line.hour(7270, clock=7200)
    line.run(7280, 7400)
    assert line.error(7390) == pytest.approx(0, abs=6)


def test_an_old_list_sent_again_changes_nothing() -> None:
    line, other = a_line_after_two_hours(header=False), a_line_after_two_hours(header=False)
    for each in (line, other):
        each.run(3900, 7210)
    line.hour(7210, clock=3600)
    other.power(7210)
    for each in (line, other):
        each.run(7220, 7300)
    assert line.look(7299) == pytest.approx(other.look(7299), abs=0.01)


def test_an_old_list_sent_again_with_a_new_header_changes_nothing() -> None:
    line, other = a_line_after_two_hours(), a_line_after_two_hours()
    line.estimator.apply(hour_list(HOUR + 3900, 3600, REGISTER_WH, clock=HOUR + 10), HOUR + 3901)
    other.power(3900)
    assert line.look(3905) == pytest.approx(other.look(3905), abs=0.01)


def test_a_lost_list_leaves_the_next_hour_whole() -> None:
    line = a_line_after_two_hours()
    line.run(3900, 4 * 3600)
    assert line.error(4 * 3600) == pytest.approx(0, abs=6)
    line.hour(4 * 3600 + 5, clock=4 * 3600)
    line.run(4 * 3600 + 10, 4 * 3600 + 60)
    assert line.error(4 * 3600 + 60) == pytest.approx(0, abs=6)


def test_a_duplicate_counts_once() -> None:
    line, other = a_line_after_two_hours(), a_line_after_two_hours()
    for second in range(3900, 4500, 10):
        for each in (line, other):
            each.power(second)
        line.power(second, delay=1.5)
    assert line.look(4500) == pytest.approx(other.look(4500), abs=0.6)


@pytest.mark.parametrize("step", [60.0, -60.0, 3600.0, -3600.0, 86400.0])
def test_a_step_of_the_meters_clock_is_no_energy(step: float) -> None:
    line = a_line_after_two_hours()
    line.clock_off += step
    line.run(3900, 7200)
    assert line.error(7200) == pytest.approx(0, abs=6)
    line.hour(7210, clock=7200)
    line.run(7220, 7400)
    assert line.error(7390) == pytest.approx(0, abs=6)
    assert not line.went_back()


def test_a_list_clock_put_back_on_a_line_without_headers_is_believed_after_three_lists() -> None:
    line = a_line_after_two_hours(header=False)
    line.clock_off -= 3600
    for hour in range(2, 7):
        line.run(3600 * hour - 3580, 3600 * hour)
        line.hour(3600 * hour + 10, clock=3600 * hour)
    line.run(6 * 3600 + 20, 6 * 3600 + 60)
    assert line.error(6 * 3600 + 60) == pytest.approx(0, abs=6)
    assert line.estimator.at(HOUR + 6 * 3600 + 60)[A_IMPORT].bar_wh < 5


def test_lists_whose_clock_is_in_another_zone_than_the_header_are_used_from_the_third() -> None:
    line = Line()
    for hour in range(1, 5):
        line.run(3600 * hour - 3590, 3600 * hour)
        assert line.known(3600 * hour) == (hour > 3)
        at, register = HOUR + 3600 * hour, line.true_wh(3600 * hour) // 10 * 10
        line.estimator.apply(hour_list(at + 5, line.watt, register, clock=at - 7200), at + 6)
    line.run(4 * 3600 + 10, 4 * 3600 + 60)
    assert line.error(4 * 3600 + 60) == pytest.approx(0, abs=6)


def test_a_list_of_the_future_is_not_believed() -> None:
    line, other = a_line_after_two_hours(), a_line_after_two_hours()
    at = HOUR + 3900
    line.estimator.apply(hour_list(at, line.watt, REGISTER_WH + 50_000, clock=at + 4000), at + 1)
    other.power(3900)
    assert line.look(3905) == pytest.approx(other.look(3905), abs=0.01)


def test_the_value_stands_still_and_is_stale_when_the_line_is_silent() -> None:
    line = a_line_after_two_hours()
    assert line.estimator.at(HOUR + 3900)[A_IMPORT].flags == ()
    later = line.estimator.at(HOUR + 4000)[A_IMPORT]
    assert later.wh == line.estimator.at(HOUR + 5000)[A_IMPORT].wh
    assert "stale" in later.flags


def test_the_error_bar_grows_while_the_line_is_silent() -> None:
    line = a_line_after_two_hours()
    bars = [line.estimator.at(HOUR + 3900 + second)[A_IMPORT].bar_wh for second in (0, 60, 600, 3600)]
    assert bars == sorted(bars)
    assert abs(line.error(3900 + 3600)) <= 2 * bars[-1]


def test_a_gap_is_bridged_without_a_jump_and_flagged_until_the_next_list() -> None:
    line = a_line_after_two_hours()
    line.run(4500, 4620)
    estimate = line.estimator.at(HOUR + 4620)[A_IMPORT]
    assert "bridged" in estimate.flags
    steps = [line.look(4620 + second) for second in range(30)]
    assert max(b - a for a, b in pairwise(steps)) <= 6.1
    line.run(4620, 7200)
    assert line.error(7200) == pytest.approx(0, abs=6)
    line.hour(7210, clock=7200)
    assert line.estimator.at(HOUR + 7212)[A_IMPORT].flags == ()


def test_an_import_proves_that_nothing_is_exported() -> None:
    estimator = EnergyEstimator()
    estimator.apply(hour_list(HOUR, 0, REGISTER_WH, export_wh=500), HOUR)
    estimator.apply(list_1(HOUR + 10, 0, export=1800), HOUR + 10)
    for second in range(12, 40, 2):
        estimator.apply(list_1(HOUR + second, 2000), HOUR + second)
    known = estimator.at(HOUR + 40)[A_EXPORT]
    assert known.wh < 515
    assert estimator.at(HOUR + 400)[A_EXPORT].wh - known.wh < 0.2


def test_an_import_of_zero_proves_nothing() -> None:
    estimator = EnergyEstimator()
    estimator.apply(hour_list(HOUR, 0, REGISTER_WH, export_wh=500), HOUR)
    estimator.apply(list_1(HOUR + 10, 0, export=3600), HOUR + 10)
    before = estimator.at(HOUR + 10)[A_EXPORT].wh
    for second in range(12, 20, 2):
        estimator.apply(list_1(HOUR + second, 0), HOUR + second)
    assert estimator.at(HOUR + 20)[A_EXPORT].wh - before > 5


def test_another_meter_is_announced_and_unknown_until_its_first_register() -> None:
    line = a_line_after_two_hours()
    at = HOUR + 3900
    stranger = Reading(
        offset=0,
        maker="kamstrup",
        push_list=PushList.LIST_1,
        values={P_IMPORT: 1000},
        meter_id="5700000000000002",
        header_time=meter_clock(at),
    )
    line.estimator.apply(stranger, at)
    assert line.estimator.at(at) == {}
    (event,) = [event for event in line.estimator.take_discontinuities() if event.quantity is A_IMPORT]
    assert event.cause is DiscontinuityCause.METER_REPLACED
    assert event.values["after"] == "5700000000000002"
    assert "replaced by 5700000000000002" in event.reason
    assert event.at == at
    assert line.estimator.take_discontinuities() == []
    line.estimator.apply(hour_list(at + 10, 1000, 20, meter_id="5700000000000002"), at + 10)
    assert line.estimator.at(at + 10)[A_IMPORT].wh == pytest.approx(25, abs=1)


def test_another_meter_that_tells_no_number_is_announced_too() -> None:
    line = a_line_after_two_hours()
    at = HOUR + 3900
    line.estimator.meter_exchanged("5700000000000001", None, at)
    assert line.estimator.at(at) == {}
    (event,) = [event for event in line.estimator.take_discontinuities() if event.quantity is A_IMPORT]
    assert (event.cause, event.values, event.at) == (DiscontinuityCause.METER_EXCHANGED, {}, at)
    line.estimator.apply(hour_list(at + 10, 1000, 20), at + 10)
    assert line.estimator.take_discontinuities() == []


@pytest.mark.parametrize(
    ("register", "cause"),
    [(30, DiscontinuityCause.REGISTER_WENT_BACK), (10 * REGISTER_WH, DiscontinuityCause.REGISTER_JUMPED)],
)
def test_a_register_that_cannot_be_the_last_ones_successor_is_announced_and_taken(
    register: int, cause: DiscontinuityCause
) -> None:
    line = a_line_after_two_hours()
    line.estimator.apply(hour_list(HOUR + 3900, 3600, register), HOUR + 3901)
    (event,) = line.estimator.take_discontinuities()
    assert event.quantity is A_IMPORT
    assert event.cause is cause
    assert line.estimator.at(HOUR + 3901)[A_IMPORT].wh == pytest.approx(register + 5, abs=2)


def test_every_cause_of_a_discontinuity_has_its_text() -> None:
    assert set(TEXTS) == set(DiscontinuityCause)


def test_at_most_64_discontinuities_wait_to_be_taken() -> None:
    estimator = EnergyEstimator()
    for hour in range(100):
        estimator.apply(hour_list(HOUR + 3600 * hour, 0, 1000 if hour % 2 else 0), HOUR + 3600 * hour)
    assert len(estimator.take_discontinuities()) <= 64


def test_registers_that_come_every_ten_seconds_are_smoothed() -> None:
    estimator = EnergyEstimator()
    seen = []
    for second in range(0, 1200, 10):
        at = HOUR + second
        reading = Reading(
            offset=0,
            maker="landis+gyr",
            push_list=PushList.P1,
            values={P_IMPORT: 3_600_000, P_EXPORT: 0, A_IMPORT: (5_000_000 + second) * 1000},
            register_time=meter_clock(at),
            energy_step=1000,
        )
        estimator.apply(reading, at + 0.5)
        seen += [estimator.at(at + 0.5 + part)[A_IMPORT].wh for part in range(10)]
    late = seen[600:]
    steps = [b - a for a, b in pairwise(late)]
    assert min(steps) > 0.5
    assert max(steps) < 1.5
    assert late[-1] == pytest.approx(5_000_000 + 1199.5 + 0.5, abs=1)


def test_ten_second_lists_without_a_header_are_not_taken_for_ten_seconds_old() -> None:
    estimator = EnergyEstimator()
    for second in range(10, 1210, 10):
        at = HOUR + second
        reading = hour_list(at, 36_000, 1_000_000 + 10 * second, header=False, step_wh=1)
        estimator.apply(reading, at + 0.5)
    assert estimator.at(HOUR + 1200.5)[A_IMPORT].wh == pytest.approx(1_000_000 + 12_005, abs=12)


def test_a_restart_has_the_value_at_once_and_goes_on_from_it() -> None:
    line = a_line_after_two_hours()
    before = line.look(3900)
    kept = json.loads(json.dumps(line.estimator.dump()))
    line.estimator = EnergyEstimator()
    line.estimator.restore(kept, HOUR + 3960)
    estimate = line.estimator.at(HOUR + 3960)[A_IMPORT]
    assert estimate.wh == before
    assert {"stale", "restored"} <= set(estimate.flags)
    line.run(3960, 7200)
    assert line.error(7200) == pytest.approx(0, abs=6)
    assert not line.went_back()


@pytest.mark.parametrize("host_step", [-5000.0, 5000.0])
def test_a_restart_with_a_wrong_host_clock_is_bridged_by_the_meters(host_step: float) -> None:
    line = a_line_after_two_hours()
    kept = line.estimator.dump()
    estimator = EnergyEstimator()
    estimator.restore(kept, HOUR + 3960 + host_step)
    for second in range(3960, 4600, 10):
        estimator.apply(list_1(HOUR + second, line.watt), HOUR + second + 1 + host_step)
    wh = estimator.at(HOUR + 4600 + host_step)[A_IMPORT].wh
    assert wh - line.true_wh(4600) == pytest.approx(0, abs=6)


def test_a_crash_takes_nothing_back_that_was_published_before_the_next_dump_was_due() -> None:
    line = a_line_after_two_hours()
    kept = line.estimator.dump(running=True)
    second = 3900
    line.watt = 20_000
    while not line.estimator.outgrown(HOUR + second):
        line.power(second)
        second += 10
        assert second < 3960, "a load so large must outgrow what was set aside within the minute"
    published = line.look(second)
    estimator = EnergyEstimator()
    estimator.restore(json.loads(json.dumps(kept)), HOUR + second)
    assert estimator.at(HOUR + second)[A_IMPORT].wh >= published


def test_what_a_crash_sets_aside_lasts_a_minute_at_the_present_load() -> None:
    line = a_line_after_two_hours()
    line.estimator.dump(running=True)
    line.run(3900, 3960)
    assert not line.estimator.outgrown(HOUR + 3960)


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 99},
        {"channels": {"1.8.0": {}}},
        {"channels": {"9.9.9": {}}},
        {"channels": None},
        {"timebase": {"last": "yesterday"}},
        {"register_at": float("nan")},
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(damage: dict[str, Any]) -> None:
    line = a_line_after_two_hours()
    kept = {**line.estimator.dump(), **damage}
    fresh = EnergyEstimator()
    with pytest.raises(ValueError, match="energy state"):
        fresh.restore(kept, HOUR + 3960)
    assert fresh.at(HOUR + 3960) == {}


def test_reactive_energies_are_estimated_like_active_ones() -> None:
    estimator = EnergyEstimator()
    energy, power = Quantity.REACTIVE_ENERGY_EXPORT, Quantity.REACTIVE_POWER_EXPORT
    for second in range(0, 600, 10):
        at = HOUR + second
        values = {power: 3_600_000, P_IMPORT: 0, P_EXPORT: 0}
        if not second:
            values[energy] = 8_428_960_000
        estimator.apply(
            Reading(
                offset=0,
                maker="kaifa",
                push_list=PushList.LIST_2,
                values=values,
                header_time=meter_clock(at),
                energy_step=1000,
            ),
            at + 1,
        )
    assert estimator.at(HOUR + 600)[energy].wh == pytest.approx(8_428_960.5 + 600, abs=3)


def test_a_clock_set_back_by_the_caller_takes_nothing_back() -> None:
    line = a_line_after_two_hours()
    before = line.estimator.at(HOUR + 3900)[A_IMPORT].wh
    assert line.estimator.at(HOUR + 3000)[A_IMPORT].wh == before


def test_a_register_that_stands_still_is_no_discontinuity() -> None:
    estimator = EnergyEstimator()
    for hour in range(4):
        estimator.apply(hour_list(HOUR + 3600 * hour, 0, REGISTER_WH), HOUR + 3600 * hour)
        for second in range(10, 3600, 10):
            now = HOUR + 3600 * hour + second
            estimator.apply(list_1(now, 0), now)

    assert estimator.take_discontinuities() == []
    assert estimator.at(HOUR + 4 * 3600)[A_IMPORT].wh == pytest.approx(REGISTER_WH, abs=10)
