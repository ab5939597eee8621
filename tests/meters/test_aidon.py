from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.date_time import decode_date_time
from han2x.codecs.errors import UnknownListError
from han2x.meters import ListContent, Scales, aidon, read_list
from han2x.model import MeterTime, PushList, Quantity
from tests.frames import (
    VAR,
    WH,
    A,
    V,
    W,
    array,
    date_time,
    i16,
    measured,
    named,
    null,
    octet_string,
    scaling,
    structure,
    text,
    u16,
    u32,
)

POWER = measured("1.0.1.7.0", u32(1234), 0, W)
ENERGY = measured("1.0.1.8.0", u32(2188), 1, WH)


def content(*elements: bytes) -> ListContent:
    body, _ = decode_data(array(*elements))
    said = aidon.read(DataNotification(None, body), Scales())
    assert said is not None
    return said


@pytest.mark.parametrize("body", [(), (1,), None, 7, "AIDON_V0001"])
def test_what_is_no_array_is_left_alone(body: CosemValue) -> None:
    assert aidon.read(DataNotification(None, body), Scales()) is None


def test_scaler_and_unit_are_those_of_the_telegram() -> None:
    said = content(
        measured("1.0.3.7.0", u32(17), 0, VAR),
        measured("1.0.31.7.0", i16(81), -1, A),
        measured("1.0.51.7.0", i16(3432), -2, A),
        measured("1.0.32.7.0", u16(2376), -1, V),
        ENERGY,
        measured("1.0.2.8.0", u32(5), 0, WH),
    )

    assert said.values == {
        Quantity.REACTIVE_POWER_IMPORT: 17_000,
        Quantity.CURRENT_L1: 8_100,
        Quantity.CURRENT_L2: 34_320,
        Quantity.VOLTAGE_L1: 237_600,
        Quantity.ACTIVE_ENERGY_IMPORT: 21_880_000,
        Quantity.ACTIVE_ENERGY_EXPORT: 5_000,
    }
    assert said.energy_step == 1_000


def test_a_current_keeps_its_sign() -> None:
    assert content(measured("1.0.31.7.0", i16(-81), -1, A)).values == {Quantity.CURRENT_L1: -8_100}


def test_a_value_finer_than_a_thousandth_is_cut_towards_zero() -> None:
    said = content(measured("1.0.31.7.0", i16(-12_349), -4, A), measured("1.0.51.7.0", i16(12_349), -4, A))

    assert said.values == {Quantity.CURRENT_L1: -1_234, Quantity.CURRENT_L2: 1_234}


@pytest.mark.parametrize(
    ("elements", "push_list"),
    [
        ((POWER,), PushList.LIST_1),
        ((POWER, measured("1.0.32.7.0", u16(2300), -1, V)), PushList.LIST_2),
        ((POWER, ENERGY), PushList.LIST_3),
    ],
)
def test_the_list_is_known_by_what_is_in_it(elements: tuple[bytes, ...], push_list: PushList) -> None:
    assert content(*elements).push_list is push_list


def test_identifiers_and_clock_are_told_without_padding() -> None:
    said = content(
        named("1.1.0.2.129", text("EMBRIQ_V1_1")),
        named("0.0.96.1.0", text("13943597\0\0\0\0")),
        named("0.0.96.1.7", text("ZFF1")),
        named("0.0.1.0.0", octet_string(date_time("2019-06-12 18:00:00", deviation=60, weekday=0))),
        POWER,
    )

    assert (said.maker, said.list_version) == ("aidon", "EMBRIQ_V1_1")
    assert (said.meter_id, said.meter_type) == ("13943597", "ZFF1")
    assert said.register_time is not None
    assert said.register_time.deviation_min == 60


def test_a_value_given_as_null_data_is_absent() -> None:
    assert set(content(POWER, measured("1.0.2.7.0", null(), 0, W)).values) == {Quantity.ACTIVE_POWER_IMPORT}


@pytest.mark.parametrize(
    "element",
    [
        measured("1.0.1.7.0", u32(1), 0, V),
        measured("1.0.1.7.0", u32(1), 0, 250),
        measured("1.0.1.7.0", u32(1), 10, W),
        measured("1.0.1.7.0", text("1"), 0, W),
        named("1.0.1.7.0", u32(1)),
        structure(named("1.0.1.7.0", u32(1)), u32(1), scaling(0, W)),
        u32(1),
        named("0.0.96.1.0", text("only identified")),
    ],
    ids=["other unit", "unknown unit", "absurd scaler", "text", "no unit", "no code", "no structure", "no value"],
)
def test_an_aidon_list_that_cannot_be_read_is_refused(element: bytes) -> None:
    with pytest.raises(UnknownListError):
        content(element)


def maker_of(*elements: bytes, apdu: bytes = b"", time: MeterTime | None = None, sender: bytes = b"") -> str:
    body, _ = decode_data(array(*elements))
    return read_list(DataNotification(time, body, apdu, sender=sender), Scales()).maker


def test_an_array_is_not_for_that_reason_alone_aidons() -> None:
    named_by_aidon = named("1.1.0.2.129", text("AIDON_V0001"))
    number, clock = named("0.0.96.1.0", text("99000017")), decode_date_time(date_time("2026-11-20 23:45:10"))

    assert maker_of(POWER) == "aidon"
    assert maker_of(named_by_aidon, number, POWER) == "aidon"
    assert maker_of(number, POWER) == "unknown"
    assert maker_of(named("1.1.0.2.129", text("XYZ_V0001")), number, POWER) == "unknown"
    assert maker_of(POWER, time=clock) == "unknown"
    assert maker_of(POWER, apdu=bytes.fromhex("0f00000a01 00")) == "unknown"
    assert maker_of(POWER, apdu=bytes.fromhex("0f40000000 00")) == "aidon"
    assert maker_of(POWER, sender=b"KFM\0\0\0\0\1") == "kaifa"
    assert maker_of(named("0.0.42.0.0", text("LGZ1030000000017")), number, POWER) == "landis+gyr"
