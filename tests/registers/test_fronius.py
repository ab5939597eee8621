"""What a Fronius inverter finds where it looks for its Smart Meter IP."""

from __future__ import annotations

import pytest

from han2x.registers import fronius
from han2x.registers.bank import ExceptionCode, Face, RegisterBank, Rules, WhenStale
from han2x.state import STALE_AFTER_S, MeterState
from tests.readings import HOURLY_LIST, NOW, a_reading
from tests.registers.sunspec_reader import scanned, values


def a_face(when_stale: WhenStale = WhenStale.EXCEPTION, meter_id: str | None = "5700000000000001") -> Face:
    bank = RegisterBank(MeterState(), rules=Rules(when_stale))
    bank.state.apply(a_reading(HOURLY_LIST, meter_id=meter_id), NOW)
    return Face(bank, fronius.blocks("0A1B2C3D4E5F-1", unit=240))


def test_the_float_model_follows_a_model_1_of_65_registers() -> None:
    device = scanned(a_face(), NOW)

    assert [(model.model_id, model.model_addr, model.model_len) for model in device.model_list] == [
        (1, 40002, 65),
        (213, 40069, 124),
    ]
    who = values(device, 1)
    assert (who["Mn"], who["Md"], who["SN"], who["DA"]) == ("Fronius", "Smart Meter IP", "5700000000000001", 240)
    found = values(device, 213)
    assert (found["W"], found["TotWhImp"], found["TotWhExp"]) == (1234, 155_232_512, 15)
    assert sum(found[f"Wph{phase}"] for phase in "ABC") == pytest.approx(1234)


def test_a_meter_that_does_not_tell_its_number_has_the_serial_number_it_is_given() -> None:
    assert values(scanned(a_face(meter_id=None), NOW), 1)["SN"] == "0A1B2C3D4E5F-1"


@pytest.mark.parametrize("when_stale", [WhenStale.EXCEPTION, WhenStale.ZERO])
def test_what_is_stale_is_refused_and_who_it_is_is_not(when_stale: WhenStale) -> None:
    face, late = a_face(when_stale), NOW + STALE_AFTER_S

    assert isinstance(face.read(40000, 71, late), bytes)
    assert face.read(40071, 124, late) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
    assert face.read(40195, 2, late) == b"\xff\xff\0\0"
    assert face.read(0, 2, late) == face.read(40197, 1, late) == ExceptionCode.ILLEGAL_DATA_ADDRESS
