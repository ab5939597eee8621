"""M-Bus long frames (EN 13757-2, 5.3) that carry DLMS (EN 13757-1, 8.2), as Austrian and Polish meters push them.

    68 | L | L | 68 | C | A | CI | STSAP | DTSAP | information | checksum | 16

L counts the octets from C to the end of the information. The low four bits of CI number the parts of an APDU from 0,
and 0x10 marks its last one.

Sagemcom's T210-D fills frames with up to 260 octets and writes of their length what goes into one octet: 68 01 01 68
has 257. A length below that of the header cannot be meant; it is taken with 256 added, and held to the same checks.
"""

from __future__ import annotations

from typing import Final

from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause

START: Final = 0x68
MAX_FRAME: Final = 4 + 256 + 4 + 2

_STOP: Final = 0x16
_BEFORE: Final = 4
_AFTER: Final = 2
_HEADER: Final = 5  # C, A, CI, STSAP, DTSAP
_LAST_PART: Final = 0x10
_WRAP: Final = 256


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the start octet at `start` as a recogniser does (see `han2x.framing`)."""
    head = octets[start : start + _BEFORE]
    length = head[1] if len(head) > 1 else _HEADER
    if head != bytes((START, length, length, START))[: len(head)]:
        return NOTHING_HERE
    begin = start + _BEFORE
    end = begin + _meant(length) + _AFTER
    if len(octets) < end:
        return None
    if octets[end - 1] != _STOP or sum(octets[begin : end - _AFTER]) & 0xFF != octets[end - _AFTER]:
        detail = f"an M-Bus frame of {end - start} octets has a wrong checksum or end"
        return Refusal(ProblemCause.MBUS_CHECKSUM, detail, length=end - start)
    control = octets[begin + 2]
    if control & ~(_LAST_PART | 0x0F):
        detail = f"an M-Bus frame with control information 0x{control:02X}, which is not DLMS (0x00 to 0x1F)"
        return Refusal(ProblemCause.NOT_DLMS, detail, length=end - start)
    information = bytes(octets[begin + _HEADER : end - _AFTER])
    return Frame(start, end, information, Content.APDU, more=not control & _LAST_PART, part=control & 0x0F)


def cut_off(octets: bytearray, start: int) -> Refusal:
    """Why the octets from `start` on, for which `recognise` wanted more, are no frame once the line is silent."""
    available = len(octets) - start
    if available < _BEFORE:
        return NOTHING_HERE
    announced = _meant(octets[start + 1]) + _BEFORE + _AFTER
    detail = f"an M-Bus frame of {announced} octets was announced, but the line fell silent after {available}"
    return Refusal(ProblemCause.FRAME_CUT, detail, length=available)


def _meant(length: int) -> int:
    """The length that a length octet stands for."""
    return length if length >= _HEADER else length + _WRAP
