"""P1 telegrams of any maker and country.

Follows Energiföretagen, "Branschrekommendation för lokalt kundgränssnitt för elmätare", annex 3, Netbeheer Nederland's
"P1 Companion Standard" (DSMR 2.2 to 5) and its relatives. Makers order the lines differently, so they are read by OBIS
code; they spell kvar and kVAr, so units are compared without case. Where only tariffs are sent they are summed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from han2x.codecs.errors import UnknownListError
from han2x.codecs.p1_lines import P1Telegram, decode_clock
from han2x.meters import totals
from han2x.meters.base import CLOCK, ENERGIES, QUANTITIES, ListContent, Supported
from han2x.model import ProblemCause, PushList, Quantity, Unit

MAKERS: Final = {
    "ADN": "aidon",
    "AUX": "sanxing",
    "EGM": "elgama",
    "ELL": "sagemcom",
    "ELS": "elster",
    "ESY": "easymeter",
    "HLY": "holley",
    "ISK": "iskraemeco",
    "KAM": "kamstrup",
    "KFM": "kaifa",
    "KMP": "kamstrup",
    "LGB": "landis+gyr",
    "LGF": "landis+gyr",
    "LGZ": "landis+gyr",
    "NES": "nes",
    "SAG": "sagemcom",
}
"""Makers by the three letters that the identification begins with, or else the logical device name.

Those of grid companies (FLU, LUX, EST, ESO …) tell no maker.
"""

UNKNOWN_MAKER: Final = "unknown"

_LINE: Final = "P1 (RJ12), 115200 8N1"
_NO_CHECKSUM: Final = "P1 without checksum, 9600 7E1"
SUPPORTED: Final = (
    Supported(
        "any meter with a P1 port that sends a checksum (Kamstrup, Aidon, Landis+Gyr, Sagemcom, Kaifa, Iskraemeco …)",
        "Sweden, Finland, Lithuania, Hungary and others",
        "everything every 1 to 10 s",
        _LINE,
    ),
    Supported(
        "P1 after DSMR 4 and 5, ESMR 5 and eMUCS (tariff registers are summed)",
        "Netherlands, Belgium",
        "everything every 10 s (DSMR 4) or 1 s",
        _LINE,
    ),
    Supported(
        "P1 after DSMR 2.2 and 3 (Iskra MT382, Kamstrup, Xemex; values from the second telegram that agrees on)",
        "Netherlands",
        "powers and energies every 10 s",
        _NO_CHECKSUM,
    ),
    Supported(
        "Iskraemeco AM550 and IE.7, P1 without checksum",
        "Slovenia",
        "everything every 1 to 10 s",
        "P1 (RJ12), 115200 7E1",
    ),
    Supported("EasyMeter, EMH and others with D0 push", "Germany", "as the meter sends it", _NO_CHECKSUM),
    Supported("NES 83335", "Denmark", "everything every 10 s", "P1 (RJ12), 115200 8E1"),
    Supported(
        "P1, encrypted (Sagemcom, Landis+Gyr …)",
        "Luxembourg, Austria (Styria)",
        "everything every 10 s",
        _LINE,
        "Luxembourg: the encryption key; Styria: both",
        "an example, and real ones re-encrypted",
    ),
    Supported(
        "P1, encrypted (Elgama EGM5, Kaifa MA309M)",
        "Poland",
        "everything every 1 to 10 s",
        _LINE,
        "both",
        "real ones re-encrypted",
    ),
)

_METER_NUMBERS: Final = frozenset(("96.1.0", "96.1.1"))
_DEVICE_NAME: Final = "42.0.0"
_LIST_VERSION: Final = "0.2.8"
_TIME, _DATE = "0.9.1", "0.9.2"
_ONE: Final = 1000
_PART: Final = -1

_UNITS: Final = {  # the unit in lower case: what it measures, and the power of ten of its thousandths
    "kw": (Unit.W, 6),
    "w": (Unit.W, 3),
    "kvar": (Unit.VAR, 6),
    "var": (Unit.VAR, 3),
    "kwh": (Unit.WH, 6),
    "wh": (Unit.WH, 3),
    "kvarh": (Unit.VARH, 6),
    "varh": (Unit.VARH, 3),
    "kv": (Unit.V, 6),
    "v": (Unit.V, 3),
    "ka": (Unit.A, 6),
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
    values, parts = content.values, dict[str, int | None]()
    others: dict[str, str] = {}
    for key, whole, fraction, unit, text in telegram.lines:
        meaning = _meaning(key, unit, len(fraction))
        if meaning is None:
            others[key] = text or whole
            if key in totals.PARTS:
                parts[key] = None
            continue
        quantity, times, by, is_energy, most = meaning
        milli = int(whole + fraction) * times // by if whole else None
        if is_energy:
            content.energy_step = times // by
        if most == _PART:
            parts[key] = milli
        elif milli is not None and (most is None or milli <= most):
            values[quantity] = milli
    if parts:
        totals.complete(values, parts)
    if not values:
        detail = f"the P1 telegram /{telegram.flag} has no value that is known here"
        raise UnknownListError(detail, ProblemCause.NO_KNOWN_VALUE)
    _identify(content, others)
    return content


def _identify(content: ListContent, others: dict[str, str]) -> None:
    """Fill in what the lines say that are no quantities."""
    date_and_time = others.get(_DATE, "") + others.get(_TIME, "")
    content.register_time = decode_clock(others.get(CLOCK) or date_and_time)
    numbers = (_meter_number(others[key]) for key in others if key in _METER_NUMBERS)
    content.meter_id = next((number for number in numbers if number), None)
    content.list_version = others.get(_LIST_VERSION)
    if content.maker == UNKNOWN_MAKER:
        device = _meter_number(others.get(_DEVICE_NAME, "")) or ""
        content.maker = MAKERS.get(device[:3], UNKNOWN_MAKER)


class _Meaning(NamedTuple):
    """What the digits of a line are: thousandths of the quantity's unit, times and by how much.

    `most` is the greatest value that can be, since some Hungarian meters send power factors above 1; None for any, and
    `_PART` for what is only a part of the quantity.
    """

    quantity: Quantity
    times: int
    by: int
    is_energy: bool
    most: int | None


@lru_cache(maxsize=256)
def _meaning(key: str, unit: str, decimals: int) -> _Meaning | None:
    """What a line with this OBIS code and unit says; None when that is no quantity, or not in a unit of its own."""
    quantity = QUANTITIES.get(key) or totals.PARTS.get(key)
    measures, exponent = _UNITS.get(unit.lower(), (None, 0))
    if quantity is None or measures is not quantity.unit:
        return None
    times, by = 10 ** max(exponent - decimals, 0), 10 ** max(decimals - exponent, 0)
    most = _ONE if measures is Unit.ONE else None
    return _Meaning(quantity, times, by, quantity in ENERGIES, _PART if key in totals.PARTS else most)


def _meter_number(text: str) -> str | None:
    """A meter number, which most makers send as the hexadecimal digits of its characters."""
    try:
        number = bytes.fromhex(text).decode("ascii")
    except ValueError:
        number = ""
    return (number if number.isprintable() else "") or text or None
