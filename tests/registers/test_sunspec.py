"""What a SunSpec client finds at 40000: pysunspec2 reads it, after SunSpec's own definitions of the models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from sunspec2.device import get_model_def
from sunspec2.modbus.client import SunSpecModbusClientError, SunSpecModbusClientException

import han2x
from han2x.model import Quantity
from han2x.registers import sunspec
from han2x.registers.bank import ExceptionCode, RegisterBank, Rules, WhenStale
from han2x.registers.scaling_factor import ScalingFactor
from han2x.registers.sunspec_points import GROUPS, MISSING_SENSOR
from han2x.registers.table import Block
from han2x.state import STALE_AFTER_S, MeterState
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading
from tests.registers.sunspec_reader import Device, scanned, values

EXPORT: dict[Quantity, float] = {
    **HOURLY_LIST,
    Quantity.ACTIVE_POWER_IMPORT: 0,
    Quantity.ACTIVE_POWER_EXPORT: 2000,
    Quantity.CURRENT_L1: 6,
    Quantity.CURRENT_L2: 2,
    Quantity.CURRENT_L3: 0,
    Quantity.VOLTAGE_L1: 230,
    Quantity.VOLTAGE_L2: 230,
}
ONE_PHASE = {key: value for key, value in EXPORT.items() if not key.startswith(("5", "7"))}
POWER_ALONE: dict[Quantity, float] = {Quantity.ACTIVE_POWER_IMPORT: 500}
HEADERS = [(40000, 2), (40002, 2), (40070, 2), (40177, 2), (40303, 2)]
INTEGERS, FLOATS, W_203, W_213 = (40072, 105), (40179, 124), (40088, 1), (40205, 2)


def a_bank(
    *told: dict[Quantity, float], when_stale: WhenStale = WhenStale.EXCEPTION, factor: int = 1000
) -> RegisterBank:
    bank = RegisterBank(MeterState(), ScalingFactor(factor), rules=Rules(when_stale))
    for each in told:
        bank.state.apply(a_reading(each), NOW)
    return bank


def read(bank: RegisterBank, model: int, now: float = NOW) -> dict[str, Any]:
    return values(scanned(bank.own, now), model)


def test_the_chain_has_every_point_of_the_models_at_its_place() -> None:
    (block,) = sunspec.blocks()
    rows = {row.address: row for row in block.rows}
    for first, model in ((40002, 1), (40070, 203), (40070, 201), (40177, 213), (40177, 211)):
        address = first
        for point in get_model_def(model)["group"]["points"]:
            row = rows.pop(address) if model in (1, 203, 213) else next(r for r in block.rows if r.address == address)
            assert row.kind.words == point["size"]
            assert row.name.lower() == point["name"].lower().replace("ppvph", "phvph")
            types = {"uint16": "uint16", "pad": "uint16", "string": f"text {2 * row.kind.words}"}
            assert row.kind.type_name == types.get(point["type"], point["type"])
            address += point["size"]

    assert [(row.address, row.name) for row in rows.values()] == [(40000, "SunS"), (40303, "ID"), (40304, "L")]
    assert (block.first, block.end) == (40000, 40305)


def test_model_1_tells_who_it_is_and_the_meters_number() -> None:
    assert read(a_bank(FULL_LIST), 1) == {
        "ID": 1,
        "L": 66,
        "Mn": "han2x",
        "Md": "HAN2X",
        "Opt": None,
        "Vr": han2x.__version__,
        "SN": "5700000000000001",
        "DA": None,
        "Pad": 0x8000,
    }


def test_a_meter_that_imports_on_three_phases() -> None:
    found = read(a_bank(HOURLY_LIST), 203)

    shares = [volts * amperes for volts, amperes in ((239, 2.3), (230.44, 16.09), (230.46, 0.01))]
    assert {name: found[name] for name in ("A", "AphA", "AphB", "AphC")} == pytest.approx(
        {"A": 18.40, "AphA": 2.30, "AphB": 16.09, "AphC": 0.01}
    )
    assert [found[name] for name in ("PhV", "PhVphA", "PhVphB", "PhVphC")] == pytest.approx([233.3, 239, 230.4, 230.5])
    assert [found[f"Wph{phase}"] for phase in "ABC"] == [round(1234 * share / sum(shares)) for share in shares]
    assert (found["W"], found["VAR"], found["VA"]) == (1234, -216, round(math.hypot(1234, 216)))
    assert found["PF"] == pytest.approx(100 * 1234 / math.hypot(1234, 216), abs=0.05)
    assert (found["TotWhImp"], found["TotWhExp"], found["Evt"]) == (155_232_515, 15, 0)


def test_a_meter_that_exports_has_negative_powers_and_currents() -> None:
    found = read(a_bank(EXPORT), 203)

    assert [found[name] for name in ("W", "WphA", "WphB", "WphC")] == [-2000, -1500, -500, 0]
    assert [found[name] for name in ("A", "AphA", "AphB", "AphC")] == [-8, -6, -2, 0]


def test_on_three_wires_the_current_that_has_no_voltage_flows_as_the_whole_does() -> None:
    found = read(a_bank({key: value for key, value in EXPORT.items() if key is not Quantity.VOLTAGE_L2}), 203)

    assert [found[name] for name in ("W", "WphA", "WphB", "WphC")] == [-2000, -2000, None, 0]
    assert [found[name] for name in ("A", "AphA", "AphB", "AphC")] == [-8, -6, -2, 0]


def test_a_meter_with_one_phase_is_another_model_at_the_same_places() -> None:
    device = scanned(a_bank(ONE_PHASE).own, NOW)

    assert sorted(each for each in device.models if isinstance(each, int)) == [1, 201, 211]
    for model in (201, 211):
        found = values(device, model)
        assert (found["A"], found["AphA"], found["W"], found["WphA"]) == (-6, -6, -2000, -2000)
        assert (found["PhV"], found["PhVphA"]) == (230, 230)
        assert {found[name] for name in ("AphB", "AphC", "PhVphB", "PhVphC", "WphB", "WphC", "PPV")} == {None}


@pytest.mark.parametrize("told", [HOURLY_LIST, EXPORT, ONE_PHASE], ids=["import", "export", "one phase"])
@pytest.mark.parametrize("factor", [1000, 40_000])
def test_integers_and_floating_point_say_the_same(told: dict[Quantity, float], factor: int) -> None:
    device = scanned(a_bank(told, factor=factor).own, NOW)
    integers, floats = (values(device, each) for each in sorted(m for m in device.models if m in (201, 203, 211, 213)))
    scales = {name: each for name, each in integers.items() if name.endswith("_SF")}
    groups = {name: group for group in GROUPS for name, _ in group.points}
    unscaled = [value for name, value in integers.items() if name not in scales]

    assert scales["W_SF"] == (0 if factor == 1000 else 2)
    for name, value, other in zip(groups, unscaled[2:-1], list(floats.values())[2:-1], strict=True):
        if other is None:
            assert value is None, name
            continue
        expected = 100 * other if name.startswith("PF") else other
        assert value == pytest.approx(expected, abs=10.0 ** scales[groups[name].scale], rel=1e-6), name
    assert integers["Evt"] == floats["Evt"] == 0


def test_every_power_current_and_energy_has_the_scaling_factor_and_no_voltage() -> None:
    found = read(a_bank(HOURLY_LIST, factor=40_000), 213)

    assert (found["W"], found["VAR"], found["AphB"]) == pytest.approx((49_360, -8640, 643.6))
    assert (found["PhVphA"], found["TotWhImp"]) == pytest.approx((239, 40 * 155_232_510))


@pytest.mark.parametrize(
    ("factor", "decades"),
    [(10, 0), (1000, 0), (1001, 1), (10_000, 1), (10_001, 2), (100_000, 2), (1_000_000, 3), (999_999_999, 6)],
)
def test_scale_factors_leave_room_for_what_the_meter_measures_times_the_scaling_factor(
    factor: int, decades: int
) -> None:
    found = read(a_bank({**FULL_LIST, Quantity.ACTIVE_POWER_IMPORT: 32_767}, factor=factor), 203)
    scales = ("W_SF", "VAR_SF", "VA_SF", "TotWh_SF", "A_SF", "V_SF", "PF_SF")

    assert [found[name] for name in scales] == [*(decades,) * 4, decades - 2, -1, -1]
    assert [found[name] for name in ("Hz_SF", "TotVAh_SF", "TotVArh_SF")] == [None] * 3
    assert found["W"] == pytest.approx(32_767 * factor / 1000, abs=10**decades / 2)


def test_scale_factors_stay_when_a_client_writes_another_scaling_factor_and_values_saturate() -> None:
    bank = a_bank(HOURLY_LIST)
    bank.write(48, [0x0001, 0x86A0], NOW)
    found = read(bank, 203)

    assert (found["W_SF"], found["A_SF"], found["TotWh_SF"]) == (0, -2, 0)
    assert (found["W"], found["AphB"]) == (32_767, 327.67)
    assert found["TotWhImp"] == 15_523_251_500 % 2**32
    assert read(bank, 213)["W"] == 123_400

    bank.change(rules=Rules(), factor=5000)
    assert (read(bank, 203)["W_SF"], read(bank, 203)["W"]) == (0, 6170)


def test_points_that_a_european_meter_sends_by_phase_are_there() -> None:
    sent: dict[Quantity, float] = {
        Quantity.ACTIVE_POWER_IMPORT_L1: 0,
        Quantity.ACTIVE_POWER_EXPORT_L1: 300,
        Quantity.ACTIVE_POWER_IMPORT_L2: 1500,
        Quantity.ACTIVE_POWER_IMPORT_L3: 34,
        Quantity.REACTIVE_POWER_IMPORT_L1: 5,
        Quantity.REACTIVE_POWER_EXPORT_L1: 7,
        Quantity.POWER_FACTOR_L1: 0.95,
        Quantity.POWER_FACTOR_L2: 0.99,
        Quantity.ACTIVE_ENERGY_IMPORT_L2: 4711,
        Quantity.ACTIVE_ENERGY_EXPORT_L3: 42,
    }
    device = scanned(a_bank(HOURLY_LIST | sent).own, NOW)
    integers, floats = values(device, 203), values(device, 213)

    for found in (integers, floats):
        assert [found[f"Wph{phase}"] for phase in "ABC"] == [-300, 1500, 34]
        assert [found[f"VARph{phase}"] for phase in "ABC"] == [-2, None, None]
        assert (found["TotWhImpPhB"], found["TotWhExpPhC"], found["TotWhImpPhA"]) == (4711, 42, None)
        assert found["AphA"] == pytest.approx(-2.3)
    assert (integers["PFphA"], integers["PFphB"]) == pytest.approx((-95, 99))
    assert (floats["PFphA"], floats["PFphB"]) == pytest.approx((-0.95, 0.99))


def test_before_the_first_total_an_energy_is_not_accumulated_and_said_to_be_missing() -> None:
    bank = a_bank(FULL_LIST)

    for model in (203, 213):
        found = read(bank, model)
        assert (found["TotWhImp"], found["TotWhExp"], found["W"]) == (None, None, 1234)
        assert found["Evt"] == MISSING_SENSOR
    bank.state.apply(a_reading(HOURLY_LIST), NOW + 10)
    assert (read(bank, 213, NOW + 10)["TotWhImp"], read(bank, 213, NOW + 10)["Evt"]) == (155_232_512, 0)


def test_nothing_that_a_client_steers_by_is_there_before_it_is_known() -> None:
    bank = a_bank({Quantity.REACTIVE_POWER_IMPORT: 5})

    assert bank.read(*W_203, NOW) == bank.read(*W_213, NOW) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


@pytest.mark.parametrize("when_stale", WhenStale)
def test_after_a_restart_models_wait_for_the_currents_that_the_meter_is_known_to_send(when_stale: WhenStale) -> None:
    bank = a_bank(when_stale=when_stale)
    bank.state.restore(a_bank(ONE_PHASE).state.dump(), NOW)

    assert [bank.read(*header, NOW) for header in HEADERS] == [
        a_bank(ONE_PHASE).read(*header, NOW) for header in HEADERS
    ]
    assert bank.read(*INTEGERS, NOW) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    bank.state.apply(a_reading(POWER_ALONE), NOW)
    assert bank.read(*INTEGERS, NOW) == bank.read(*FLOATS, NOW) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    bank.state.apply(a_reading(ONE_PHASE), NOW)
    assert read(bank, 201)["AphA"] == -6


def test_a_meter_that_sends_nothing_but_its_power_is_read() -> None:
    found = read(a_bank(POWER_ALONE, {**POWER_ALONE, Quantity.ACTIVE_POWER_EXPORT: 0}), 203)

    assert (found["W"], found["A"], found["PhVphA"], found["WphA"]) == (500, None, None, None)


@pytest.mark.parametrize("when_stale", [WhenStale.EXCEPTION, WhenStale.ZERO])
def test_what_is_stale_is_refused_and_who_it_is_and_how_it_is_laid_out_are_not(when_stale: WhenStale) -> None:
    bank = a_bank(HOURLY_LIST, when_stale=when_stale)
    late = NOW + STALE_AFTER_S

    for span in (INTEGERS, FLOATS, W_203, W_213, (40116, 2), (40000, 125)):
        assert bank.read(*span, late) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert [bank.read(*header, late) for header in HEADERS] == [bank.read(*header, NOW) for header in HEADERS]
    assert isinstance(bank.read(40000, 70, late), bytes)
    assert bank.read(40092, 1, late) == b"\0\0"
    with pytest.raises(SunSpecModbusClientException):
        scanned(bank.own, late)


def test_with_hold_the_last_values_are_read() -> None:
    bank = a_bank(HOURLY_LIST, when_stale=WhenStale.HOLD)

    assert read(bank, 203, NOW + 3600)["W"] == 1234


@pytest.mark.parametrize("when_stale", [WhenStale.EXCEPTION, WhenStale.ZERO])
def test_a_power_without_its_currents_is_refused_with_them_and_energies_with_what_feeds_them(
    when_stale: WhenStale,
) -> None:
    bank, late = a_bank(HOURLY_LIST, when_stale=when_stale), NOW + STALE_AFTER_S
    powers = {key: value for key, value in FULL_LIST.items() if key.unit == "W"}
    bank.state.apply(a_reading(powers), late - 1)

    assert bank.read(*W_203, late) == (1234).to_bytes(2, "big")
    assert isinstance(bank.read(40116, 2, late), bytes)
    for span in (INTEGERS, FLOATS, (40073, 1), (40078, 1), (40089, 1)):
        assert bank.read(*span, late) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND


@pytest.mark.parametrize("when_stale", [WhenStale.EXCEPTION, WhenStale.ZERO])
def test_what_no_client_steers_by_is_absent_while_it_is_stale_and_takes_nothing_with_it(when_stale: WhenStale) -> None:
    bank, late = a_bank(HOURLY_LIST, when_stale=when_stale), NOW + STALE_AFTER_S
    bank.state.apply(a_reading({key: value for key, value in FULL_LIST.items() if key.unit != "var"}), late - 1)
    found = read(bank, 203, late)

    assert (found["W"], found["AphB"], found["VAR"], found["VA"], found["PF"]) == (1234, 16.09, None, None, None)


def test_who_scans_before_anything_came_finds_three_phases_and_reads_on_when_there_is_but_one() -> None:
    bank = a_bank()
    assert bank.read(40070, 1, NOW) == (203).to_bytes(2, "big")
    bank.state.apply(a_reading(ONE_PHASE), NOW)
    device = scanned(a_bank(HOURLY_LIST).own, NOW)
    device.face = bank.own
    (model,) = device.models[203]
    model.read()

    assert values(device, 203)["W"] == -2000


def test_other_bases_are_no_sunspec_and_40000_is_found_wherever_a_client_looks_first() -> None:
    bank = a_bank(HOURLY_LIST)

    assert bank.read(50000, 2, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS
    assert bank.read(0, 2, NOW) == (1234).to_bytes(4, "big")
    assert bank.read(40305, 1, NOW) == bank.read(39_999, 2, NOW) == ExceptionCode.ILLEGAL_DATA_ADDRESS
    device = Device(bank.own, NOW)
    device.base_addr_list = [50000, 0, 40000]
    device.scan()
    assert (device.base_addr, device.asked[:3]) == (40000, [(50000, 3), (0, 3), (40000, 3)])
    device.base_addr_list = [50000, 0]
    with pytest.raises(SunSpecModbusClientError):
        device.scan()


def test_a_client_may_read_across_models_and_all_is_of_one_moment() -> None:
    bank = a_bank(HOURLY_LIST)
    (block,) = (each for each in bank.own.blocks if each.name == "SunSpec")
    octets = bank.read(40060, 125, NOW)

    assert isinstance(block, Block)
    assert octets == bank.own.image(block, NOW)[120:370]


@pytest.mark.parametrize("micro", [10**46, -(10**46)])
def test_a_value_larger_than_any_that_can_be_shown_keeps_no_other_from_being_read(micro: int) -> None:
    told = a_reading(HOURLY_LIST)
    bank = a_bank()
    bank.state.apply(replace(told, values={**told.values, Quantity.VOLTAGE_L2: micro // 1000}), NOW)
    sign = micro // abs(micro)

    assert read(bank, 203)["PhVphB"] == sign * 3276.7
    assert read(bank, 213)["PhVphB"] == pytest.approx(sign * 3.4e38, rel=0.01)
    assert read(bank, 213)["W"] == 1234
