"""A second reading of what the simulator sends, slow and plain, which shares nothing with it nor with the decoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from han2x.simulator import SimulatedMeter
from han2x.simulator.household import Moment
from han2x.simulator.pushes import Maker

NOON = datetime.fromisoformat("2026-03-04T11:59:53")  # the first list comes 7 s later, the hourly one soon after


def crc16(octets: bytes, polynomial: int, start: int) -> int:
    crc = start
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
    return crc


def x25(octets: bytes) -> bytes:
    return (crc16(octets, 0x8408, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")


def apdu_of(frame: bytes) -> bytes:
    """The APDU of a good frame; fails on anything that is not one."""
    assert frame[0] == frame[-1] == 0x7E
    assert int.from_bytes(frame[1:3], "big") == 0xA000 | len(frame) - 2
    header_end = 6 if frame[3:5] in (b"\x2b\x21", b"\x41\x03") else 7  # Aidon and Kaifa have a source of two octets
    assert frame[header_end : header_end + 2] == x25(frame[1:header_end])
    assert frame[-3:-1] == x25(frame[1:-3])
    assert frame[header_end + 2 : header_end + 5] == bytes.fromhex("e6e700")
    return frame[header_end + 5 : -3]


@dataclass
class Tagged:
    """One A-XDR value: its tag, and what it holds."""

    tag: int
    value: int | bytes | list[Tagged] | None


def body_of(apdu: bytes) -> tuple[bytes, Tagged]:
    """The octets of the date-time field and the body of a data-notification that is read to its last octet."""
    assert apdu[0] == 0x0F
    length = {0x00: 1, 0x0C: 13, 0x09: 14}[apdu[5]]
    octets = iter(apdu[5 + length :])
    body = value(octets)
    assert next(octets, None) is None
    return apdu[5 : 5 + length], body


def value(octets: Iterator[int]) -> Tagged:
    tag = next(octets)
    if tag == 0x00:
        return Tagged(tag, None)
    if tag in (0x01, 0x02):
        return Tagged(tag, [value(octets) for _ in range(next(octets))])
    if tag in (0x09, 0x0A):
        return Tagged(tag, take(octets, next(octets)))
    width, signed = {6: (4, False), 0x0F: (1, True), 0x10: (2, True), 0x12: (2, False), 0x16: (1, False)}[tag]
    return Tagged(tag, int.from_bytes(take(octets, width), "big", signed=signed))


def take(octets: Iterator[int], count: int) -> bytes:
    return bytes(next(octets) for _ in range(count))


def elements(tagged: Tagged) -> list[Tagged]:
    assert isinstance(tagged.value, list)
    return tagged.value


def obis(octets: object) -> str:
    assert isinstance(octets, bytes)
    assert len(octets) == 6
    return ".".join(str(octet) for octet in octets)


def number(tagged: Tagged) -> int:
    assert isinstance(tagged.value, int)
    return tagged.value


def clock(octets: object) -> str:
    """The date and time of twelve octets, and in brackets weekday, deviation and status."""
    assert isinstance(octets, bytes)
    assert len(octets) == 12
    when = datetime(  # noqa: DTZ001 - a meter's wall clock
        int.from_bytes(octets[:2], "big"), octets[2], octets[3], octets[5], octets[6], octets[7]
    )
    assert octets[8] == 0xFF
    return f"{when.isoformat()} [{octets[4]} {octets[9:11].hex()} {octets[11]:02x}]"


def telegrams(meter: SimulatedMeter, seconds: float) -> list[tuple[float, bytes]]:
    return list(meter.frames_between(0, seconds))


def by_length(kind: str | Maker, seconds: float = 30, start: datetime = NOON) -> dict[int, bytes]:
    """One telegram of every length that comes in the first seconds of a meter."""
    return {len(octets): octets for _, octets in telegrams(SimulatedMeter(kind, start=start), seconds)}


def moment_at(meter: SimulatedMeter, second: int) -> Moment:
    return next(moment for moment in meter.household.moments() if moment.second == second)
