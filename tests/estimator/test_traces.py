"""How far the published energy is from the truth, on households whose load is known to the second and on a real log.

Needs the traces beside the repository. The figures of all households are told by `python benchmarks/energy.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import energy
from energy_meter import KINDS, TRACES
from energy_play import UNDISTURBED, Hours, Scenario, play

pytestmark = [
    pytest.mark.skipif(not TRACES.is_dir() and not os.environ.get("CI"), reason=f"no traces in {TRACES}"),
    pytest.mark.timeout(120),
]


def the_95th(errors: list[float]) -> float:
    return float(np.percentile(np.abs(errors), 95))


@pytest.fixture(scope="module")
def usual() -> Hours:
    return play("family_a", KINDS["kamstrup"], UNDISTURBED, decode=False, length=48)


def test_the_value_at_the_hour_is_near_the_truth_within_its_bar(usual: Hours) -> None:
    assert len(usual.errors) == 46
    assert the_95th(usual.errors) <= 10
    assert np.mean([abs(error) <= 2 * bar for error, bar in zip(usual.errors, usual.bars, strict=True)]) >= 0.95
    assert usual.back == 0


def test_it_is_nearer_than_a_sum_that_each_register_resets(usual: Hours) -> None:
    assert 1.5 * the_95th(usual.errors) <= the_95th([row[0] for row in usual.designs])


def test_late_lists_cost_nothing(usual: Hours) -> None:
    late = play("family_a", KINDS["kamstrup"], Scenario("late", late_lists=1.0), decode=False, length=48)
    assert the_95th(late.errors) <= the_95th(usual.errors) + 0.5
    assert late.back == 0


def test_restarts_keep_the_value_and_its_direction() -> None:
    hours = play("family_a", KINDS["kamstrup"], Scenario("restart", outage_s=60, restart=True), decode=False, length=24)
    assert len(hours.errors) == 22
    assert the_95th(hours.errors) <= 14
    assert hours.back == 0


def test_a_meter_without_stamps_is_followed_as_well() -> None:
    hours = play("family_a", KINDS["aidon"], UNDISTURBED, decode=False, length=10)
    assert the_95th(hours.errors) <= 4


@pytest.mark.parametrize(
    "scenario", [Scenario("late", late_lists=1.0), Scenario("host's clock is wrong", host_ahead_s=60)]
)
def test_the_registers_tell_a_late_list_from_a_wrong_clock_of_the_host(scenario: Scenario) -> None:
    hours = play("family_a", KINDS["aidon"], scenario, decode=False, length=12)
    assert len(hours.errors) == 10
    assert the_95th(hours.errors) <= 5
    assert hours.back == 0


def test_a_crash_takes_nothing_back() -> None:
    crash = Scenario("crash", outage_s=60, restart=True, state_age_s=60)
    hours = play("ev_a", KINDS["kamstrup"], crash, decode=False, length=24)
    assert the_95th(hours.errors) <= 60
    assert hours.back == 0


def test_an_outage_is_made_good_by_the_next_list() -> None:
    outage = Scenario("outage", outage_s=600, outage_every=2)
    hours = play("family_a", KINDS["kamstrup"], outage, decode=False, length=24)
    assert the_95th(hours.only(2, 0).errors) <= 15
    assert hours.back == 0


def test_the_real_log_is_met() -> None:
    rows = energy.recorded_kaifa()
    single = [error for hours, error in rows if hours < 1.5]
    assert len(single) == 10
    assert max(map(abs, single)) <= 2
    assert max(abs(error) for _, error in rows) <= 3
