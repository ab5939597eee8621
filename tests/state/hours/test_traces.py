"""The clock hours of households whose load is known to the second, heard as meters of each kind send it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from benchmarks.energy_meter import KINDS, Household, household, telegrams
from benchmarks.energy_play import UNDISTURBED, MeterUnderTest, Scenario, disturbed
from tests import larger_set

pytestmark = [pytest.mark.timeout(120), pytest.mark.larger_set]

HOUR_S = 3600
HOURS = 10
FIRST = 1  # its beginning is the first one that is known
HOME = "family_a" if larger_set.ENERGY.is_dir() else "simulated_2"


@dataclass
class Followed:
    """What was found in a household: errors in Wh, and how often nothing was told."""

    so_far: list[float] = field(default_factory=list)
    absent: int = 0
    closed: list[float] = field(default_factory=list)
    open_hours: int = 0
    highest: float = 0.0
    """At last, and then how far that is from the true one."""

    @property
    def the_95th(self) -> float:
        return float(np.percentile(np.abs(self.so_far), 95))


def follow(kind: str, scenario: Scenario, home: str = HOME) -> Followed:
    """Look at the hours once a minute."""
    house, followed = household(home, HOURS), Followed()
    meter = MeterUnderTest(KINDS[kind], decode=False)
    look = FIRST * HOUR_S + 125
    for telegram in disturbed(telegrams(house, KINDS[kind]), scenario, meter, 1):
        while telegram.received >= look:
            look_at(meter, house, look, followed)
            look += 60
        meter.hear(telegram)
    assert look > (HOURS - 1) * HOUR_S
    followed.highest -= max(energy(house, hour) for hour in range(FIRST, HOURS - 1))
    return followed


def look_at(meter: MeterUnderTest, house: Household, second: int, followed: Followed) -> None:
    hour, within = divmod(second, HOUR_S)
    figures = meter.hours(second)
    so_far, followed.highest = figures.import_wh, figures.highest_wh or 0.0
    if so_far is None:
        followed.absent += 1
    else:
        followed.so_far.append(so_far - house.energy(second)[0] + house.energy(hour * HOUR_S)[0])
    if within == 125 and hour > FIRST:
        wh = meter.last_hour()
        if wh is None:
            followed.open_hours += 1
        else:
            followed.closed.append(wh - energy(house, hour - 1))


def energy(house: Household, hour: int) -> float:
    """The true import of an hour, in Wh."""
    return house.energy((hour + 1) * HOUR_S)[0] - house.energy(hour * HOUR_S)[0]


@pytest.mark.parametrize(("kind", "limit"), [("kamstrup", 15), ("aidon", 5), ("kaifa", 3)])
def test_every_hour_is_told_as_it_goes_and_when_it_is_over(kind: str, limit: float) -> None:
    followed = follow(kind, UNDISTURBED)
    assert followed.absent == followed.open_hours == 0
    assert followed.the_95th <= limit
    assert max(map(abs, followed.closed)) <= KINDS[kind].step + 10
    assert abs(followed.highest) <= KINDS[kind].step + 10


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario("lost lists", lost_lists=0.5),
        Scenario("old lists", stale_lists=0.3),
        Scenario("late lists", late_lists=1.0),
        Scenario("lost telegrams", lost=0.1),
        Scenario("restart", outage_s=60, restart=True),
        Scenario("crash", outage_s=60, crash=True),
        Scenario("outage", outage_s=600),
    ],
    ids=lambda scenario: scenario.name,
)
def test_nothing_that_goes_wrong_makes_a_wrong_hour(scenario: Scenario) -> None:
    followed = follow("kamstrup", scenario)
    assert followed.closed
    assert max(map(abs, followed.closed)) <= 60
    assert followed.the_95th <= 60
    assert followed.highest <= 60, "there is no peak that was none"
