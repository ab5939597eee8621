"""Where the whole frames and telegrams lie in a stream of octets, and their check sequences made again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tests.frames import LLC, crc, crc_x25

_P1 = re.compile(rb"/[^/!]*!([0-9A-F]{4})")


class Line(Enum):
    """What frames a telegram."""

    HDLC = "HDLC"
    MBUS = "M-Bus"
    P1 = "P1"
    BARE = "none"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose check sequence is right: its octets `begin` to `end`, its content `first` to `last`."""

    line: Line
    begin: int
    end: int
    first: int
    last: int


def frames_in(octets: bytes) -> list[Frame]:
    """Every whole frame, in order; what is damaged, and noise, is passed over."""
    return list(_frames(octets))


def _frames(octets: bytes) -> Iterator[Frame]:
    begin = 0
    while begin < len(octets):
        frame = _hdlc(octets, begin) or _mbus(octets, begin) or _p1(octets, begin) or _bare(octets, begin)
        if frame is None:
            begin += 1
            continue
        yield frame
        begin = frame.end


def _hdlc(octets: bytes, begin: int) -> Frame | None:
    if octets[begin] != 0x7E or begin + 10 > len(octets) or octets[begin + 1] >> 4 != 0xA:
        return None
    closing = begin + 1 + int.from_bytes(octets[begin + 1 : begin + 3], "big") % 0x800
    if (
        octets[closing : closing + 1] != b"\x7e"
        or crc_x25(octets[begin + 1 : closing - 2]) != octets[closing - 2 : closing]
    ):
        return None
    control = begin + 3
    for _ in ("destination", "source"):
        while not octets[control] & 1:
            control += 1
        control += 1
    first = control + 3
    if octets[first : first + 3] == LLC:
        first += 3
    return Frame(Line.HDLC, begin, closing + 1, first, max(first, closing - 2))


def _mbus(octets: bytes, begin: int) -> Frame | None:
    if octets[begin] != 0x68 or octets[begin + 3 : begin + 4] != b"\x68":
        return None
    size = octets[begin + 1]
    size += 256 * (size < 5)  # shorter than its header: the length octet has wrapped
    content, end = octets[begin + 4 : begin + 4 + size], begin + size + 6
    if octets[begin + 2] != size & 0xFF or octets[end - 2 : end] != bytes((sum(content) & 0xFF, 0x16)):
        return None
    return Frame(Line.MBUS, begin, end, begin + 9, end - 2)


def _p1(octets: bytes, begin: int) -> Frame | None:
    found = _P1.match(octets, begin)
    if found is None or int(found[1], 16) != crc(octets[begin : found.start(1)], 0xA001):
        return None
    return Frame(Line.P1, begin, found.end(), begin, found.start(1))


def _bare(octets: bytes, begin: int) -> Frame | None:
    """An APDU without a frame: a ciphered one that fills all that is left, or a data-notification that is all."""
    if begin == 0 and octets[:1] == b"\x0f":
        return Frame(Line.BARE, 0, len(octets), 0, len(octets))
    if octets[begin : begin + 2] != b"\xdb\x08" or octets[begin + 10 : begin + 11] != b"\x82":
        return None
    end = begin + 13 + int.from_bytes(octets[begin + 11 : begin + 13], "big")
    return Frame(Line.BARE, begin, end, begin, end) if end == len(octets) else None


def renew(octets: bytearray, frame: Frame) -> None:
    """Make the check sequence of a frame again, after its content was changed."""
    match frame.line:
        case Line.HDLC:
            octets[frame.end - 3 : frame.end - 1] = crc_x25(bytes(octets[frame.begin + 1 : frame.end - 3]))
        case Line.MBUS:
            octets[frame.end - 2] = sum(octets[frame.begin + 4 : frame.end - 2]) & 0xFF
        case Line.P1:
            octets[frame.last : frame.end] = f"{crc(bytes(octets[frame.begin : frame.last]), 0xA001):04X}".encode()
        case Line.BARE:
            pass
