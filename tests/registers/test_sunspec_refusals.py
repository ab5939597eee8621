"""What a SunSpec client is refused, and what it is told to be absent, while values are not known or not current."""

from __future__ import annotations

import pytest
from sunspec2.modbus.client import SunSpecModbusClientException

from han2x.model import Quantity
from han2x.registers.bank import ExceptionCode, WhenStale
from han2x.registers.sunspec_points import MISSING_SENSOR
from han2x.state import STALE_AFTER_S
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading
from tests.registers.sunspec_reader import (
    FLOATS,
    HEADERS,
    INTEGERS,
    ONE_PHASE,
    POWER_ALONE,
    W_203,
    W_213,
    a_bank,
    read,
    scanned,
)


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
