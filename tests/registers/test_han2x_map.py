"""The register map and how it is rendered."""

from __future__ import annotations

import pytest

from han2x.estimator import Estimate
from han2x.model import Quantity
from han2x.registers import (
    COUNT,
    FIRST_NUMBER,
    HAN2X,
    MEASURED_COUNT,
    REGISTERS,
    DeviceFacts,
    Sources,
    firmware_number,
    register_table,
)
from han2x.registers.table import COUNTER32, U16, U32, Kind
from han2x.state import Snapshot, Value
from tests.readings import HOURLY_LIST, NOW, a_time


def a_snapshot(values: dict[Quantity, float] | None = None, **other: object) -> Snapshot:
    milli = {q: Value(round(v * 1000), NOW) for q, v in (HOURLY_LIST if values is None else values).items()}
    return Snapshot(now=NOW, stale=False, values=milli, meter_time=a_time(), **other)  # type: ignore[arg-type]


def at(image: bytes, number: int, words: int = 2) -> int:
    start = 2 * (number - FIRST_NUMBER)
    return int.from_bytes(image[start : start + 2 * words], "big")


def test_the_rows_cover_every_register_once_and_in_order() -> None:
    covered = [number for row in REGISTERS for number in range(row.number, row.last_number + 1)]

    assert covered == list(range(FIRST_NUMBER, FIRST_NUMBER + COUNT))


def test_measured_registers_are_those_that_the_meter_fills() -> None:
    empty = Sources(Snapshot(now=NOW))
    measured = [row for row in REGISTERS if row.address < MEASURED_COUNT]

    assert measured[-1].last_number == 40036
    assert all(row.source(empty) is None for row in measured)


def test_an_empty_snapshot_renders_every_measured_register_as_0() -> None:
    image = HAN2X.render(Sources(Snapshot(now=NOW)))

    assert len(image) == 2 * COUNT
    assert image[: 2 * MEASURED_COUNT] == bytes(2 * MEASURED_COUNT)


def test_the_document_s_own_telegram_reads_0000_0956_for_239_0_v() -> None:
    image = HAN2X.render(Sources(a_snapshot()))

    assert image[28:32] == bytes.fromhex("0000 0956")


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (40001, 1234), (40003, 0), (40005, 17), (40007, 233),
        (40009, 2300), (40011, 16090), (40013, 10),
        (40015, 2390), (40017, 2304), (40019, 2305),
        (40021, 155_232), (40023, 0), (40025, 0), (40027, 1),
        (40045, 1000), (40049, 1000),
    ],
)  # fmt: skip
def test_values_stand_where_the_document_has_them_in_its_units(number: int, value: int) -> None:
    assert at(HAN2X.render(Sources(a_snapshot())), number) == value


def test_estimated_energies_stand_at_40029_to_40036_as_whole_kwh() -> None:
    estimates = {
        Quantity.ACTIVE_ENERGY_IMPORT: Estimate(155_999_999.9, 1.0, ()),
        Quantity.ACTIVE_ENERGY_EXPORT: Estimate(1_000.0, 1.0, ()),
        Quantity.REACTIVE_ENERGY_IMPORT: Estimate(999.999, 1.0, ()),
    }
    image = HAN2X.render(Sources(a_snapshot(estimates=estimates)))

    assert [at(image, number) for number in (40029, 40031, 40033, 40035)] == [155_999, 1, 0, 0]


def test_the_meter_s_clock_stands_at_40037_to_40042() -> None:
    image = HAN2X.render(Sources(a_snapshot()))

    assert [at(image, number, 1) for number in range(40037, 40043)] == [2026, 11, 20, 23, 45, 10]


def test_the_gateway_s_own_facts_stand_in_16_bit_registers() -> None:
    image = HAN2X.render(Sources(a_snapshot(), device=DeviceFacts(firmware=102, temperature_c=48.31, hours=7)))

    assert [at(image, number, 1) for number in (40043, 40044, 40047, 40048)] == [102, 4831, 0, 7]


@pytest.mark.parametrize(("celsius", "shown"), [(-5.0, 0), (700.0, 0xFFFF), (None, 0)])
def test_a_temperature_that_16_unsigned_bits_cannot_hold_saturates(celsius: float | None, shown: int) -> None:
    image = HAN2X.render(Sources(a_snapshot(), device=DeviceFacts(temperature_c=celsius, hours=70_000)))

    assert at(image, 40044, 1) == shown
    assert at(image, 40048, 1) == 0xFFFF


@pytest.mark.parametrize(
    ("factor", "power", "current", "voltage", "energy"),
    [
        (1000, 1234, 2300, 2390, 155_232),
        (10_000, 12_340, 23_000, 2390, 1_552_325),
        (10, 12, 23, 2390, 1_552),
        (1_500, 1851, 3450, 2390, 232_848),
    ],
)
def test_the_factor_applies_to_power_current_and_energy_but_not_to_voltage(
    factor: int, power: int, current: int, voltage: int, energy: int
) -> None:
    image = HAN2X.render(Sources(a_snapshot(), factor=factor))

    assert [at(image, number) for number in (40001, 40009, 40015, 40021)] == [power, current, voltage, energy]


def test_the_factor_s_own_registers_read_what_was_written_even_while_it_waits() -> None:
    image = HAN2X.render(Sources(a_snapshot(), factor=1000, factor_shown=66_536))

    assert at(image, 40045) == at(image, 40049) == 66_536
    assert at(image, 40001) == 1234


def test_powers_and_currents_saturate_at_the_top_of_32_bits() -> None:
    image = HAN2X.render(Sources(a_snapshot(), factor=999_999_999))

    assert at(image, 40001) == 1_233_999_999
    assert at(image, 40011) == 0xFFFF_FFFF


def test_energies_roll_over_as_counters_do() -> None:
    image = HAN2X.render(Sources(a_snapshot(), factor=999_999_999))

    assert at(image, 40021) == (155_232_510 * 999_999_999 // 1_000_000) % 2**32


def test_a_signed_current_shows_its_magnitude() -> None:
    image = HAN2X.render(Sources(a_snapshot({Quantity.CURRENT_L1: -8.1})))

    assert at(image, 40009) == 8100


@pytest.mark.parametrize(("kind", "value", "held"), [
    (U16, 65_536, 65_535), (U16, -1, 0), (U32, 2**32, 2**32 - 1), (COUNTER32, 2**32 + 5, 5),
])  # fmt: skip
def test_no_value_overflows_its_register(kind: Kind, value: int, held: int) -> None:
    assert kind.encode(value) == held


@pytest.mark.parametrize(
    ("version", "number"), [("0.1.0", 100), ("1.2.3", 10203), ("2.0.0rc1", 20000), ("9.9.9", 90909 & 0xFFFF | 0xFFFF)]
)
def test_the_version_becomes_one_number(version: str, number: int) -> None:
    assert firmware_number(version) == number


def test_the_table_has_a_row_for_every_register() -> None:
    rows = register_table(HAN2X).splitlines()[2:]

    assert len(rows) == len(REGISTERS)
    assert rows[7] == "| 40015–40016 | 14–15 | Voltage L1 | V × 10 | uint32 |  | read |"
