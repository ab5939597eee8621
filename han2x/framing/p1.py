"""P1 telegrams (NEN-EN-IEC 62056-21 mode D; Energiföretagen, "Branschrekommendation för lokalt kundgränssnitt", 3.3).

    / XXX 5 identification CR LF CR LF | data lines, each ended by CR LF | ! | CRC (4 hex digits) | CR LF

The CRC is the CRC-16/ARC of all octets from the slash to the exclamation mark. The last CR LF is not waited for.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.framing.crc import arc
from han2x.model import ProblemCause

SLASH: Final = 0x2F
MAX_TEXT: Final = 4096
"""Longest telegram up to its exclamation mark; a Swedish one has some 700 octets, a Dutch one up to 3000."""

_END: Final = b"!"
_CRC_DIGITS: Final = 4
MAX_FRAME: Final = MAX_TEXT + _CRC_DIGITS

_IDENTIFICATION: Final = re.compile(rb"/(?:[A-Za-z]{3}[0-9]|[A-Za-z]{0,3}\Z)")
_TEXT: Final = b"\r\n" + bytes(range(0x20, 0x7E))
_NEXT_TELEGRAM: Final = b"\n/"


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the slash at `start` as a recogniser does (see `han2x.framing`)."""
    if not _IDENTIFICATION.match(octets[start : start + 5]):
        return NOTHING_HERE
    longest = start + MAX_TEXT
    mark = octets.find(_END, start, longest)
    limit = min(len(octets), longest) if mark < 0 else mark
    stop = _broken_off(octets, start, limit)
    if stop is not None:
        return _incomplete(octets, start, stop)
    if mark >= 0:
        return _telegram(octets, start, mark)
    if len(octets) >= longest:
        detail = f"a P1 telegram of more than {MAX_TEXT} octets"
        return Refusal(ProblemCause.TELEGRAM_TOO_LONG, detail, length=MAX_TEXT)
    return None


def cut_off(octets: bytearray, start: int) -> Refusal:
    """Why the octets from `start` on, for which `recognise` wanted more, are no telegram once the line is silent."""
    if len(octets) - start < 5:
        return NOTHING_HERE
    return _incomplete(octets, start, len(octets))


def _broken_off(octets: bytearray, start: int, limit: int) -> int | None:
    """Where something else than this telegram's text begins, None when all up to `limit` can be its text."""
    strange = octets[start:limit].translate(None, _TEXT)
    stop = octets.index(strange[:1], start) if strange else limit
    other = octets.find(_NEXT_TELEGRAM, start, stop)
    if other >= 0:
        return other + 1
    return stop if strange else None


def _telegram(octets: bytearray, start: int, mark: int) -> Frame | Refusal | None:
    end = mark + 1 + _CRC_DIGITS
    digits = bytes(octets[mark + 1 : end])
    size = end - start
    if not all(digit in b"0123456789ABCDEFabcdef" for digit in digits):
        detail = f"a P1 telegram of {mark + 1 - start} octets has no check sequence (CRC) after its '!'"
        return Refusal(ProblemCause.P1_CRC_MISSING, detail, length=mark + 1 - start)
    if len(digits) < _CRC_DIGITS:
        return None
    telegram = bytes(octets[start : mark + 1])
    right = arc(telegram)
    if right != int(digits, 16):
        detail = f"a P1 telegram of {size} octets has the check sequence (CRC) {digits.decode()}, not {right:04X}"
        return Refusal(ProblemCause.P1_CRC, detail, length=size)
    return Frame(start, end, telegram, Content.P1)


def _incomplete(octets: bytearray, start: int, stop: int) -> Refusal:
    line, _, rest = octets[start:stop].decode("ascii", "replace").partition("\r\n")
    cause, came = ProblemCause.TELEGRAM_CUT, f"{stop - start} octets came"
    if not rest.strip():
        cause, came = ProblemCause.IDENTIFICATION_ONLY, "only the identification line came, no data"
    return Refusal(cause, f"a P1 telegram {line!r} was begun, but {came}", length=stop - start)
