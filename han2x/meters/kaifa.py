"""Kaifa MA105, MA304 and their kin: lists 1, 2 and 3, and the Swedish lists of 14, 18 and 36 elements.

Follows Kaifa's OBIS list information KFM_001 and, where real meters differ, what they send: currents in mA, and
energies of transformer meters in 64 bits. The body is a structure of values without OBIS codes, told apart by their
place; the Swedish list of 36 elements has an OBIS code in front of each of 18 values.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.codecs.errors import UnknownListError
from han2x.meters.base import (
    CLOCK,
    ENERGIES,
    IDENTIFIERS,
    OBIS_OCTETS,
    QUANTITIES,
    ListContent,
    Scales,
    Supported,
    clock_of,
    list_of,
    obis_key,
    text_of,
)
from han2x.meters.learned import Learned
from han2x.model import ProblemCause, PushList, Quantity, Unit

MAKER: Final = "kaifa"

SUPPORTED: Final = (
    Supported(
        "Kaifa MA105, MA304",
        "Norway",
        "list 1 every 2 s, list 2 every 10 s, list 3 every hour",
        "M-Bus, 2400 8E1",
    ),
    Supported(
        "Kaifa MA304 (lists of 14, 18 and 36 elements)", "Sweden", "everything every 5 to 10 s", "M-Bus, 2400 8E1"
    ),
)

_LIST_VERSION: Final = b"KFM_"
_SENDERS: Final = (b"", b"KFM")
"""What the system title of its list 1 begins with, in which nothing but the power stands; "" in plain text."""

_IDENTITY: Final = ("0.2.129", "96.1.0", "96.1.7")
_POWERS: Final = ("1.7.0", "2.7.0", "3.7.0", "4.7.0")
_ONE_PHASE: Final = ("31.7.0", "32.7.0")
_THREE_PHASES: Final = ("31.7.0", "51.7.0", "71.7.0", "32.7.0", "52.7.0", "72.7.0")
_HOURLY: Final = (CLOCK, "1.8.0", "2.8.0", "3.8.0", "4.8.0")

_LISTS: Final = {
    len(places): places
    for places in (
        (*_IDENTITY, *_POWERS, *_ONE_PHASE),
        (*_IDENTITY, *_POWERS, *_ONE_PHASE, *_HOURLY),
        (*_IDENTITY, *_POWERS, *_THREE_PHASES),
        (*_IDENTITY, *_POWERS, *_THREE_PHASES, *_HOURLY),
    )
}

_MILLI: Final = {  # thousandths of the unit a count
    Unit.W: 1000,
    Unit.VAR: 1000,
    Unit.A: 1,
    Unit.V: 100,
    Unit.WH: 1000,
    Unit.VARH: 1000,
}

_THREE_WIRE: Final = re.compile(r"MA304.3")


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read a Kaifa list; None when the list is not Kaifa's.

    Raises:
        UnknownListError: it is Kaifa's, but has another number of elements, or something else than a number.
    """
    body = notification.body
    if not isinstance(body, tuple) or not body:
        return None
    if len(body) == 1 and isinstance(body[0], int) and notification.sender[:3] in _SENDERS:
        return _content({"1.7.0": body[0]})
    if _names_the_list(body[0]):
        return _content(_by_place(body))
    if len(body) > 1 and _names_the_list(body[1]):
        return _content(_by_code(body))
    return None


def _names_the_list(element: CosemValue) -> bool:
    return isinstance(element, bytes) and element.startswith(_LIST_VERSION)


def _by_place(body: tuple[CosemValue, ...]) -> dict[str, CosemValue]:
    places = _LISTS.get(len(body))
    if places is None:
        known = ", ".join(str(count) for count in sorted(_LISTS))
        raise UnknownListError(f"a Kaifa list of {len(body)} elements; known are 1, {known} and pairs")
    return dict(zip(places, body, strict=True))


def _by_code(body: tuple[CosemValue, ...]) -> dict[str, CosemValue]:
    codes = body[::2]
    if len(body) % 2 or not all(isinstance(code, bytes) and len(code) == OBIS_OCTETS for code in codes):
        raise UnknownListError("a Kaifa list that does not consist of pairs of OBIS code and value")
    named = {obis_key(code): value for code, value in zip(codes, body[1::2], strict=True) if isinstance(code, bytes)}
    return {key: value for key, value in named.items() if key not in QUANTITIES or isinstance(value, int)}


def _content(elements: dict[str, CosemValue]) -> ListContent:
    content = ListContent(MAKER, PushList.LIST_1)
    for key, value in elements.items():
        quantity = QUANTITIES.get(key)
        if quantity is not None:
            _measure(content, quantity, value)
        elif key in IDENTIFIERS:
            setattr(content, IDENTIFIERS[key], text_of(value))
        elif key == CLOCK:
            content.register_time = clock_of(value)
    content.push_list = list_of(content.values)
    if not ENERGIES.isdisjoint(content.values):
        content.energy_step = _MILLI[Unit.WH]
    _leave_out_unmeasured(content)
    return content


def _measure(content: ListContent, quantity: Quantity, value: CosemValue) -> None:
    if value is None:
        return
    if not isinstance(value, int) or quantity.unit not in _MILLI:
        detail = f"the Kaifa list gives {quantity} as something else than a number"
        raise UnknownListError(detail, ProblemCause.UNUSABLE_VALUE)
    content.values[quantity] = value * _MILLI[quantity.unit]


def _leave_out_unmeasured(content: ListContent) -> None:
    """A three-wire meter does not measure U2 and fills its place with 0."""
    if _THREE_WIRE.match(content.meter_type or "") and content.values.get(Quantity.VOLTAGE_L2) == 0:
        del content.values[Quantity.VOLTAGE_L2]
        content.unmeasured = frozenset((Quantity.VOLTAGE_L2,))
