"""P1 telegrams (NEN-EN-IEC 62056-21 mode D; Energiföretagen, "Branschrekommendation för lokalt kundgränssnitt", 3.3).

    / XXX 5 identification CR LF CR LF | data lines, each ended by CR LF | ! | CRC (4 hex digits) | CR LF

The CRC is the CRC-16/ARC of all octets from the slash to the exclamation mark; Polish meters and some Hungarian ones
send the CRC-16/X-25 instead. The last CR LF is not waited for, and the empty line may be missing (eMUCS).

Meters after DSMR 2 and 3, and some in Slovenia and Germany, send no CRC: a line end follows the mark. A telegram that
says it is of DSMR 4 or later has lost its CRC on the way. Some Sanxing meters in Hungary send digits after the mark of
which nobody knows how they are made; whoever has one can have them ignored.

Polish meters encrypt the data lines: what `sealed` recognises stands in their place.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.framing import sealed
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.framing.crc import arc, x25
from han2x.model import ProblemCause, ProblemKind

SLASH: Final = 0x2F
MAX_TEXT: Final = 4096
"""Longest telegram up to its exclamation mark; a Swedish one has some 700 octets, a Hungarian one up to 2600."""

_END: Final = b"!"
_CRC_DIGITS: Final = 4
MAX_FRAME: Final = MAX_TEXT + _CRC_DIGITS

_IDENTIFICATION: Final = re.compile(rb"/(?:[A-Za-z]{3}[0-9]|[A-Za-z]{0,3}\Z)")
_TEXT: Final = b"\r\n" + bytes(range(0x20, 0x7E)) + bytes(range(0x80, 0x100))
_NEXT_TELEGRAM: Final = b"\n/"
_HEX_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]{0,4}")
_LINE_END: Final = b"\r\n"
_VERSION: Final = re.compile(rb"^1-3:0\.2\.8\((\d{1,4})\)", re.MULTILINE)
_FIRST_WITH_CRC: Final = 40  # DSMR 4.0


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the slash at `start` as a recogniser does (see `han2x.framing`)."""
    if not _IDENTIFICATION.match(octets[start : start + 5]):
        return NOTHING_HERE
    longest = start + MAX_TEXT
    apdu = sealed.begin(octets, start)
    if apdu is not None:
        found = sealed.mark(octets, start, apdu, longest)
        return _checked(octets, start, found, Content.SEALED_P1) if isinstance(found, int) else found
    mark = octets.find(_END, start, longest)
    limit = min(len(octets), longest) if mark < 0 else mark
    stop = _broken_off(octets, start, limit)
    if stop is not None:
        return _incomplete(octets, start, stop)
    if mark >= 0:
        return _checked(octets, start, mark, Content.P1)
    if len(octets) >= longest:
        detail = f"a P1 telegram of more than {MAX_TEXT} octets"
        return Refusal(ProblemCause.TELEGRAM_TOO_LONG, detail, length=MAX_TEXT)
    return None


def recognise_without_crc(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer as `recognise` does, but pass over a check sequence that is wrong, too short or not there."""
    answer = recognise(octets, start)
    if not isinstance(answer, Refusal) or answer.kind is not ProblemKind.P1_CHECKSUM:
        return answer
    mark = octets.find(_END, start, start + MAX_TEXT)
    end = start + answer.length
    whole = answer.cause is ProblemCause.P1_CRC or octets[end] in _LINE_END
    if not whole or sealed.begin(octets, start) is not None:
        return answer
    return Frame(start, end, bytes(octets[start : mark + 1]), Content.UNCHECKED_P1)


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


def _checked(octets: bytearray, start: int, mark: int, content: Content) -> Frame | Refusal | None:
    """The telegram up to its mark, held to what follows the mark; None where too little has come of that."""
    behind = mark + 1
    digits = _HEX_DIGITS.match(octets, behind)
    assert digits is not None  # noqa: S101 - none at all are a match too
    end = digits.end()
    if end - behind == _CRC_DIGITS:
        return _with_crc(octets, start, mark, content)
    if end == len(octets):
        return None
    telegram = bytes(octets[start:behind])
    if end == behind and octets[end] in _LINE_END and content is Content.P1 and not _should_have_crc(telegram):
        return Frame(start, behind, telegram, Content.UNCHECKED_P1)
    size = end - start
    what = f"only {end - behind} of its {_CRC_DIGITS} digits" if end > behind else "no check sequence (CRC)"
    detail = f"a P1 telegram of {size} octets has {what} after its '!'"
    return Refusal(ProblemCause.P1_CRC_MISSING, detail, length=size)


def _with_crc(octets: bytearray, start: int, mark: int, content: Content) -> Frame | Refusal:
    end = mark + 1 + _CRC_DIGITS
    telegram, digits = bytes(octets[start : mark + 1]), octets[mark + 1 : end].decode("ascii")
    told = int(digits, 16)
    right = arc(telegram)
    if told != right and told not in _either_order(x25(telegram)):
        detail = f"a P1 telegram of {end - start} octets has the check sequence (CRC) {digits}, not {right:04X}"
        return Refusal(ProblemCause.P1_CRC, detail, length=end - start)
    return Frame(start, end, telegram, content)


def _either_order(crc: int) -> tuple[int, int]:
    """Polish meters write the octet first that goes over a line first."""
    return crc, (crc & 0xFF) << 8 | crc >> 8


def _should_have_crc(telegram: bytes) -> bool:
    version = _VERSION.search(telegram)
    return version is not None and int(version[1]) >= _FIRST_WITH_CRC


def _incomplete(octets: bytearray, start: int, stop: int) -> Refusal:
    line, _, rest = octets[start:stop].decode("ascii", "replace").partition("\r\n")
    cause, came = ProblemCause.TELEGRAM_CUT, f"{stop - start} octets came"
    if not rest.strip("\0\r\n "):
        cause, came = ProblemCause.IDENTIFICATION_ONLY, "only the identification line came, no data"
    return Refusal(cause, f"a P1 telegram {line!r} was begun, but {came}", length=stop - start)
