from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import UnknownListError
from han2x.meters import Learned, ListContent, Scales, described
from han2x.model import ProblemCause, PushList, Quantity
from tests.frames import (
    WH,
    V,
    W,
    array,
    date_time,
    float32,
    measured,
    named,
    obis,
    octet_string,
    scaling,
    structure,
    text,
    u16,
    u32,
)


def read(*elements: bytes, learned: Learned | None = None) -> ListContent | None:
    body, _ = decode_data(structure(*elements))
    return described.read(DataNotification(None, body), Scales(), learned)


def content(*elements: bytes, learned: Learned | None = None) -> ListContent:
    said = read(*elements, learned=learned)
    assert said is not None
    return said


def test_a_structure_of_structures_is_read() -> None:
    said = content(
        named("0.0.96.1.0", octet_string(b"84895126")),
        measured("1.0.1.7.0", u32(182), 0, W),
        measured("1.0.1.8.0", u32(5), 0, WH),
    )

    assert (said.maker, said.meter_id, said.push_list) == ("unknown", "84895126", PushList.LIST_3)
    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 182_000, Quantity.ACTIVE_ENERGY_IMPORT: 5_000}


def test_codes_values_and_units_in_a_row_are_read() -> None:
    said = content(
        octet_string(date_time("2021-09-27 15:00:00")),
        *(obis("1.0.32.7.0"), u16(2345), scaling(-1, V)),
        *(obis("0.0.96.1.0"), text("1234")),
        *(obis("1.0.1.7.0"), u32(182), scaling(0, W)),
        octet_string(b"something at the end"),
    )

    assert said.values == {Quantity.VOLTAGE_L1: 234_500, Quantity.ACTIVE_POWER_IMPORT: 182_000}
    assert said.meter_id == "1234"


def test_a_value_without_scaler_and_unit_beside_others_that_have_them_is_passed_over() -> None:
    said = content(obis("1.0.1.7.0"), u32(182), obis("1.0.2.7.0"), u32(0), scaling(0, W))

    assert said.values == {Quantity.ACTIVE_POWER_EXPORT: 0}


def test_a_list_of_which_no_value_can_be_used_is_refused() -> None:
    with pytest.raises(UnknownListError, match="without scaler and unit") as refused:
        content(obis("1.0.1.7.0"), u32(182), obis("0.0.96.3.10"), u32(1), scaling(0, W))
    assert refused.value.cause is ProblemCause.UNUSABLE_VALUE


def test_a_code_at_the_very_end_is_passed_over() -> None:
    said = content(obis("1.0.1.7.0"), u32(1), scaling(0, W), obis("1.0.2.7.0"))

    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 1_000}


@pytest.mark.parametrize("body", [[], (), (1, 2), ("text",), (b"123456", 7), None])
def test_a_list_that_does_not_describe_itself_is_left_alone(body: CosemValue) -> None:
    assert described.read(DataNotification(None, body), Scales()) is None


def test_only_what_this_meter_measures_now_is_taken() -> None:
    energy = obis("1.0.1.8.0")
    said = content(
        *(energy, u32(1000), scaling(0, WH)),
        *(energy[:-1] + b"\x65", u32(55), scaling(0, WH)),
        *(obis("1.1.1.7.0"), u32(182), scaling(0, W)),
        *(obis("1.2.1.7.0"), u32(999), scaling(0, W)),
        *(obis("7.0.2.8.0"), u32(999), scaling(0, WH)),
        *(obis("0.0.2.7.0"), u32(999), scaling(0, W)),
    )

    assert said.values == {Quantity.ACTIVE_ENERGY_IMPORT: 1_000_000, Quantity.ACTIVE_POWER_IMPORT: 182_000}


@pytest.mark.parametrize(
    "unusual",
    [
        (obis("1.0.14.7.0"), float32(50.02), scaling(0, 44)),
        (obis("0.0.1.0.0"), b"\x19" + date_time("2021-09-27 15:00:00")),
        (obis("0.0.96.5.0"), b"\x04\x09\xa5\x80"),
        (obis("1.0.2.7.0"), u32(7), scaling(0, V)),
        (obis("1.0.2.7.0"), u32(7), scaling(99, W)),
        (obis("1.0.2.7.0"), text("7"), scaling(0, W)),
        (obis("1.0.2.7.0"), array(u32(7)), scaling(0, W)),
        (named("1.0.2.7.0", u32(7)),),
        (structure(obis("1.0.2.7.0"), u32(7), array(u32(1))),),
        (array(array()),),
    ],
    ids=[
        "float",
        "date-time",
        "bits",
        "another unit",
        "absurd scaler",
        "text",
        "array",
        "unscaled",
        "no scaler",
        "empty",
    ],
)
def test_an_unusual_element_is_passed_over_and_the_others_stand(unusual: tuple[bytes, ...]) -> None:
    said = content(*unusual, *(obis("1.0.1.7.0"), u32(182), scaling(0, W)))

    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 182_000}


def test_a_float_and_a_bcd_measure_as_whole_numbers_do() -> None:
    said = content(measured("1.0.32.7.0", float32(230.5), 0, V), measured("1.0.1.7.0", b"\x0d\x42", 1, W))

    assert said.values == {Quantity.VOLTAGE_L1: 230_500, Quantity.ACTIVE_POWER_IMPORT: 420_000}


def test_tariffs_are_added_up_with_the_scalers_they_have() -> None:
    said = content(measured("1.0.1.8.1", u32(40), 1, WH), measured("1.0.1.8.2", u32(2), 0, WH))

    assert said.values == {Quantity.ACTIVE_ENERGY_IMPORT: 402_000}
    assert said.energy_step == 1000


FLAT = (
    octet_string(date_time("2023-11-10 10:58:50")),
    *(obis("1.0.1.8.0"), u32(12_048_950)),
    *(obis("1.0.1.7.0"), u32(1_000)),
    *(obis("1.0.3.7.0"), u32(0)),
)
VOLTAGE, CURRENT = (obis("1.0.32.7.0"), u16(2310)), (obis("1.0.31.7.0"), u16(434))


def test_pairs_of_code_and_number_without_any_scaler_have_the_units_of_their_codes() -> None:
    assert content(*FLAT, *VOLTAGE).values == {
        Quantity.ACTIVE_ENERGY_IMPORT: 12_048_950_000,
        Quantity.ACTIVE_POWER_IMPORT: 1_000_000,
        Quantity.REACTIVE_POWER_IMPORT: 0,
        Quantity.VOLTAGE_L1: 231_000,
    }


@pytest.mark.parametrize(("count", "milli"), [(4340, 4340), (434, 4340), (43, 4300), (4, 4000)])
def test_a_current_of_an_unknown_maker_is_trusted_as_soon_as_the_power_tells_its_scale(count: int, milli: int) -> None:
    said = content(*FLAT, *VOLTAGE, obis("1.0.31.7.0"), u16(count))

    assert said.values[Quantity.CURRENT_L1] == milli


def test_a_current_of_an_unknown_maker_is_left_out_until_the_power_has_told_its_scale_and_kept_then() -> None:
    learned = Learned()
    idle = (*(obis("1.0.1.7.0"), u32(10)), *VOLTAGE, *(obis("1.0.31.7.0"), u16(5)))
    contradicting = (*FLAT, *VOLTAGE, obis("1.0.31.7.0"), u16(150))

    assert Quantity.CURRENT_L1 not in content(*idle, learned=learned).values
    assert Quantity.CURRENT_L1 not in content(*contradicting, learned=learned).values
    assert content(*FLAT, *VOLTAGE, *CURRENT, learned=learned).values[Quantity.CURRENT_L1] == 4_340
    assert content(*idle, learned=learned).values[Quantity.CURRENT_L1] == 50


def test_pairs_of_which_a_quantity_is_no_number_are_left_alone() -> None:
    assert read(*(obis("1.0.1.7.0"), text("182")), *(obis("1.0.2.7.0"), u32(0))) is None
