"""A line whose settings nobody knows, bit by bit as a port makes of it what it can, until its meter is understood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.diagnosis import Code
from han2x.gateway.line_search import SerialSettings
from han2x.gateway.line_status import LineState, LineStatus
from han2x.gateway.meter import Meter
from han2x.simulator import SimulatedMeter
from han2x.simulator.uart import heard, levels

NOON = datetime.fromisoformat("2026-03-04T11:59:53")
TICK_S, SILENCE_S = 0.7, 1.0
CHUNKS = 10


def as_heard(octets: bytes, spoken: SerialSettings, reader: SerialSettings, *, inverted: bool = False) -> bytes:
    """What a port set to `reader` delivers of what was spoken; seven bits with parity are eight bits to the line."""
    if spoken.data_bits == 7:
        octets = bytes(octet | (octet.bit_count() & 1) << 7 for octet in octets)
    line = levels(octets, even_parity=(spoken.data_bits, spoken.parity) == (8, "E"))
    if inverted:
        line = [1 - level for level in line]
    bit_time = spoken.baudrate / reader.baudrate
    came = heard(line, bit_time=bit_time, even_parity=(reader.data_bits, reader.parity) == (8, "E"))
    return bytes(octet & 0x7F for octet in came) if reader.data_bits == 7 else came


class Gateway:
    """A gateway that finds out the settings of a simulated meter's line, on the meter's own time."""

    def __init__(self, kind: str, spoken: str, *, inverted: bool = False) -> None:
        self.now = 1_700_000_000.0
        self.telegrams = 0
        self.meter = Meter(MeterConfig(port="/dev/ttyUSB0"), lambda: self.now)
        self._spoken = SerialSettings.parse(spoken)
        self._inverted = inverted
        self._stream = SimulatedMeter(kind, start=NOON).telegrams()
        self._begun = self.now + 1.0
        self._ended = self.now
        self.meter.line.on_settings = lambda _settings: self._open()
        self._open()

    @property
    def settings(self) -> str:
        return str(self.meter.line.settings)

    def _open(self) -> None:
        self.meter.line_changed(LineStatus(LineState.OPEN, "/dev/ttyUSB0"))

    def hear(self, *, noise: bytes | None = None, ticks_at: float | None = None) -> None:
        """Read the next telegram, or noise in its place; and before it the silence, if there was one.

        There is one tick in that silence, or with `ticks_at` one in each second, so long after it has begun.
        """
        second, octets = next(self._stream)
        begin = self._begun + second
        ticks = (
            [self._ended + TICK_S]
            if ticks_at is None
            else [at + ticks_at for at in range(int(self._ended), int(begin))]
        )
        happens: list[tuple[float, Callable[[], object]]] = [(at, self.meter.tick) for at in ticks]
        happens.append((self._ended + SILENCE_S, self.meter.silence))
        for at, what in sorted(happens, key=lambda each: each[0]):
            if self._ended < at <= begin:
                self.now = at
                what()
        self.telegrams += 1
        came = as_heard(octets, self._spoken, self.meter.line.settings, inverted=self._inverted)
        came = came if noise is None else noise
        lasts = 10 * len(octets) / self._spoken.baudrate
        size = len(came) // CHUNKS + 1
        for chunk in range(CHUNKS):
            self.now = begin + max(0.01, lasts * (chunk + 1) / CHUNKS)
            self.meter.feed(came[chunk * size : (chunk + 1) * size])
        self._ended = self.now

    def find(self) -> int:
        """Read until the meter is understood; how many telegrams that took."""
        while self.meter.line.found_settings is None and self.telegrams < 100:
            self.hear()
        return self.telegrams


@pytest.mark.parametrize("kind", ["kamstrup-p1", "p1-nl-dsmr4", "p1-nl-dsmr5", "p1-be", "p1-lu"])
def test_p1_is_understood_with_its_second_telegram(kind: str) -> None:
    gateway = Gateway(kind, "115200 8N1")

    assert gateway.find() == 2
    assert gateway.settings == "115200 8N1"


@pytest.mark.parametrize(
    ("kind", "spoken", "telegrams"),
    [
        ("p1-nes", "115200 8E1", 3),
        ("p1-nl-dsmr4", "115200 7E1", 3),
        ("p1-nl-dsmr2", "9600 7E1", 10),
        ("kamstrup", "2400 8N1", 1),
        ("kaifa", "2400 8E1", 10),
        ("kamstrup", "38400 8N1", 10),
        ("xt211", "9600 8N1", 8),
    ],
)
def test_other_settings_are_found_soon(kind: str, spoken: str, telegrams: int) -> None:
    gateway = Gateway(kind, spoken)

    assert gateway.find() <= telegrams
    assert gateway.settings == spoken


@pytest.mark.parametrize("spoken", ["2400 8E1", "115200 8E1", "9600 8N1", "9600 8E1", "38400 8N1"])
@pytest.mark.parametrize("tick_at", [0.05, 0.55, 0.95])
def test_a_meter_that_sends_every_minute_is_found_by_its_tenth_telegram(spoken: str, tick_at: float) -> None:
    gateway = Gateway("xt211", spoken)
    while gateway.meter.line.found_settings is None and gateway.telegrams < 10:
        gateway.hear(ticks_at=tick_at)

    assert gateway.meter.line.found_settings == spoken


def test_a_line_that_was_found_is_not_lost_to_a_burst_of_noise() -> None:
    gateway = Gateway("p1-nl-dsmr5", "115200 8N1")
    gateway.find()
    for count in range(100):
        gateway.hear(noise=bytes((count, 0x55, 0xFF, 0x00)) * 20)

    assert gateway.settings == "115200 8N1"
    gateway.hear()
    assert gateway.meter.line.diagnosis(gateway.now).code is Code.RECEIVING


def test_after_minutes_of_noise_the_meter_is_understood_again_within_a_few_telegrams() -> None:
    gateway = Gateway("p1-nl-dsmr4", "115200 8N1")
    gateway.find()
    for count in range(40):
        gateway.hear(noise=bytes((count, 0x55, 0xFF, 0x00)) * 20)
    readings = gateway.meter.state.readings
    for _ in range(4):
        gateway.hear()

    assert gateway.meter.state.readings > readings
    assert gateway.settings == "115200 8N1"


def test_a_line_without_its_inverter_is_said_to_be_inverted() -> None:
    gateway = Gateway("p1-nl-dsmr4", "115200 8N1", inverted=True)
    codes = set()
    for _ in range(12):
        gateway.hear()
        codes.add(gateway.meter.line.diagnosis(gateway.now).code)

    assert Code.INVERTED in codes
    assert not gateway.meter.state.readings
