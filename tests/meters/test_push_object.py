from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import UnknownListError
from han2x.codecs.untagged import decode_untagged
from han2x.meters import Learned, ListContent, Scales, push_object
from han2x.model import MeterTime, ProblemCause, PushList, Quantity
from tests import frames
from tests.frames import (
    WH,
    array,
    boolean,
    date_time,
    descriptor,
    float32,
    null,
    octet_string,
    scaling,
    structure,
    text,
    u16,
    u32,
    untagged,
)

VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)

Described = tuple[bytes, bytes]


def read(
    *described: Described, learned: Learned | None = None, time: MeterTime | None = None, sender: bytes = b""
) -> ListContent:
    body, _ = decode_data(frames.push_object(*described))
    said = push_object.read(DataNotification(time, body, sender=sender), Scales(), learned)
    assert said is not None
    return said


def register(code: str, count: int) -> Described:
    return descriptor(code), u32(count)


def loaded(power: int, volts: tuple[int, ...], amperes: tuple[int, ...]) -> list[Described]:
    """An import, with voltages and currents of the phases as counts."""
    counts = [
        (f"1.0.{code}", count)
        for codes, values in ((VOLTAGES, volts), (CURRENTS, amperes))
        for code, count in zip(codes, values, strict=True)
    ]
    return [register("1.0.1.7.0", power), *(register(code, count) for code, count in counts)]


def test_each_value_is_what_the_descriptor_at_its_place_says() -> None:
    said = read(
        (descriptor("0.0.42.0.0", 1), octet_string(b"LGZ1030000000017")),
        (descriptor("0.0.96.1.1", 1), octet_string(b"9900017")),
        register("1.0.72.7.0", 2331),
        register("1.0.52.7.0", 2322),
        register("1.1.1.8.0", 21_956),
        (descriptor("0.0.96.3.10", 70), boolean(1)),
        register("1.0.2.7.0", 0),
    )

    assert said.values == {
        Quantity.VOLTAGE_L3: 233_100,
        Quantity.VOLTAGE_L2: 232_200,
        Quantity.ACTIVE_ENERGY_IMPORT: 21_956_000,
        Quantity.ACTIVE_POWER_EXPORT: 0,
    }
    assert (said.maker, said.meter_id, said.push_list) == ("landis+gyr", "9900017", PushList.LIST_3)
    assert said.energy_step == 1000


def test_what_is_not_the_present_value_of_a_register_of_this_meter_is_passed_over() -> None:
    said = read(
        register("1.0.1.7.0", 1832),
        register("1.2.1.7.0", 1),
        register("0.1.24.2.1", 2),
        register("7.0.1.8.0", 3),
        register("1.0.1.8.0.101", 4),
        (descriptor("1.0.2.7.0", 5), u32(5)),
        (descriptor("1.0.3.7.0", 3, 5), u32(6)),
        (descriptor("1.0.4.7.0", 3), text("7")),
        (descriptor("1.0.14.7.0", 3), float32(50.02)),
        (descriptor("1.0.31.7.0", 3), null()),
    )

    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 1_832_000}


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1e30])
def test_a_float_that_measures_nothing_is_passed_over(value: float) -> None:
    said = read(register("1.0.1.7.0", 1), (descriptor("1.0.32.7.0"), float32(value)))

    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 1_000}


def test_a_float_is_read_to_its_thousandths() -> None:
    assert read((descriptor("1.0.32.7.0"), float32(230.5))).values == {Quantity.VOLTAGE_L1: 230_500}


def test_a_scaler_that_is_among_the_attributes_is_that_of_its_register_wherever_it_stands() -> None:
    said = read((descriptor("1.0.1.8.0", 3, 3), scaling(3, WH)), register("1.0.1.8.0", 7231), register("1.0.2.8.0", 5))

    assert said.values == {Quantity.ACTIVE_ENERGY_IMPORT: 7_231_000_000, Quantity.ACTIVE_ENERGY_EXPORT: 5_000}


def test_a_sent_total_wins_over_its_tariffs_which_may_come_first() -> None:
    said = read(register("1.0.1.8.1", 40), register("1.0.1.8.2", 2), register("1.0.1.8.0", 43))

    assert said.values == {Quantity.ACTIVE_ENERGY_IMPORT: 43_000}


def test_tariffs_and_quadrants_are_added_up_where_no_total_is_sent() -> None:
    said = read(*(register(f"1.1.{code}", count) for code, count in QUADRANTS_AND_TARIFFS))

    assert said.values == {
        Quantity.ACTIVE_ENERGY_IMPORT: 42_000,
        Quantity.REACTIVE_ENERGY_IMPORT: 19_000,
        Quantity.REACTIVE_ENERGY_EXPORT: 291_341_000,
    }


QUADRANTS_AND_TARIFFS = [("1.8.1", 40), ("1.8.2", 2), ("5.8.0", 18), ("6.8.0", 1), ("7.8.0", 0), ("8.8.0", 291_341)]


def test_a_single_tariff_or_one_that_is_not_known_makes_no_total() -> None:
    with pytest.raises(UnknownListError):
        read(register("1.0.4.8.1", 7))
    with pytest.raises(UnknownListError):
        read(register("1.0.1.8.1", 7), (descriptor("1.0.1.8.2"), null()))


@pytest.mark.parametrize(
    ("volts", "expected"), [((236, 236, 0), 236_000), ((2357, 0, 0), 235_700), ((23_105, 90, 0), 231_050)]
)
def test_a_voltage_is_scaled_by_its_size(volts: tuple[int, ...], expected: int) -> None:
    assert read(*loaded(0, volts, (0, 0, 0))).values[Quantity.VOLTAGE_L1] == expected


def test_the_scale_of_voltages_is_kept_through_a_collapse_of_all() -> None:
    learned = Learned()
    read(*loaded(0, (2357, 2300, 2310), (0, 0, 0)), learned=learned)

    assert read(*loaded(0, (850, 0, 0), (0, 0, 0)), learned=learned).values[Quantity.VOLTAGE_L1] == 85_000
    assert read(*loaded(0, (235, 230, 231), (0, 0, 0)), learned=learned).values[Quantity.VOLTAGE_L1] == 235_000


def test_a_current_is_in_hundredths_of_an_ampere_unless_the_power_needs_whole_ones() -> None:
    idle, light = loaded(0, (230, 230, 230), (9, 8, 0)), loaded(450, (230, 230, 230), (1, 1, 0))
    heavy = loaded(258_874, (229, 230, 229), (400, 200, 601))

    assert read(*idle).values[Quantity.CURRENT_L1] == 90
    assert read(*light).values[Quantity.CURRENT_L1] == 10
    assert read(*heavy).values[Quantity.CURRENT_L1] == 400_000


def test_what_a_load_showed_of_currents_holds_without_one_until_another_meter_comes() -> None:
    learned = Learned()
    first = (descriptor("0.0.42.0.0", 1), octet_string(b"LGZ1030000000017"))
    other = (descriptor("0.0.42.0.0", 1), octet_string(b"LGZ1030000000018"))
    read(first, *loaded(258_874, (229, 230, 229), (400, 200, 601)), learned=learned)
    idle = loaded(100, (229, 230, 229), (1, 0, 0))

    assert read(first, *idle, learned=learned).values[Quantity.CURRENT_L1] == 1_000
    assert read(other, *idle, learned=learned).values[Quantity.CURRENT_L1] == 10


def test_currents_of_some_phases_alone_decide_nothing() -> None:
    part = [
        register("1.0.1.7.0", 20_000),
        *(register(f"1.0.{code}", 230) for code in VOLTAGES),
        register("1.0.31.7.0", 300),
    ]

    assert read(*part).values[Quantity.CURRENT_L1] == 3_000


def test_the_clock_in_the_list_counts_where_the_header_has_none() -> None:
    clock = descriptor("0.0.1.0.0", 8), octet_string(date_time("2021-07-06 14:58:18", status=0x81))
    alone = read(clock, register("1.0.1.7.0", 28))

    assert alone.register_time is not None
    assert read(clock, register("1.0.1.7.0", 28), time=alone.register_time).register_time is None


def test_a_list_of_other_meters_behind_this_one_is_refused() -> None:
    with pytest.raises(UnknownListError) as refused:
        read(register("0.1.24.2.1", 5), register("0.2.24.2.1", 6))
    assert refused.value.cause is ProblemCause.NO_KNOWN_VALUE


@pytest.mark.parametrize(
    "body",
    [
        structure(array(descriptor("1.0.1.7.0")), u32(1)),
        structure(array(descriptor("1.0.1.7.0"), u16(1)), u32(1)),
        structure(array(structure(u16(3), octet_string(b"short"), u16(2), u16(0)))),
        structure(array(), u32(1)),
        structure(),
        array(u32(1)),
    ],
)
def test_descriptors_that_do_not_fit_the_elements_are_left_alone(body: bytes) -> None:
    decoded, _ = decode_data(body)

    assert push_object.read(DataNotification(None, decoded), Scales()) is None


def test_pairs_of_a_descriptor_without_tags_and_a_value_are_read() -> None:
    decoded = decode_untagged(
        untagged(
            (descriptor("0.0.96.1.1", 1), octet_string(b"9900000017")),
            register("1.0.1.7.0", 1956),
            register("1.0.1.8.0", 4_913_794),
            (descriptor("0.0.96.14.0", 1), null()),
        ),
        0,
    )
    assert decoded is not None
    body: CosemValue = decoded[0]
    said = push_object.read(DataNotification(None, body), Scales())

    assert said is not None
    assert (said.meter_id, said.maker) == ("9900000017", "unknown")
    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 1_956_000, Quantity.ACTIVE_ENERGY_IMPORT: 4_913_794_000}
