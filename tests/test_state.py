"""One meter's truth and the snapshots of it."""

from __future__ import annotations

import dataclasses

import pytest

from han2x.model import Problem, ProblemCause, ProblemKind, PushList, Quantity
from han2x.state import STALE_AFTER_S, MeterState, Snapshot
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading


def test_nothing_is_known_before_the_first_telegram() -> None:
    snapshot = MeterState().snapshot(NOW)

    assert snapshot == Snapshot(now=NOW)
    assert snapshot.stale
    assert snapshot.age(Quantity.ACTIVE_POWER_IMPORT) is None


def test_a_value_that_the_meter_did_not_send_is_absent_and_not_0() -> None:
    state = MeterState()
    state.apply(a_reading({Quantity.ACTIVE_POWER_IMPORT: 5}), NOW)

    assert set(state.snapshot(NOW).values) == {Quantity.ACTIVE_POWER_IMPORT}


def test_values_that_only_some_lists_carry_stay_with_their_own_age() -> None:
    state = MeterState()
    state.apply(a_reading(HOURLY_LIST, time="2026-11-20T23:00:05"), NOW)
    state.apply(a_reading(FULL_LIST, time="2026-11-20T23:00:10"), NOW + 5)
    snapshot = state.snapshot(NOW + 7)

    assert snapshot.age(Quantity.ACTIVE_ENERGY_IMPORT) == 7
    assert snapshot.age(Quantity.ACTIVE_POWER_IMPORT) == 2
    assert snapshot.values[Quantity.ACTIVE_ENERGY_IMPORT].milli == 155_232_510_000
    assert snapshot.push_list is PushList.LIST_1


def test_it_is_stale_when_no_good_telegram_has_come_for_the_time_given() -> None:
    state = MeterState()
    state.apply(a_reading(), NOW)

    assert not state.snapshot(NOW + STALE_AFTER_S - 0.01).stale
    assert state.snapshot(NOW + STALE_AFTER_S).stale


def test_problems_are_counted_by_kind_and_keep_nothing_current() -> None:
    state = MeterState()
    state.apply(a_reading(), NOW)
    for _ in range(3):
        state.apply(Problem(7, ProblemCause.FCS, "FCS"), NOW + 61)
    snapshot = state.snapshot(NOW + 61)

    assert snapshot.problems == {ProblemKind.CHECKSUM: 3}
    assert snapshot.last_problem == Problem(7, ProblemCause.FCS, "FCS")
    assert snapshot.readings == 1
    assert snapshot.stale


def test_another_meter_on_the_line_forgets_what_the_old_one_said() -> None:
    state = MeterState()
    state.apply(a_reading(HOURLY_LIST), NOW)
    state.apply(a_reading({Quantity.ACTIVE_POWER_IMPORT: 5}, meter_id="5700000000000002"), NOW + 10)

    assert set(state.snapshot(NOW + 10).values) == {Quantity.ACTIVE_POWER_IMPORT}


def test_a_list_without_identification_belongs_to_the_meter_known() -> None:
    state = MeterState()
    state.apply(a_reading(HOURLY_LIST), NOW)
    state.apply(a_reading({Quantity.ACTIVE_POWER_IMPORT: 5}, meter_id=None), NOW + 2)
    snapshot = state.snapshot(NOW + 2)

    assert snapshot.meter_id == "5700000000000001"
    assert Quantity.ACTIVE_ENERGY_IMPORT in snapshot.values


def test_a_snapshot_does_not_change_when_the_state_does() -> None:
    state = MeterState()
    state.apply(a_reading(), NOW)
    snapshot = state.snapshot(NOW)
    state.apply(a_reading(FULL_LIST | {Quantity.ACTIVE_POWER_IMPORT: 9}), NOW + 10)

    assert snapshot.values[Quantity.ACTIVE_POWER_IMPORT].milli == 1_234_000
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.stale = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        snapshot.values[Quantity.CURRENT_L1] = snapshot.values[Quantity.CURRENT_L2]  # type: ignore[index]


def test_an_hourly_list_gives_an_estimate_and_the_lists_before_it_none() -> None:
    state = MeterState()
    state.apply(a_reading(time="2026-11-20T22:59:50"), NOW)
    assert state.snapshot(NOW).estimates == {}
    state.apply(a_reading(HOURLY_LIST, time="2026-11-20T23:00:05"), NOW + 15)

    estimate = state.snapshot(NOW + 15).estimates[Quantity.ACTIVE_ENERGY_IMPORT]
    assert 155_232_510 <= estimate.wh <= 155_232_540
    assert estimate.bar_wh > 0
