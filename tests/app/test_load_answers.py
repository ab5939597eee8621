"""What a meter draws, and what its phases carry, as the API says it."""

from __future__ import annotations

import pytest

from han2x.api.live import NetPower
from han2x.app.load_answers import net_power, phase_loads
from han2x.model import Quantity
from han2x.state import Snapshot, Value
from tests.readings import FULL_LIST, NOW

Q = Quantity
OWN: dict[Quantity, float] = {
    Q.ACTIVE_POWER_IMPORT_L1: 1200, Q.ACTIVE_POWER_EXPORT_L1: 0,
    Q.ACTIVE_POWER_IMPORT_L2: 0, Q.ACTIVE_POWER_EXPORT_L2: 3700,
    Q.ACTIVE_POWER_IMPORT_L3: 0, Q.ACTIVE_POWER_EXPORT_L3: 0,
}  # fmt: skip


def snapshot(values: dict[Quantity, float], *stale: Quantity, age_s: float = 2.0) -> Snapshot:
    """Of these values in whole units, all of one age; those in `stale` are too old."""
    known = {quantity: Value(round(value * 1000), NOW - age_s) for quantity, value in values.items()}
    return Snapshot(now=NOW, stale=False, values=known, stale_values=frozenset(stale), phases=3)


@pytest.mark.parametrize(("imported", "exported", "net"), [(1234, 0, 49_360.0), (0, 1.5, -60.0), (0, 0, 0.0)])
def test_the_net_power_is_signed_and_scaled(imported: float, exported: float, net: float) -> None:
    values = {Q.ACTIVE_POWER_IMPORT: imported, Q.ACTIVE_POWER_EXPORT: exported}
    assert net_power(snapshot(values), 40_000) == NetPower(w=net, age_s=2.0, stale=False)


def test_a_net_power_that_is_too_old_is_the_last_known_and_says_so() -> None:
    values = {Q.ACTIVE_POWER_IMPORT: 70.0, Q.ACTIVE_POWER_EXPORT: 0.0}
    both = snapshot(values, Q.ACTIVE_POWER_IMPORT, Q.ACTIVE_POWER_EXPORT, age_s=7195)
    assert net_power(both, 1000) == NetPower(w=70.0, age_s=7195.0, stale=True)
    one = snapshot({Q.ACTIVE_POWER_IMPORT: 0.0, Q.ACTIVE_POWER_EXPORT: 500.0}, Q.ACTIVE_POWER_EXPORT)
    assert net_power(one, 1000) == NetPower(w=-500.0, age_s=2.0, stale=True)


def test_a_net_power_is_as_new_as_the_telegram_that_changed_it_last() -> None:
    """Kaifa sends its import every 2 s, and its export with the list of every 10 s."""
    values = {Q.ACTIVE_POWER_IMPORT: Value(500_000, NOW - 1), Q.ACTIVE_POWER_EXPORT: Value(0, NOW - 9)}
    told = Snapshot(now=NOW, stale=False, values=values)
    assert net_power(told, 1000) == NetPower(w=500.0, age_s=1.0, stale=False)
    old = Snapshot(
        now=NOW, stale=False, stale_values=frozenset({Q.ACTIVE_POWER_EXPORT}),
        values={Q.ACTIVE_POWER_IMPORT: Value(0, NOW - 1), Q.ACTIVE_POWER_EXPORT: Value(70_000, NOW - 7195)},
    )  # fmt: skip
    assert net_power(old, 1000) == NetPower(w=-70.0, age_s=7195.0, stale=True)


def test_a_meter_that_has_said_nothing_has_no_net_power_and_no_phases() -> None:
    assert net_power(Snapshot(now=NOW), 1000) == NetPower(w=None, age_s=None, stale=True)
    assert phase_loads(Snapshot(now=NOW), 1000, 25) == []


def test_the_load_of_a_phase_is_its_scaled_current_through_the_main_fuse() -> None:
    loads = phase_loads(snapshot(FULL_LIST), 2000, 32)
    assert [(each.phase, each.current_a, each.load_percent) for each in loads] == [
        ("L1", 4.6, 14.4),
        ("L2", 32.18, 100.6),
        ("L3", 0.02, 0.1),
    ]
    assert [each.voltage_v for each in loads] == [239.0, 230.4, 230.5]
    assert all(each.load_percent is None for each in phase_loads(snapshot(FULL_LIST), 2000, None))


def test_which_way_a_current_goes_is_said_only_where_the_meter_tells_it_of_that_phase() -> None:
    shared = phase_loads(snapshot(FULL_LIST), 1000, None)
    assert [(each.direction, each.power_w) for each in shared] == [(None, None)] * 3
    own = phase_loads(snapshot(FULL_LIST | OWN), 1000, None)
    assert [(each.direction, each.power_w) for each in own] == [("import", 1200.0), ("export", -3700.0), (None, 0.0)]
    assert all(each.current_a is not None and each.current_a > 0 for each in own)


def test_a_direction_that_is_too_old_is_not_said() -> None:
    old = phase_loads(snapshot(FULL_LIST | OWN, Q.ACTIVE_POWER_IMPORT_L1, Q.CURRENT_L1), 1000, 25)[0]
    assert (old.direction, old.power_w, old.current_a, old.stale) == (None, None, 2.3, True)


def test_a_phase_without_a_current_has_no_load_and_a_meter_of_one_phase_has_one() -> None:
    without = dict(FULL_LIST)
    del without[Q.CURRENT_L2]
    assert [each.load_percent for each in phase_loads(snapshot(without), 1000, 10)] == [23.0, None, 0.1]
    single = Snapshot(
        now=NOW, stale=False, phases=1,
        values={
            Q.ACTIVE_POWER_IMPORT: Value(0, NOW), Q.ACTIVE_POWER_EXPORT: Value(900_000, NOW),
            Q.CURRENT_L1: Value(4_000, NOW), Q.VOLTAGE_L1: Value(230_000, NOW),
        },
    )  # fmt: skip
    (only,) = phase_loads(single, 1000, 40)
    assert (only.phase, only.direction, only.load_percent) == ("L1", "export", 10.0)
