from __future__ import annotations

from datetime import datetime

import pytest

from han2x.model import MeterTime, Obis, PushList, Quantity, Reading, Unit


def test_an_obis_code_is_read_from_six_octets() -> None:
    obis = Obis.from_octets(bytes((1, 0, 31, 7, 0, 255)))

    assert obis == Obis(1, 0, 31, 7, 0)
    assert str(obis) == "1-0:31.7.0.255"
    assert obis.key == "31.7.0"


@pytest.mark.parametrize("octets", [b"", bytes(5), bytes(7)])
def test_an_obis_code_of_another_length_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match=f"6 octets, not {len(octets)}"):
        Obis.from_octets(octets)


def test_every_quantity_is_known_by_its_obis_groups_and_has_a_unit() -> None:
    for quantity in Quantity:
        assert len(quantity.split(".")) == 3
        assert isinstance(quantity.unit, Unit)
    assert len({str(quantity) for quantity in Quantity}) == len(Quantity)


@pytest.mark.parametrize(
    ("quantity", "key", "unit"),
    [
        (Quantity.ACTIVE_POWER_IMPORT, "1.7.0", "W"),
        (Quantity.REACTIVE_ENERGY_EXPORT, "4.8.0", "varh"),
        (Quantity.VOLTAGE_L2, "52.7.0", "V"),
        (Quantity.POWER_FACTOR, "13.7.0", "1"),
    ],
)
def test_a_quantity_reads_as_its_key_and_its_unit(quantity: Quantity, key: str, unit: str) -> None:
    assert (f"{quantity}", f"{quantity.unit}") == (key, unit)


def test_the_telegrams_own_clock_is_its_headers_before_its_lists() -> None:
    header, register = (MeterTime(datetime.fromisoformat(f"2026-11-20T23:00:{second}")) for second in ("10", "00"))

    assert Reading(0, "m", PushList.LIST_1, {}, header_time=header, register_time=register).meter_time == header
    assert Reading(0, "m", PushList.LIST_1, {}, register_time=register).meter_time == register
    assert Reading(0, "m", PushList.LIST_1, {}).meter_time is None
