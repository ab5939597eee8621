"""HDLC frame format type 3 (IEC 62056-46, "Frame format type 3"), delimited by its length field.

    7E | format (2) | destination (1..4) | source (1..4) | control | HCS (2) | information | FCS (2) | 7E

Meters neither stuff octets nor avoid 7E and 7D inside a frame, so flags delimit nothing: a frame is what its length
field and both check sequences say. The closing flag is not waited for, since the check sequences prove the frame
without it, and it may be the next frame's opening flag.
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final

from han2x.framing.base import Frame, Refusal
from han2x.model import ProblemKind

FLAG: Final = 0x7E
MAX_FRAME: Final = 2047 + 1
"""Longest frame: an 11-bit length, and the opening flag."""

_FORMAT_TYPE: Final = 0xA0
_SEGMENTED: Final = 0x08
_ADDRESS_OCTETS: Final = 4
_HEADER_OCTETS: Final = 2 + 1 + 1 + 1  # shortest: format, two addresses, control
_CHECK_OCTETS: Final = 2

_MIRROR: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_GOOD_RESIDUE: Final = 0x1D0F

_NOT_A_HEADER: Final = Refusal()
_BAD_HEADER: Final = Refusal(ProblemKind.CHECKSUM, "what looks like a header has a wrong header check sequence (HCS)")
_CUT_HEADER: Final = Refusal(ProblemKind.LENGTH, "the line fell silent inside a header")


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the flag at `start` as a recogniser does (see `han2x.framing`)."""
    available = len(octets) - start
    if available < 2:
        return None
    if octets[start + 1] & 0xF0 != _FORMAT_TYPE:
        return _NOT_A_HEADER
    control = _control_octet(octets, start)
    if control is None:
        return None
    if control < 0:
        return _NOT_A_HEADER
    information = control + 1 + _CHECK_OCTETS
    if len(octets) < information:
        return None
    if not check_sequence_holds(octets, start + 1, information):
        return _BAD_HEADER
    return _frame(octets, start, information)


def cut_off(octets: bytearray, start: int) -> Refusal:
    """Why the octets from `start` on, for which `recognise` wanted more, are no frame once the line is silent."""
    available = len(octets) - start
    control = _control_octet(octets, start) if available > 1 else None
    if available < 2:
        return _NOT_A_HEADER
    if control is None or len(octets) < control + 1 + _CHECK_OCTETS:
        return _CUT_HEADER
    announced = _length(octets, start) + 2
    detail = f"a frame of {announced} octets was announced, but the line fell silent after {available}"
    return Refusal(ProblemKind.LENGTH, detail, length=available)


def check_sequence_holds(octets: bytearray, begin: int, end: int) -> bool:
    """Whether the last two of these octets are the CRC-16/X-25 of those before them, low octet first.

    The register of X-25 runs from the low bit up. Mirrored octets let the standard library's CRC, which runs from the
    high bit down with the same polynomial, do the work.
    """
    return crc_hqx(octets[begin:end].translate(_MIRROR), 0xFFFF) == _GOOD_RESIDUE


def _frame(octets: bytearray, start: int, information: int) -> Frame | Refusal | None:
    length = _length(octets, start)
    end = start + 1 + length
    segmented = bool(octets[start + 1] & _SEGMENTED)
    if end == information:  # without information there is one check sequence only
        return Frame(start, end, b"", segmented)
    if end < information + _CHECK_OCTETS:
        return Refusal(ProblemKind.LENGTH, f"the header announces {length} octets, fewer than it has itself", length=1)
    if len(octets) < end:
        return None
    if not check_sequence_holds(octets, start + 1, end):
        detail = f"a frame of {length + 2} octets has a wrong frame check sequence (FCS)"
        return Refusal(ProblemKind.CHECKSUM, detail, length=length + 2)
    return Frame(start, end, bytes(octets[information : end - _CHECK_OCTETS]), segmented)


def _length(octets: bytearray, start: int) -> int:
    return (octets[start + 1] & 0x07) << 8 | octets[start + 2]


def _control_octet(octets: bytearray, start: int) -> int | None:
    """Place of the control octet: after two addresses, each ended by an octet with its low bit set.

    None when it has not come yet, -1 when the octets cannot be two addresses.
    """
    place = start + 3
    for _ in range(2):
        for _ in range(_ADDRESS_OCTETS):
            if place >= len(octets):
                return None
            place += 1
            if octets[place - 1] & 1:
                break
        else:
            return -1
    return place
