"""P1 telegrams of any maker: Kamstrup, Aidon, Landis+Gyr, Sagemcom, Kaifa and whoever follows.

Follows Energiföretagen, "Branschrekommendation för lokalt kundgränssnitt för elmätare", annex 3, and Kamstrup's data
sheet "HAN-modul P1", "Konfigurationslista". Makers order the lines differently, so they are read by OBIS code; they
spell kvar and kVAr, so units are compared without case.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from han2x.codecs.errors import UnknownListError
from han2x.codecs.p1_lines import P1Telegram, decode_clock
from han2x.meters.base import CLOCK, ENERGIES, QUANTITIES, ListContent, Supported
from han2x.model import ProblemCause, PushList, Quantity, Unit

MAKERS: Final = {
    "KAM": "kamstrup",
    "ADN": "aidon",
    "KFM": "kaifa",
    "KMP": "kaifa",
    "LGF": "landis+gyr",
    "LGZ": "landis+gyr",
    "LGB": "landis+gyr",
    "SAG": "sagemcom",
    "ELL": "sagemcom",
    "ISK": "iskraemeco",
}
"""Makers by the three letters that the identification begins with."""

UNKNOWN_MAKER: Final = "unknown"

SUPPORTED: Final = (
    Supported(
        "any meter with a P1 port that sends a checksum (Kamstrup, Aidon, Landis+Gyr, Sagemcom, Kaifa, Iskraemeco …)",
        "Sweden, and others after DSMR 4 and 5",
        "a telegram every 1 to 10 s",
        "P1 (RJ12), 115200 8N1",
        "Luxembourg, Austria: the encryption key",
    ),
)

_METER_NUMBERS: Final = frozenset(("96.1.0", "96.1.1"))
_LIST_VERSION: Final = "0.2.8"

_UNITS: Final = {  # the unit in lower case: what it measures, and the power of ten of its thousandths
    "kw": (Unit.W, 6),
    "w": (Unit.W, 3),
    "kvar": (Unit.VAR, 6),
    "var": (Unit.VAR, 3),
    "kwh": (Unit.WH, 6),
    "wh": (Unit.WH, 3),
    "kvarh": (Unit.VARH, 6),
    "varh": (Unit.VARH, 3),
    "v": (Unit.V, 3),
    "a": (Unit.A, 3),
    "": (Unit.ONE, 3),
}


def read(telegram: P1Telegram) -> ListContent:
    """Read a telegram.

    Raises:
        UnknownListError: no line of it has a value that is known here.
    """
    content = ListContent(MAKERS.get(telegram.flag, UNKNOWN_MAKER), PushList.P1)
    content.meter_type = telegram.identification.lstrip("\\") or None
    values = content.values
    for key, whole, fraction, unit, text in telegram.lines:
        meaning = _meaning(key, unit, len(fraction))
        if meaning is not None:
            quantity, times, by, is_energy = meaning
            if whole:
                values[quantity] = int(whole + fraction) * times // by
                if is_energy:
                    content.energy_step = times // by
        elif key == CLOCK:
            content.register_time = decode_clock(text or whole)
        elif key in _METER_NUMBERS:
            content.meter_id = _meter_number(text or whole)
        elif key == _LIST_VERSION:
            content.list_version = text or whole
    if not values:
        detail = f"the P1 telegram /{telegram.flag} has no value that is known here"
        raise UnknownListError(detail, ProblemCause.NO_KNOWN_VALUE)
    return content


class _Meaning(NamedTuple):
    """What the digits of a line are: thousandths of the quantity's unit, times and by how much."""

    quantity: Quantity
    times: int
    by: int
    is_energy: bool


@lru_cache(maxsize=256)
def _meaning(key: str, unit: str, decimals: int) -> _Meaning | None:
    """What a line with this OBIS code and unit says; None when that is no quantity, or not in a unit of its own."""
    quantity = QUANTITIES.get(key)
    measures, exponent = _UNITS.get(unit.lower(), (None, 0))
    if quantity is None or measures is not quantity.unit:
        return None
    times, by = 10 ** max(exponent - decimals, 0), 10 ** max(decimals - exponent, 0)
    return _Meaning(quantity, times, by, quantity in ENERGIES)


def _meter_number(text: str) -> str | None:
    """A meter number, which most makers send as the hexadecimal digits of its characters."""
    try:
        number = bytes.fromhex(text).decode("ascii")
    except ValueError:
        number = ""
    return (number if number.isprintable() else "") or text or None
