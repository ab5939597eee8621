"""The lines of a P1 telegram (NEN-EN-IEC 62056-21, data block; Energiföretagen, "Branschrekommendation", annex 3).

    /XXX5identification
    1-0:1.8.0(00009621.983*kWh)
    0-0:1.0.0(240407122854S)

A line that is not of this form is passed over, and so is one with several values: a demand, a log. So are other meters'
lines, which are sent through this one (0-1 to 0-n, group B from 2 on), and values of earlier times (group F).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from han2x.model import MeterTime

_IDENTIFICATION: Final = re.compile(r"/([A-Za-z]{3})[0-9](.*)")
_LINE: Final = re.compile(
    r"\n(?:1-[01]|0-0(?=:1\.0\.0|:42\.|:96\.)|1-3(?=:0\.2\.8\()):([\d.]+)(?:\*255)?"
    r"\((?:(\d{1,12})(?:\.(\d{1,9}))?(?:\*([A-Za-z]+) ?)?|([^()\r\n]*))\)\r?$",
    re.MULTILINE | re.ASCII,
)
_CLOCK: Final = re.compile(r"(?:20)?(\d{6}) ?(\d\d):?(\d\d):?(\d\d)([WS]?)", re.ASCII)
_CENTURY: Final = "20"
_SUMMER: Final = 0x80
_UNSET: Final = "000101"
"""The date that clocks begin with that nobody has set."""


Line = tuple[str, str, str, str, str]
"""A data line: the groups C.D.E of its OBIS code, the digits before the point and after it, the unit, and a text.

Either the digits before the point are empty or the text is.
"""


class P1Telegram(NamedTuple):
    """A telegram: the three letters of its maker, the rest of its identification, and its lines."""

    flag: str
    identification: str
    lines: list[Line]


def is_telegram(octets: bytes) -> bool:
    """Whether octets begin as a telegram does."""
    return _IDENTIFICATION.match(octets[:5].decode("latin-1")) is not None


def decode_telegram(telegram: bytes) -> P1Telegram:
    """Take a telegram with a right check sequence apart.

    Raises:
        ValueError: it does not begin with an identification.
    """
    text = telegram.decode("ascii", "replace")
    identification = _IDENTIFICATION.match(text)
    if identification is None:
        raise ValueError(f"a P1 telegram begins with /, three letters and a digit, not with {text[:5]!r}")
    return P1Telegram(identification[1].upper(), identification[2].strip(), _LINE.findall(text))


def decode_clock(text: str) -> MeterTime | None:
    """Read YYMMDDhhmmss and W (normal time), S (summer time) or nothing; or YYYYMMDD hh:mm:ss, as NES meters send it.

    None when it cannot be a date, or is that of a clock that was never set.
    """
    written = _CLOCK.fullmatch(text)
    if written is None or written[1] == _UNSET:
        return None
    day, hour, minute, second, letter = written.groups()
    try:
        local = datetime.fromisoformat(f"{_CENTURY}{day}T{hour}{minute}{second}")
    except ValueError:
        return None
    return MeterTime(local, status={"W": 0, "S": _SUMMER}.get(letter))
