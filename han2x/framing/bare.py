"""A data-notification without a frame, as Sagemcom's XT211 sends it on RS-485 (see `han2x.codecs.untagged`).

Nothing in it is a check sequence and no length is announced. So it has to fill all that comes between two silences, and
only a list that names each of its values is taken. In a file that does not tell where the line was silent another one
may begin where it ends.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.codecs.errors import ApduError, CutShortError
from han2x.codecs.untagged import decode_untagged
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause

TAG: Final = 0x0F
MAX_FRAME: Final = 2048

_HEADER: Final = re.compile(rb"\x0F.{4}(?:\x00|\x09?\x0C.{12})(?=\x02)", re.DOTALL)
_LONGEST_HEADER: Final = 1 + 4 + 2 + 12


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the tag at `start` as a recogniser does (see `han2x.framing`)."""
    end = _end(octets, start)
    return None if end is None or end == len(octets) else NOTHING_HERE


def recognise_in_file(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer as `recognise` does, for octets without the silences that were between them."""
    end = _end(octets, start)
    if end is None or end == len(octets):
        return None
    if end and _HEADER.match(octets, end):
        return Frame(start, end, bytes(octets[start:end]), Content.UNCHECKED_APDU)
    return None if end and _could_be_header(bytes(octets[end : end + _LONGEST_HEADER + 1])) else NOTHING_HERE


def cut_off(octets: bytearray, start: int) -> Frame | Refusal:
    """The frame, if the octets from `start` on are whole now that the line is silent, or why they are none."""
    if _end(octets, start) == len(octets):
        return Frame(start, len(octets), bytes(octets[start:]), Content.UNCHECKED_APDU)
    available = len(octets) - start
    if available <= _LONGEST_HEADER:
        return NOTHING_HERE
    detail = f"a list without a frame was begun, but the line fell silent after {available} octets"
    return Refusal(ProblemCause.FRAME_CUT, detail, length=available)


def _end(octets: bytearray, start: int) -> int | None:
    """Where the data-notification ends, None while that is still open, and 0 when it is none."""
    header = _HEADER.match(octets, start)
    if header is None:
        begun = bytes(octets[start : start + _LONGEST_HEADER + 1])
        return None if _could_be_header(begun) else 0
    if len(octets) - start > MAX_FRAME:
        return 0
    try:
        found = decode_untagged(bytes(octets[start:]), header.end() - start)
    except CutShortError:
        return None
    except ApduError:
        return 0
    return start + found[1] if found else 0


def _could_be_header(begun: bytes) -> bool:
    """Whether there is a header that begins so: one of the three forms of its date-time, filled up."""
    forms = (b"\x00\x02", b"\x0c" + bytes(12) + b"\x02", b"\x09\x0c" + bytes(12) + b"\x02")
    return any(_HEADER.match(begun + (b"\x0f\0\0\0\0" + form)[len(begun) :]) for form in forms)
