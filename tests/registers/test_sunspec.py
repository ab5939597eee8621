"""What a SunSpec client finds at 40000: pysunspec2 reads it, after SunSpec's own definitions of the models."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from sunspec2.device import get_model_def
from sunspec2.modbus.client import SunSpecModbusClientError

import han2x
from han2x.model import Quantity
from han2x.registers import sunspec
from han2x.registers.bank import ExceptionCode, Rules
from han2x.registers.sunspec_points import GROUPS
from han2x.registers.table import Block
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading
from tests.registers.sunspec_reader import (
    EXPORT,
    ONE_PHASE,
    Device,
    a_bank,
    read,
    scanned,
    values,
)


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
