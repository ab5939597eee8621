from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import UnknownListError
from han2x.meters import ListContent, Scales, described
from han2x.model import ProblemCause, PushList, Quantity
from tests.frames import WH, V, W, date_time, measured, named, obis, octet_string, scaling, structure, text, u16, u32


def read(*elements: bytes) -> ListContent | None:
    body, _ = decode_data(structure(*elements))
    return described.read(DataNotification(None, body), Scales())


def content(*elements: bytes) -> ListContent:
    said = read(*elements)
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
