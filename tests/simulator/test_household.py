"""The invented household."""

from __future__ import annotations

from datetime import datetime
from itertools import islice, pairwise
from math import hypot

import pytest

from han2x.simulator.household import MWS_PER_WH, ApplianceLoad, Household, Moment, Registers

START = datetime.fromisoformat("2026-06-01T09:00:00")


def house(seed: int = 1, phases: int = 3) -> Household:
    return Household(ApplianceLoad(seed, START), seed=seed, phases=phases)


def moments(household: Household, count: int = 4000) -> list[Moment]:
    return list(islice(household.moments(), count))


def test_the_same_seed_gives_the_same_house_and_another_seed_another() -> None:
    assert moments(house(1), 300) == moments(house(1), 300)
    assert moments(house(1), 300) != moments(house(2), 300)


@pytest.mark.parametrize("phases", [1, 3])
def test_the_registers_are_the_sum_of_the_powers(phases: int) -> None:
    played = moments(house(phases=phases))

    for before, after in pairwise(played):
        gained = tuple(b - a for a, b in zip(before.registers.totals, after.registers.totals, strict=True))
        assert gained == (
            max(after.active_mw, 0),
            max(-after.active_mw, 0),
            max(after.reactive_mvar, 0),
            max(-after.reactive_mvar, 0),
        )


def test_each_phase_counts_its_own_import_and_export() -> None:
    played = moments(house())
    first, last = played[0].registers, played[-1].registers

    for phase in range(3):
        powers = [moment.powers[phase][0] for moment in played[1:]]
        assert last.phase_import[phase] - first.phase_import[phase] == sum(p for p in powers if p > 0)
        assert last.phase_export[phase] - first.phase_export[phase] == -sum(p for p in powers if p < 0)


def test_a_phase_current_is_its_apparent_power_over_its_voltage() -> None:
    for moment in moments(house(), 600):
        for (p, q), mv, ma in zip(moment.powers, moment.voltages_mv, moment.currents_ma, strict=True):
            assert ma * mv / 1000 == pytest.approx(hypot(p, q), abs=mv / 1000)


def test_a_morning_holds_import_export_and_a_sane_voltage() -> None:
    morning = moments(house(), 4 * 3600)
    gained = [
        last - first for first, last in zip(morning[0].registers.totals, morning[-1].registers.totals, strict=True)
    ]

    assert all(500 * MWS_PER_WH < energy < 40000 * MWS_PER_WH for energy in gained[:2])
    assert all(207_000 < mv < 253_000 for moment in morning for mv in moment.voltages_mv)


def test_without_panels_nothing_is_exported_and_the_rest_of_the_house_is_the_same() -> None:
    noon = START.replace(hour=13)
    with_panels, without = (ApplianceLoad(1, noon, sun_w=sun_w).powers(0) for sun_w in (2000, 0))

    assert with_panels[1][0] < 0 < without[1][0]
    assert [with_panels[phase] for phase in (0, 2)] == [without[phase] for phase in (0, 2)]


def test_given_registers_are_where_the_counting_begins() -> None:
    load = ApplianceLoad(1, START)
    household = Household(load, seed=1, phases=3, registers_wh=(109552247.31, 586384.77, 23072.13, 8428961.9))

    assert next(household.moments()).registers.totals == (394388090316000, 2110985172000, 83059668000, 30344262840000)


def test_a_phase_begins_with_its_share_of_the_registers() -> None:
    registers = Registers.starting_at((3000.0, 300.0, 0.0, 0.0), 3)

    assert registers.phase_import == (1000 * MWS_PER_WH,) * 3
    assert registers.phase_export == (100 * MWS_PER_WH,) * 3
