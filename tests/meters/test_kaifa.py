from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import UnknownListError
from han2x.meters import ListContent, Scales, kaifa
from han2x.model import PushList, Quantity
from tests.frames import date_time, kaifa_identity, null, obis, octet_string, structure, text, u32, u64

CLOCK = octet_string(date_time("2026-11-20 23:00:10"))
POWERS = tuple(u32(value) for value in (890, 1, 2, 34))
ONE_PHASE = (u32(4224), u32(2336))
THREE_PHASES = tuple(u32(value) for value in (1199, 3226, 3059, 2389, 2401, 2392))
ENERGIES = tuple(u32(value) for value in (190_341, 5, 353, 17_387))

POWER_VALUES = {
    Quantity.ACTIVE_POWER_IMPORT: 890_000,
    Quantity.ACTIVE_POWER_EXPORT: 1_000,
    Quantity.REACTIVE_POWER_IMPORT: 2_000,
    Quantity.REACTIVE_POWER_EXPORT: 34_000,
}
THREE_PHASE_VALUES = {
    Quantity.CURRENT_L1: 1_199,
    Quantity.CURRENT_L2: 3_226,
    Quantity.CURRENT_L3: 3_059,
    Quantity.VOLTAGE_L1: 238_900,
    Quantity.VOLTAGE_L2: 240_100,
    Quantity.VOLTAGE_L3: 239_200,
}
ENERGY_VALUES = {
    Quantity.ACTIVE_ENERGY_IMPORT: 190_341_000,
    Quantity.ACTIVE_ENERGY_EXPORT: 5_000,
    Quantity.REACTIVE_ENERGY_IMPORT: 353_000,
    Quantity.REACTIVE_ENERGY_EXPORT: 17_387_000,
}


def content(*elements: bytes) -> ListContent:
    body, _ = decode_data(structure(*elements))
    said = kaifa.read(DataNotification(None, body), Scales())
    assert said is not None
    return said


@pytest.mark.parametrize("body", [[], (), (1, 2), ("KFM_001",), (b"OTHER",), (b"OTHER", b"OTHER"), None, [7]])
def test_another_makers_list_is_left_alone(body: CosemValue) -> None:
    assert kaifa.read(DataNotification(None, body), Scales()) is None


def test_list_1_is_one_number() -> None:
    said = content(u32(3631))

    assert (said.push_list, said.values) == (PushList.LIST_1, {Quantity.ACTIVE_POWER_IMPORT: 3_631_000})
    assert (said.maker, said.meter_id) == ("kaifa", None)


def test_list_2_of_three_phases_is_read_by_place() -> None:
    said = content(*kaifa_identity(), *POWERS, *THREE_PHASES)

    assert (said.push_list, said.values) == (PushList.LIST_2, POWER_VALUES | THREE_PHASE_VALUES)
    assert (said.list_version, said.meter_id, said.meter_type) == ("KFM_001", "6970630000000000", "MA304H4")
    assert said.energy_step is None


def test_list_2_of_one_phase_is_read_by_place() -> None:
    said = content(*kaifa_identity(), *POWERS, *ONE_PHASE)

    assert said.push_list is PushList.LIST_2
    assert said.values == POWER_VALUES | {Quantity.CURRENT_L1: 4_224, Quantity.VOLTAGE_L1: 233_600}


@pytest.mark.parametrize("phases", [ONE_PHASE, THREE_PHASES])
def test_list_3_adds_clock_and_energies(phases: tuple[bytes, ...]) -> None:
    said = content(*kaifa_identity(), *POWERS, *phases, CLOCK, *ENERGIES)

    assert said.push_list is PushList.LIST_3
    assert said.values.items() >= (POWER_VALUES | ENERGY_VALUES).items()
    assert said.register_time is not None
    assert said.energy_step == 1_000


def test_energies_may_have_64_bits() -> None:
    large = tuple(u64(5_000_000_000 + number) for number in range(4))

    said = content(*kaifa_identity("MA304T4"), *POWERS, *THREE_PHASES, CLOCK, *large)

    assert said.values[Quantity.ACTIVE_ENERGY_EXPORT] == 5_000_000_001_000


def test_the_swedish_list_of_pairs_is_read_by_code() -> None:
    version, number, meter_type = kaifa_identity()
    said = content(
        *(obis("1.0.0.2.129"), version),
        *(obis("0.0.96.1.0"), number),
        *(obis("0.0.96.1.7"), meter_type),
        *(obis("1.0.1.7.0"), u32(297)),
        *(obis("1.0.32.7.0"), u32(2354)),
        *(obis("0.0.1.0.0"), CLOCK),
        *(obis("1.0.1.8.0"), u32(9_732_707)),
    )

    assert said.values == {
        Quantity.ACTIVE_POWER_IMPORT: 297_000,
        Quantity.VOLTAGE_L1: 235_400,
        Quantity.ACTIVE_ENERGY_IMPORT: 9_732_707_000,
    }
    assert (said.push_list, said.meter_type) == (PushList.LIST_3, "MA304H4")


@pytest.mark.parametrize("meter_type", ["MA304H3E", "MA304T3"])
def test_a_three_wire_meters_second_voltage_is_not_taken_for_0_volts(meter_type: str) -> None:
    phases = (*THREE_PHASES[:4], u32(0), THREE_PHASES[5])

    said = content(*kaifa_identity(meter_type), *POWERS, *phases)

    assert Quantity.VOLTAGE_L2 not in said.values
    assert said.unmeasured == {Quantity.VOLTAGE_L2}


def test_a_four_wire_meters_phase_without_voltage_has_0_volts() -> None:
    phases = (*THREE_PHASES[:4], u32(0), THREE_PHASES[5])

    said = content(*kaifa_identity("MA304H4"), *POWERS, *phases)

    assert said.values[Quantity.VOLTAGE_L2] == 0
    assert not said.unmeasured


def test_a_three_wire_meters_second_voltage_that_is_measured_counts() -> None:
    said = content(*kaifa_identity("MA304H3E"), *POWERS, *THREE_PHASES)

    assert said.values[Quantity.VOLTAGE_L2] == 240_100
    assert not said.unmeasured


def test_a_value_given_as_null_data_is_absent() -> None:
    said = content(*kaifa_identity(), *POWERS[:3], null(), *THREE_PHASES)

    assert Quantity.REACTIVE_POWER_EXPORT not in said.values


@pytest.mark.parametrize(
    "elements",
    [
        (*kaifa_identity(), *POWERS, *THREE_PHASES[:5]),
        (*kaifa_identity(), *POWERS[:3], text("34"), *THREE_PHASES),
        (obis("1.0.0.2.129"), octet_string(b"KFM_001"), obis("1.0.1.7.0")),
        (obis("1.0.0.2.129"), octet_string(b"KFM_001"), u32(1), u32(2)),
        (obis("1.0.0.2.129"), octet_string(b"KFM_001"), obis("1.0.13.7.0"), u32(2)),
    ],
    ids=["12 elements", "text for a number", "half a pair", "no code", "a quantity without a known scale"],
)
def test_a_kaifa_list_that_cannot_be_read_is_refused(elements: tuple[bytes, ...]) -> None:
    with pytest.raises(UnknownListError):
        content(*elements)


def test_a_single_number_that_came_under_another_makers_system_title_is_left_alone() -> None:
    def read(sender: bytes) -> ListContent | None:
        return kaifa.read(DataNotification(None, (1234,), sender=sender), Scales())

    assert read(b"LGZgs\x99\0\1") is None
    assert read(b"KFM\x10\x99\0\0\1") is not None
    assert read(b"") is not None
