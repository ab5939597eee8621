"""HDLC frame format type 3 (IEC 62056-46, "Frame format type 3"), delimited by its length field.

    7E | format (2) | destination (1..4) | source (1..4) | control | HCS (2) | information | FCS (2) | 7E

Meters neither stuff octets nor avoid 7E and 7D inside a frame, so flags delimit nothing: a frame is what its length
field and both check sequences say. The closing flag is not waited for, since the check sequences prove the frame
without it, and it may be the next frame's opening flag.

Some USB adapters treat the line as text and put a 0D in front of every 0A. A frame that only verifies without those is
taken as if they had not come; the frame check sequence proves it as it proves any other.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.framing.crc import x25_holds
from han2x.model import ProblemCause

FLAG: Final = 0x7E
MAX_FRAME: Final = 2 * 2047 + 1
"""Longest frame: the opening flag, and an 11-bit length of octets that a text adapter could all have doubled."""

LLC: Final = bytes.fromhex("E6E700")
"""The LLC header that the first frame of a telegram has in front of its APDU."""

_FORMAT: Final = 0xA0
_SEGMENTED: Final = 0x08
_CHECK_OCTETS: Final = 2

_EVEN: Final = b"[" + b"".join(re.escape(bytes((octet,))) for octet in range(0, 256, 2)) + b"]"
_ADDRESS: Final = _EVEN + b"{0,3}[^" + _EVEN[1:]  # its last octet is the first odd one
_HEADER: Final = re.compile(rb"\x7E[\xA0-\xAF]." + _ADDRESS * 2 + b"...", re.DOTALL)  # with control and HCS
_LONGEST_HEADER: Final = 1 + 2 + 4 + 4 + 1 + 2
_ANY_REST: Final = b"\xa1" * _LONGEST_HEADER  # fits every place of a header

_BAD_HEADER: Final = Refusal(ProblemCause.HCS, "what looks like a header has a wrong header check sequence (HCS)")
_CUT_HEADER: Final = Refusal(ProblemCause.HEADER_CUT, "the line fell silent inside a header")


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the flag at `start` as a recogniser does (see `han2x.framing`)."""
    if len(octets) > start + 1 and octets[start + 1] & 0xF0 != _FORMAT:  # what follows most closing flags
        return NOTHING_HERE
    header = _HEADER.match(octets, start)
    if header is None:
        if len(octets) == start + 1:
            return None
        begun = octets[start : start + _LONGEST_HEADER] + _ANY_REST
        return None if _HEADER.match(begun) else NOTHING_HERE
    information = header.end()
    if not x25_holds(octets[start + 1 : information]):
        return _BAD_HEADER
    return _frame(octets, start, information)


def cut_off(octets: bytearray, start: int) -> Refusal:
    """Why the octets from `start` on, for which `recognise` wanted more, are no frame once the line is silent."""
    available = len(octets) - start
    if available < 2:
        return NOTHING_HERE
    if not _HEADER.match(octets, start):
        return _CUT_HEADER
    length = _length(octets, start)
    if available > length:
        return _bad_frame(length)
    detail = f"a frame of {length + 2} octets was announced, but the line fell silent after {available}"
    return Refusal(ProblemCause.FRAME_CUT, detail, length=available)


def _frame(octets: bytearray, start: int, information: int) -> Frame | Refusal | None:
    length = _length(octets, start)
    begin = start + 1
    end = begin + length
    if end == information:  # without information there is one check sequence only
        return Frame(start, end, b"", more=_segmented(octets, start))
    if end < information + _CHECK_OCTETS:
        detail = f"the header announces {length} octets, fewer than it has itself"
        return Refusal(ProblemCause.SHORT_LENGTH, detail, length=1)
    if len(octets) < end:
        return None
    body = bytes(octets[begin:end])
    if not x25_holds(body):
        end = _end_in_text_mode(octets, begin, length)
        if len(octets) < end:
            return None
        body = bytes(octets[begin:end]).replace(b"\r\n", b"\n")
        if end == begin + length or not x25_holds(body):
            return _bad_frame(length)
    content = body[information - begin : -_CHECK_OCTETS]
    part = 0 if content.startswith(LLC) else None
    return Frame(start, end, content, Content.LLC, _segmented(octets, start), part)


def _end_in_text_mode(octets: bytearray, begin: int, length: int) -> int:
    """Where these octets end when every 0D 0A among them stands for one 0A."""
    end = begin
    stretched = begin + length
    while stretched != end:
        end = stretched
        stretched = begin + length + octets.count(b"\r\n", begin, end)
    return end


def _bad_frame(length: int) -> Refusal:
    detail = f"a frame of {length + 2} octets has a wrong frame check sequence (FCS)"
    return Refusal(ProblemCause.FCS, detail, length=length + 2)


def _length(octets: bytearray, start: int) -> int:
    return (octets[start + 1] & 0x07) << 8 | octets[start + 2]


def _segmented(octets: bytearray, start: int) -> bool:
    return bool(octets[start + 1] & _SEGMENTED)
