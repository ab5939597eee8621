from __future__ import annotations

from datetime import datetime

import pytest

from han2x.codecs.errors import UnknownListError
from han2x.codecs.p1_lines import decode_telegram
from han2x.meters import ListContent, p1
from han2x.model import MeterTime, ProblemCause, PushList, Quantity
from tests import frames

POWER = "1-0:1.7.0(0001.453*kW)"


def content(*lines: str, identification: str = "KAM5") -> ListContent:
    return p1.read(decode_telegram(frames.p1(lines, identification)[:-6]))


@pytest.mark.parametrize(
    ("identification", "maker", "meter_type"),
    [
        ("KAM5", "kamstrup", None),
        ("ADN9 6534", "aidon", "6534"),
        ("LGF5E360", "landis+gyr", "E360"),
        ("ELL5\\253833635_A", "sagemcom", "253833635_A"),
        ("KFM5KAIFA-METER", "kaifa", "KAIFA-METER"),
        ("XYZ5", "unknown", None),
    ],
)
def test_the_maker_is_known_by_three_letters(identification: str, maker: str, meter_type: str | None) -> None:
    said = content(POWER, identification=identification)

    assert (said.maker, said.meter_type, said.push_list) == (maker, meter_type, PushList.P1)


@pytest.mark.parametrize(
    ("line", "quantity", "milli"),
    [
        ("1-0:1.7.0(0001.453*kW)", Quantity.ACTIVE_POWER_IMPORT, 1_453_000),
        ("1-0:1.7.0(1453*W)", Quantity.ACTIVE_POWER_IMPORT, 1_453_000),
        ("1-0:3.7.0(0000.321*kVAr)", Quantity.REACTIVE_POWER_IMPORT, 321_000),
        ("1-0:3.7.0(0000.321*kvar)", Quantity.REACTIVE_POWER_IMPORT, 321_000),
        ("1-0:3.7.0(321*VAR)", Quantity.REACTIVE_POWER_IMPORT, 321_000),
        ("1-0:1.8.0(00009621.983*kWh)", Quantity.ACTIVE_ENERGY_IMPORT, 9_621_983_000),
        ("1-0:1.8.0(99999999.999*kWh)", Quantity.ACTIVE_ENERGY_IMPORT, 99_999_999_999_000),
        ("1-0:2.8.0(9621*Wh)", Quantity.ACTIVE_ENERGY_EXPORT, 9_621_000),
        ("1-0:4.8.0(00002496.779*kVArh)", Quantity.REACTIVE_ENERGY_EXPORT, 2_496_779_000),
        ("1-0:4.8.0(7*varh)", Quantity.REACTIVE_ENERGY_EXPORT, 7_000),
        ("1-0:32.7.0(237.4*V)", Quantity.VOLTAGE_L1, 237_400),
        ("1-0:31.7.0(005.1*A)", Quantity.CURRENT_L1, 5_100),
        ("1-0:64.7.0(0000.085*kVAr)", Quantity.REACTIVE_POWER_EXPORT_L3, 85_000),
        ("1-0:13.7.0(0.99)", Quantity.POWER_FACTOR, 990),
        ("1-0:31.7.0(5.1239*A)", Quantity.CURRENT_L1, 5_123),
    ],
)
def test_a_line_is_told_in_thousandths_of_the_unit(line: str, quantity: Quantity, milli: int) -> None:
    assert content(line).values == {quantity: milli}


@pytest.mark.parametrize(
    "line",
    ["1-0:1.8.0(1*kW)", "1-0:1.8.0(1*GJ)", "1-0:1.8.0(1)", "1-0:1.8.0()", "1-0:1.8.0(-1*kWh)", "1-0:99.7.0(1*kW)"],
)
def test_a_line_with_another_unit_or_no_number_gives_no_value(line: str) -> None:
    assert content(POWER, line).values == {Quantity.ACTIVE_POWER_IMPORT: 1_453_000}


@pytest.mark.parametrize(("digits", "step"), [("9621.983", 1_000), ("9621.98", 10_000), ("9621", 1_000_000)])
def test_the_energy_step_is_that_of_the_last_digit(digits: str, step: int) -> None:
    assert content(f"1-0:1.8.0({digits}*kWh)").energy_step == step


def test_the_clock_is_told_with_its_letter() -> None:
    said = content(POWER, "0-0:1.0.0(240407122854S)")

    assert said.register_time == MeterTime(datetime.fromisoformat("2024-04-07T12:28:54"), status=0x80)


@pytest.mark.parametrize(
    ("line", "meter_id"),
    [
        ("0-0:96.1.1(4B384547303034303436333935353037)", "K8EG004046395507"),
        ("0-0:96.1.0(12345678)", "12345678"),
        ("0-0:96.1.0(ABX1)", "ABX1"),
        ("0-0:96.1.0()", None),
    ],
)
def test_a_meter_number_is_read_from_hexadecimal_where_it_is_that(line: str, meter_id: str | None) -> None:
    assert content(POWER, line).meter_id == meter_id


def test_the_version_is_told() -> None:
    assert content(POWER, "1-3:0.2.8(50)").list_version == "50"


def test_a_telegram_without_a_known_value_is_refused() -> None:
    with pytest.raises(UnknownListError, match="/KAM") as refused:
        content("0-0:1.0.0(240407122854S)")
    assert refused.value.cause is ProblemCause.NO_KNOWN_VALUE


@pytest.mark.parametrize(
    ("lines", "quantity", "watt_hours"),
    [
        (["1.8.1(000576.239*kWh)", "1.8.2(000465.162*kWh)"], Quantity.ACTIVE_ENERGY_IMPORT, 1_041_401),
        (["2.8.1(000001.000*kWh)", "2.8.2(000002*kWh)", "2.8.3(3000*Wh)"], Quantity.ACTIVE_ENERGY_EXPORT, 6_000),
        (["4.8.2(000002.000*kvarh)", "4.8.1(000001.000*kVArh)"], Quantity.REACTIVE_ENERGY_EXPORT, 3_000),
        (["1.8.1(1.000*kWh)", "1.8.2(2.000*kWh)", "1.8.0(9.000*kWh)"], Quantity.ACTIVE_ENERGY_IMPORT, 9_000),
        (["1.8.0(9.000*kWh)", "1.8.1(1.000*kWh)", "1.8.2(2.000*kWh)"], Quantity.ACTIVE_ENERGY_IMPORT, 9_000),
    ],
    ids=["two tariffs", "three tariffs", "reactive", "total after them", "total before them"],
)
def test_tariff_registers_are_summed_where_no_total_is_sent(
    lines: list[str], quantity: Quantity, watt_hours: int
) -> None:
    assert content(POWER, *(f"1-0:{line}" for line in lines)).values[quantity] == watt_hours * 1000


@pytest.mark.parametrize(
    "lines",
    [
        ["1-0:1.8.1(000576.239*kWh)"],
        ["1-0:1.8.2(000576.239*kWh)"],
        ["1-0:1.8.1(000576.239*kWh)", "1-0:1.8.2(0004x5.162*kWh)"],
        ["1-0:1.8.1(000576.239*kWh)", "1-0:1.8.2(000465.162*kWh)", "1-0:1.8.3()"],
        ["1-0:1.8.1(000576.239*kWh)", "1-0:1.8.2(000465.162*kW)"],
        ["1-0:1.8.1(000576.239*kWh)", "1-0:1.8.2*101(000465.162*kWh)"],
    ],
    ids=["the first alone", "the second alone", "damaged", "empty", "another unit", "an earlier period"],
)
def test_a_sum_of_tariffs_of_which_one_is_missing_is_no_total(lines: list[str]) -> None:
    assert Quantity.ACTIVE_ENERGY_IMPORT not in content(POWER, *lines).values


@pytest.mark.parametrize(
    ("line", "quantity", "milli"),
    [
        ("1-0:32.7.0(0000.242*kV)", Quantity.VOLTAGE_L1, 242_000),
        ("1-0:31.7.0(0000.005*kA)", Quantity.CURRENT_L1, 5_000),
        ("1-0:71.7.0(002*A)", Quantity.CURRENT_L3, 2_000),
        ("1-0:21.7.0*255(000747.85*W)", Quantity.ACTIVE_POWER_IMPORT_L1, 747_850),
        ("1-0:2.8.0*255(00019949.3221493*kWh)", Quantity.ACTIVE_ENERGY_EXPORT, 19_949_322_149),
        ("1-0:1.8.0(006545766*Wh)", Quantity.ACTIVE_ENERGY_IMPORT, 6_545_766_000),
        ("1-0:13.7.0(1.000)", Quantity.POWER_FACTOR, 1_000),
    ],
)
def test_units_and_digits_of_other_countries_are_read(line: str, quantity: Quantity, milli: int) -> None:
    assert content("1-0:1.7.0(0001.453*kW)", line).values[quantity] == milli


def test_a_power_factor_above_1_is_none() -> None:
    assert content(POWER, "1-0:13.7.0(4.556)", "1-0:33.7.0(1.001)").values == {
        Quantity.ACTIVE_POWER_IMPORT: 1_453_000,
    }


@pytest.mark.parametrize(
    "line", ["1-0:1.4.0(02.351*kW)", "0-0:17.0.0(999.9*kW)", "1-0:31.4.0(999*A)", "1-0:15.7.0(3.2*kW)"]
)
def test_demands_limits_and_sums_of_both_directions_are_not_powers(line: str) -> None:
    assert content(POWER, line).values == {Quantity.ACTIVE_POWER_IMPORT: 1_453_000}


def test_a_clock_in_two_lines_is_put_together() -> None:
    said = content(POWER, "1-0:0.9.1(203805)", "1-0:0.9.2(220910)", identification="ISk5\\2M550T")

    assert said.register_time == MeterTime(datetime.fromisoformat("2022-09-10T20:38:05"))


def test_a_grid_companys_sign_is_no_maker_and_the_device_name_is() -> None:
    name = "0-0:42.0.0(53414731303330393939393939393939)"

    assert content(POWER, name, identification="Lux5\\253694471_M").maker == "sagemcom"
    assert content(POWER, identification="Lux5\\253694471_M").maker == "unknown"
    assert content(POWER, name, identification="KAM5").maker == "kamstrup"
