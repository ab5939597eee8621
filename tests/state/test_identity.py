"""Whether telegrams are still those of the same meter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from han2x.measurements import Measurements
from han2x.model import PushList, Quantity, Reading
from han2x.state import MeterState
from han2x.state.identity import FALLEN_MWH, PROOFS, MeterIdentity
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

ONE_PHASE = {key: value for key, value in HOURLY_LIST.items() if not key.startswith(("5", "7"))}
TOTAL_MWH = round(HOURLY_LIST[Quantity.ACTIVE_ENERGY_IMPORT] * 1000)


def a_telegram(values: dict[Quantity, float] | None = None, **changed: Any) -> Reading:  # noqa: ANN401 - any field
    """A P1 telegram without a meter number."""
    reading = a_reading(HOURLY_LIST if values is None else values, meter_id=None)
    return replace(reading, push_list=PushList.P1, maker="kamstrup", meter_type="KAM5", **changed)


def with_total(mwh: int) -> Reading:
    telegram = a_telegram()
    return replace(telegram, values={**telegram.values, Quantity.ACTIVE_ENERGY_IMPORT: mwh})


def a_known_meter(*before: Reading) -> MeterIdentity:
    identity = MeterIdentity()
    for reading in before or (a_telegram(),):
        assert not identity.is_of_another(reading)
    return identity


def test_another_number_is_another_meter_at_once() -> None:
    identity = a_known_meter(a_reading())

    assert not identity.is_of_another(a_reading(meter_id=None))
    assert identity.is_of_another(a_reading(meter_id="5700000000000002"))


def test_a_number_that_is_told_later_is_that_of_the_meter() -> None:
    identity = a_known_meter(a_reading(meter_id=None), a_reading())

    assert identity.meter_id == "5700000000000001"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(a_telegram(ONE_PHASE), id="fewer phases"),
        pytest.param(with_total(TOTAL_MWH - FALLEN_MWH - 1), id="a lower total"),
        pytest.param(replace(a_telegram(), maker="aidon"), id="another maker"),
        pytest.param(replace(a_telegram(), meter_type="ISK5"), id="another type"),
        pytest.param(replace(a_telegram(), meter_id="1"), id="a number where there was none"),
        pytest.param(a_reading(), id="another kind of port"),
    ],
)
def test_what_cannot_happen_to_a_meter_is_another_one_when_it_happens_several_times_in_a_row(other: Reading) -> None:
    identity = a_known_meter()
    for _ in range(3):
        for _ in range(PROOFS - 1):
            assert not identity.is_of_another(other)
        assert not identity.is_of_another(a_telegram())
    for _ in range(PROOFS - 1):
        assert not identity.is_of_another(other)
    assert identity.is_of_another(other)


def test_a_number_that_is_no_longer_sent_is_another_meter() -> None:
    identity = a_known_meter(replace(a_telegram(), meter_id="1"))

    assert [identity.is_of_another(a_telegram()) for _ in range(PROOFS)] == [False] * (PROOFS - 1) + [True]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(with_total(TOTAL_MWH - FALLEN_MWH), id="a total that was corrected a little"),
        pytest.param(with_total(10 * TOTAL_MWH), id="a higher total"),
        pytest.param(replace(a_telegram(), maker="unknown"), id="an unknown maker"),
        pytest.param(a_telegram({Quantity.ACTIVE_POWER_IMPORT: 5}), id="no phases at all"),
        pytest.param(replace(a_telegram(), meter_type=None), id="no type"),
    ],
)
def test_what_may_happen_to_a_meter_makes_no_other(other: Reading) -> None:
    identity = a_known_meter()

    assert not any(identity.is_of_another(other) for _ in range(10))


def test_a_meter_that_tells_its_number_may_change_what_it_sends() -> None:
    identity = a_known_meter(a_reading(HOURLY_LIST))
    changed = replace(a_reading(ONE_PHASE), maker="aidon", meter_type="another")

    assert not any(identity.is_of_another(changed) for _ in range(10))


def test_lists_of_different_kinds_are_not_compared() -> None:
    identity = a_known_meter(a_reading(FULL_LIST), a_reading(HOURLY_LIST))
    short = a_reading({Quantity.ACTIVE_POWER_IMPORT: 5}, meter_id=None)
    voltage = replace(a_reading({Quantity.VOLTAGE_L1: 230}, meter_id=None), push_list=PushList.LIST_3)

    for _ in range(10):
        assert not identity.is_of_another(replace(short, push_list=PushList.LIST_3))
        assert not identity.is_of_another(voltage)


@pytest.mark.parametrize(
    ("values", "phases"),
    [
        (FULL_LIST, 3),
        (ONE_PHASE, 1),
        ({key: value for key, value in FULL_LIST.items() if not key.startswith("5")}, 3),
        ({Quantity.ACTIVE_POWER_IMPORT: 5}, None),
    ],
    ids=["three phases", "one phase", "three wires, the middle one not measured", "the power alone"],
)
def test_how_many_phases_a_meter_has_is_known_by_its_lists_and_again_after_a_restart(
    values: dict[Quantity, float], phases: int | None
) -> None:
    before, after = MeterState(), MeterState()
    assert before.snapshot(NOW).phases is None
    before.apply(a_reading(values), NOW)
    before.apply(replace(a_reading({Quantity.ACTIVE_POWER_IMPORT: 5}), push_list=PushList.LIST_3), NOW)
    after.restore(before.dump(), NOW)

    assert [before.snapshot(NOW).phases, after.snapshot(NOW).phases] == [phases, phases]
    assert Measurements(after.snapshot(NOW)).phases == phases
