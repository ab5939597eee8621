"""What a snapshot says, signed, by phase and scaled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.estimator import Estimate
from han2x.measurements import CURRENTS, MICRO, VOLTAGES, Measurements
from han2x.model import Quantity
from han2x.state import Snapshot, Value
from tests.readings import FULL_LIST, NOW

Q = Quantity
NET: dict[Quantity, float] = {Q.VOLTAGE_L1: 230, Q.VOLTAGE_L2: 230, Q.VOLTAGE_L3: 230}


def measured(values: dict[Quantity, float], factor: int = 1000, **at: float) -> Measurements:
    """Of these values in whole units; `at` says by name when a quantity came, seconds before now."""
    known = {q: Value(round(v * 1000), NOW - at.get(q.name.lower(), 0)) for q, v in values.items()}
    return Measurements(Snapshot(now=NOW, stale=False, values=known), factor)


def test_import_is_positive_and_export_negative() -> None:
    assert measured({Q.ACTIVE_POWER_IMPORT: 1234, Q.ACTIVE_POWER_EXPORT: 0}).net_power == 1234 * MICRO
    assert measured({Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 1.5}).net_power == -1_500_000


def test_nothing_is_known_of_a_meter_that_has_said_nothing() -> None:
    nothing = measured({})

    assert nothing.net_power is nothing.net_reactive_power is nothing.apparent_power is nothing.power_factor is None
    assert nothing.phases is None
    assert nothing.phase_powers.values == nothing.currents == nothing.voltages == (None, None, None)


def test_an_import_that_came_after_the_last_export_counts_alone() -> None:
    """Kaifa sends its import every 2.5 s, and its export with the list of every 10 s."""
    turned = measured({Q.ACTIVE_POWER_IMPORT: 500, Q.ACTIVE_POWER_EXPORT: 1200}, active_power_export=8)

    assert turned.net_power == 500 * MICRO


def test_an_import_of_0_leaves_the_last_export_standing() -> None:
    assert (
        measured({Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 1200}, active_power_export=8).net_power
        == -1200 * MICRO
    )


def test_an_import_of_0_says_nothing_before_the_export_was_heard_of() -> None:
    assert measured({Q.ACTIVE_POWER_IMPORT: 0}).net_power is None
    assert measured({Q.ACTIVE_POWER_IMPORT: 7}).net_power == 7 * MICRO
    assert measured({Q.ACTIVE_POWER_IMPORT: 0, Q.CURRENT_L1: 0}).net_power == 0  # it sends no export at all


def test_apparent_power_and_power_factor_follow_from_both_powers() -> None:
    reactive = {Q.REACTIVE_POWER_IMPORT: 4000, Q.REACTIVE_POWER_EXPORT: 0}
    both = measured({Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 3000, **reactive})

    assert both.apparent_power == 5000 * MICRO
    assert both.power_factor == -600


def test_the_factor_applies_to_power_current_and_energy_but_not_to_voltage() -> None:
    scaled = measured(FULL_LIST | {Q.ACTIVE_ENERGY_IMPORT: 1000}, 40_000)

    assert scaled.net_power == 40 * 1234 * MICRO
    assert scaled.currents[0] == 40 * 2_300_000
    assert scaled.voltages[0] == 239 * MICRO
    assert scaled.value(Q.ACTIVE_ENERGY_IMPORT) == 40_000 * MICRO


def test_the_meter_s_own_phase_powers_are_taken_as_they_are() -> None:
    own = measured(FULL_LIST | {
        Q.ACTIVE_POWER_IMPORT_L1: 1200, Q.ACTIVE_POWER_EXPORT_L1: 0,
        Q.ACTIVE_POWER_IMPORT_L2: 0, Q.ACTIVE_POWER_EXPORT_L2: 300,
        Q.ACTIVE_POWER_IMPORT_L3: 334, Q.ACTIVE_POWER_EXPORT_L3: 0,
    })  # fmt: skip

    assert own.phase_powers.values == (1200 * MICRO, -300 * MICRO, 334 * MICRO)
    assert not own.phase_powers.estimated
    assert own.currents[1] == -16_090_000


def test_else_the_total_is_shared_by_voltage_times_current() -> None:
    shared = measured({
        **NET, Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 600, Q.CURRENT_L1: 1, Q.CURRENT_L2: 2, Q.CURRENT_L3: 3,
    }).phase_powers  # fmt: skip

    assert shared.values == (-100 * MICRO, -200 * MICRO, -300 * MICRO)
    assert shared.estimated


def test_a_total_without_any_current_is_shared_evenly() -> None:
    still = measured(
        {**NET, Q.ACTIVE_POWER_IMPORT: 3, Q.ACTIVE_POWER_EXPORT: 0, Q.CURRENT_L1: 0, Q.CURRENT_L2: 0, Q.CURRENT_L3: 0}
    )

    assert still.phase_powers.values == (MICRO, MICRO, MICRO)


def test_a_meter_of_one_phase_has_all_its_power_on_it() -> None:
    single = measured({Q.ACTIVE_POWER_IMPORT: 0, Q.ACTIVE_POWER_EXPORT: 5, Q.VOLTAGE_L1: 230, Q.CURRENT_L1: 0.02})

    assert single.phases == 1
    assert single.phase_powers.values == (-5 * MICRO, None, None)
    assert not single.phase_powers.estimated
    assert single.currents == (-20_000, None, None)


def test_on_an_it_network_the_phase_without_a_current_has_no_power() -> None:
    values: dict[Quantity, float] = {
        **NET,
        Q.ACTIVE_POWER_IMPORT: 400,
        Q.ACTIVE_POWER_EXPORT: 0,
        Q.CURRENT_L1: 1,
        Q.CURRENT_L3: 3,
    }

    assert measured(values).phase_powers.values == (100 * MICRO, None, 300 * MICRO)


def test_no_phase_gets_the_power_of_one_whose_current_is_too_old() -> None:
    snapshot = measured(FULL_LIST).snapshot
    stale = Snapshot(now=NOW, stale=False, values=snapshot.values, stale_values=frozenset({Q.CURRENT_L2})).current()

    assert Measurements(stale).phase_powers.values == (None, None, None)
    assert Measurements(stale).currents == (2_300_000, None, 10_000)


def test_a_current_has_no_direction_when_the_power_is_too_old() -> None:
    values = {
        Q.ACTIVE_POWER_IMPORT: Value(0, NOW - 20),
        Q.ACTIVE_POWER_EXPORT: Value(5000, NOW - 20),
        Q.CURRENT_L1: Value(2300, NOW - 10),
    }
    exporting = Snapshot(now=NOW, stale=False, values=values)
    stale = Snapshot(now=NOW, stale=False, values=values, stale_values=frozenset({Q.ACTIVE_POWER_IMPORT}))

    assert Measurements(exporting).currents[0] == -2_300_000
    assert Measurements(stale.current()).currents == (None, None, None)


def test_export_that_is_too_old_does_not_make_an_import_of_0_a_power_of_0() -> None:
    values = {
        Q.ACTIVE_POWER_IMPORT: Value(0, NOW),
        Q.ACTIVE_POWER_EXPORT: Value(5000, NOW - 90),
        Q.CURRENT_L1: Value(0, NOW),
    }
    stale = Snapshot(now=NOW, stale=False, values=values, stale_values=frozenset({Q.ACTIVE_POWER_EXPORT}))

    assert Measurements(stale.current()).net_power is None


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    st.lists(st.integers(200_000, 250_000), min_size=3, max_size=3),
    st.integers(10, 10**6),
)
def test_the_shares_of_the_phases_add_up_to_the_total(
    net: int, amperes: list[int], volts: list[int], factor: int
) -> None:
    values = {
        Q.ACTIVE_POWER_IMPORT: Value(max(net, 0), NOW),
        Q.ACTIVE_POWER_EXPORT: Value(max(-net, 0), NOW),
        **{quantity: Value(milli, NOW) for quantity, milli in zip(CURRENTS, amperes, strict=True)},
        **{quantity: Value(milli, NOW) for quantity, milli in zip(VOLTAGES, volts, strict=True)},
    }
    shared = Measurements(Snapshot(now=NOW, stale=False, values=values), factor)

    assert sum(power or 0 for power in shared.phase_powers.values) == shared.net_power == net * factor


def test_an_estimated_energy_is_known_once_there_is_an_estimate() -> None:
    energy = Q.ACTIVE_ENERGY_IMPORT
    snapshot = Snapshot(now=NOW, stale=False, estimates={energy: Estimate(1234.5678, 0.25, ())})

    assert measured({}).estimate(energy) is None
    assert Measurements(snapshot, 2000).estimate(energy) == 2 * 1_234_567_000
    assert Measurements(snapshot, 2000).estimate_bar(energy) == 500_000


@pytest.mark.parametrize("quantity", [Q.CURRENT_L2, Q.VOLTAGE_L3])
def test_anything_of_a_second_or_third_phase_makes_three(quantity: Quantity) -> None:
    assert measured({Q.VOLTAGE_L1: 230, quantity: 0}).phases == 3
