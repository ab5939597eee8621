"""Meters of every way of building a list, from what they send to what a Modbus client reads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import ProblemKind
from han2x.registers import COUNT
from han2x.simulator import Encryption, SimulatedMeter
from han2x.simulator.household import MWS_PER_WH, Moment
from tests.codecs import sealing

START: Final = datetime.fromisoformat("2026-07-04T11:58:53")
SECONDS: Final = 130
KINDS: Final = {  # and what of the registers their lists fill
    "e450": "powers reactive phases energies reactive-energies clock",
    "e360": "powers reactive phases energies reactive-energies clock",
    "am550": "powers reactive phases energies reactive-energies clock",
    "am550-si": "powers reactive phases energies reactive-energies clock",
    "am550-at": "powers energies reactive-energies clock",
    "ie5": "powers phases energies reactive-energies clock",
    "t210-d": "powers reactive phases energies reactive-energies clock",
    "xt211": "powers energies",
}
ENCRYPTING: Final = ("e450", "e360", "am550", "am550-at", "t210-d")
WHOLE_VOLTS: Final = ("e450",)


def run(kind: str, encryption: Encryption | None = None) -> tuple[Meter, dict[int, Moment], float]:
    """The gateway after two minutes of this meter, what the household did, and when the last telegram was sent."""
    now = 0.0
    keys = (encryption.encryption_key, encryption.authentication_key) if encryption else (None, None)
    meter = Meter(
        MeterConfig(encryption_key=keys[0], authentication_key=keys[1], serial_settings="9600 8N1"), lambda: now
    )
    simulated = SimulatedMeter(kind, start=START, encryption=encryption)
    for second, octets in simulated.frames_between(0, SECONDS):
        now = second
        meter.feed(octets)
        now = second + 0.4
        if kind == "xt211":  # nothing but the pause after it ends its telegram
            meter.silence()
    moments = {moment.second: moment for moment, _ in zip(simulated.household.moments(), range(SECONDS), strict=False)}
    return meter, moments, second


def words(meter: Meter) -> dict[int, int]:
    """The 32-bit registers by their numbers, and those of 16 bits from 40037 on."""
    octets = meter.read(0, COUNT)
    assert isinstance(octets, bytes), octets
    halves = [int.from_bytes(octets[place : place + 2], "big") for place in range(0, len(octets), 2)]
    pairs = {40001 + place: halves[place] << 16 | halves[place + 1] for place in range(0, 36, 2)}
    return pairs | {40001 + place: halves[place] for place in range(36, 42)}


def directed(milli: int) -> tuple[int, int]:
    whole = (abs(milli) + 500) // 1000 if milli > 0 else -((milli + 500) // 1000)
    return (whole, 0) if milli > 0 else (0, whole)


def assert_registers(kind: str, meter: Meter, moment: Moment, registers: tuple[int, ...]) -> None:
    read, has = words(meter), KINDS[kind].split()
    volt = 10 if kind in WHOLE_VOLTS else 1
    expected = dict(zip((40001, 40003), directed(moment.active_mw), strict=True))
    reactive = directed(moment.reactive_mvar) if "reactive" in has else (0, 0)
    expected |= dict(zip((40005, 40007), reactive, strict=True))
    for place in range(3):
        sent = "phases" in has
        expected[40009 + 2 * place] = round(moment.currents_ma[place] / 10) * 10 if sent else 0
        expected[40015 + 2 * place] = round(moment.voltages_mv[place] / 100 / volt) * volt if sent else 0
    for place, register in enumerate(registers):
        sent = ("energies" if place < 2 else "reactive-energies") in has
        expected[40021 + 2 * place] = register // MWS_PER_WH // 1000 if sent else 0
    if "clock" in has:
        expected |= {40037: 2026, 40038: 7, 40039: 4}

    assert {number: read[number] for number in expected} == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_meter_of_this_kind_is_read_from_its_line_to_the_registers(kind: str) -> None:
    meter, moments, second = run(kind)

    energies_at = 67 if kind == "am550-si" else int(second)  # 12:00:00, as each quarter of an hour
    assert_registers(kind, meter, moments[int(second)], moments[energies_at].registers.totals)
    waited_for = {ProblemKind.P1_CHECKSUM: 1} if kind == "xt211" else {}  # the first without a checksum does not count
    assert meter.state.snapshot(meter.clock()).problems == waited_for


@pytest.mark.parametrize("kind", ENCRYPTING)
def test_a_meter_of_this_kind_that_encrypts_is_read_from_its_line_to_the_registers(kind: str) -> None:
    meter, moments, second = run(kind, Encryption(sealing.KEY, sealing.AUTHENTICATION_KEY))

    assert_registers(kind, meter, moments[int(second)], moments[int(second)].registers.totals)
    assert not meter.state.snapshot(meter.clock()).problems
