"""P1 telegrams of other countries: as they are on the line, and through a gateway to its registers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.diagnosis import Code
from han2x.gateway.meter import Meter
from han2x.model import Quantity
from han2x.simulator import Encryption, SimulatedMeter
from tests.simulator.wire import NOON, crc16, moment_at

KEYS = Encryption(bytes(range(16)), bytes(range(100, 116)))
KINDS = {
    "p1-nl-dsmr2": "9600 7E1",
    "p1-nl-dsmr4": "115200 8N1",
    "p1-nl-dsmr5": "115200 8N1",
    "p1-be": "115200 8N1",
    "p1-lu": "115200 8N1",
    "p1-pl": "115200 8N1",
    "p1-nes": "115200 8E1",
}
ENCRYPTED = ("p1-lu", "p1-pl")


def telegram_of(kind: str, encryption: Encryption | None = None) -> bytes:
    return next(SimulatedMeter(kind, start=NOON, encryption=encryption).frames_between(0, 20))[1]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (
            "p1-nl-dsmr2",
            rb"1-0:1\.8\.1\(\d{5}\.\d{3}\*kWh\).*1-0:1\.7\.0\(\d{4}\.\d\d\*kW\).*\r\n\(13368\.864\)\r\n!\r\n\Z",
        ),
        ("p1-nl-dsmr4", rb"1-3:0\.2\.8\(42\).*1-0:2\.8\.2\(\d{6}\.\d{3}\*kWh\).*1-0:31\.7\.0\(\d{3}\*A\)"),
        ("p1-nl-dsmr5", rb"1-3:0\.2\.8\(50\).*1-0:32\.7\.0\(\d{3}\.\d\*V\).*m3\)\r\n![0-9A-F]{4}\r\n\Z"),
        ("p1-be", rb"/FLU5.*1-0:1\.4\.0.*1-0:31\.7\.0\(\d{3}\.\d\d\*A\)"),
        ("p1-lu", rb"/Lux5.*1-0:4\.8\.0\(\d{6}\.\d{3}\*kvarh\).*1-0:3\.7\.0\(\d\d\.\d{3}\*kvar\)"),
        ("p1-nes", rb"0-0:1\.0\.0\(20\d{6} \d\d:\d\d:\d\d\).*kVArh\)"),
    ],
)
def test_a_telegram_looks_like_the_real_one(kind: str, pattern: bytes) -> None:
    assert re.search(pattern, telegram_of(kind), re.DOTALL)


def test_a_polish_telegram_has_its_length_and_checksum_around_the_encrypted_lines() -> None:
    telegram = telegram_of("p1-pl", KEYS)
    head, mark = telegram.index(b"\r\n\r\n") + 4, len(telegram) - 7

    assert telegram[head : head + 2] == b"\x00\x82"
    assert telegram[head + 4 : head + 9] == b"\x30\0\0\0\0"
    assert mark - head - 4 == int.from_bytes(telegram[head + 2 : head + 4], "big")
    crc = crc16(telegram[: mark + 1], 0x8408, 0xFFFF) ^ 0xFFFF
    assert telegram[mark:] == b"!%04X\r\n" % (crc >> 8 | (crc & 0xFF) << 8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_reaches_the_registers_of_a_gateway(kind: str) -> None:
    encryption = KEYS if kind in ENCRYPTED else None
    simulated = SimulatedMeter(kind, start=NOON, encryption=encryption)
    now = 1_700_000_000.0
    config = MeterConfig(
        port="/dev/ttyUSB0",
        serial_settings=KINDS[kind],
        encryption_key=encryption.encryption_key if encryption else None,
        authentication_key=encryption.authentication_key if encryption else None,
    )
    meter = Meter(config, lambda: now)
    second = 0.0
    for second, octets in simulated.frames_between(0, 40):
        now = 1_700_000_000.0 + second
        meter.feed(octets)

    moment = moment_at(simulated, int(second))
    image = meter.read(0, 42)
    assert isinstance(image, bytes)
    watts = int.from_bytes(image[0:4], "big") - int.from_bytes(image[4:8], "big")
    kwh = int.from_bytes(image[40:44], "big")
    assert abs(watts - moment.active_mw / 1000) <= (10 if kind == "p1-nl-dsmr2" else 1)
    assert kwh == moment.registers.active_import // 3_600_000_000
    values = meter.state.snapshot(now).values
    energy = values[Quantity.ACTIVE_ENERGY_IMPORT].milli // 1000
    assert abs(energy - moment.registers.active_import // 3_600_000) <= 1
    code = meter.line.diagnosis(now).code
    assert code is (Code.UNCHECKED if kind == "p1-nl-dsmr2" else Code.RECEIVING)
    if kind != "p1-nl-dsmr2":
        words = [int.from_bytes(image[place : place + 2], "big") for place in range(72, 84, 2)]
        clock = NOON + timedelta(seconds=second)
        assert words == [clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second]


@pytest.mark.parametrize("kind", ENCRYPTED)
def test_an_encrypted_kind_without_a_key_asks_for_one(kind: str) -> None:
    meter = Meter(MeterConfig(port="/dev/ttyUSB0", serial_settings=KINDS[kind]), lambda: 1_700_000_000.0)
    meter.feed(telegram_of(kind, KEYS))

    diagnosis = meter.line.diagnosis(1_700_000_000.0)
    assert diagnosis.code is Code.NO_KEY
    assert ("SAG 150994945" in diagnosis.what) == (kind == "p1-lu")
