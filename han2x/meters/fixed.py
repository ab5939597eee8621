"""Reads the lists of fixed places that `han2x.meters.places` has.

Types of values are what such a list is known by, and the values alone do not tell them: they are taken from the octets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, types_of
from han2x.meters.base import (
    ENERGIES,
    OBIS_OCTETS,
    QUANTITIES,
    ListContent,
    Scales,
    Supported,
    clock_of,
    list_of,
    text_of,
)
from han2x.meters.learned import Learned
from han2x.meters.places import ROWS, Row
from han2x.meters.totals import PARTS, complete
from han2x.model import PushList, Unit

SUPPORTED: Final = (
    Supported(
        "Iskraemeco AM550 (lists of fixed places)",
        "Slovenia",
        "powers every 1 to 5 s, energies every 15 min",
        "P1 (RJ12): 115200 7E1, 38400 8N1 or 9600, by grid company",
    ),
    Supported("Iskraemeco IE.5", "Croatia", "everything in one list", "P1 (RJ12), found by itself"),
    Supported(
        "Iskraemeco AM550, Siemens IM350",
        "Austria (Kärnten, Wels)",
        "everything every second",
        "P1 (RJ12), 115200 8N1",
        "the encryption key",
    ),
    Supported(
        "all meters of Wiener Netze (Iskraemeco AM550, Landis+Gyr E450, Siemens IM150 to IM351)",
        "Austria (Vienna)",
        "everything in one list",
        "optical, 9600 8N1",
        "the encryption key",
    ),
    Supported(
        "Landis+Gyr E450 (lists of fixed places)",
        "Austria (Burgenland)",
        "everything in one list",
        "M-Bus, 2400 8E1 or 8N1",
        "both",
    ),
)

_STEP: Final = 1000
_MILLI: Final = {Unit.W: 1000, Unit.VAR: 1000, Unit.WH: _STEP, Unit.VARH: _STEP, Unit.A: 10, Unit.ONE: 1}
_PUSH_OBJECT: Final = bytes((25, 9, 0))
_TYPE: Final = re.compile(r"([0-9A-F]{2})(?:\((\d+)\))?(?:\*(\d+))?")

Type = tuple[int, int | None]
"""A tag and, of a string, how many octets it has; None for any."""


class _Table(NamedTuple):
    """A row with its types and places one by one."""

    types: tuple[Type, ...]
    places: tuple[str, ...]
    volt_milli: int


def _table(row: Row) -> _Table:
    types = tuple(_types(row.types))
    places = tuple(row.places.split())
    if len(types) != len(places):
        raise ValueError(f"the row {row.name} has {len(types)} types and {len(places)} places")
    return _Table(types, places, row.volt_milli)


def _types(text: str) -> Iterator[Type]:
    for tag, octets, times in _TYPE.findall(text):
        yield from [(int(tag, 16), int(octets) if octets else None)] * int(times or 1)


_TABLES: Final = tuple(_table(row) for row in ROWS)


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read a list of fixed places; None when the sequence of its types, or what stands in a place, is not known."""
    body = notification.body
    if not isinstance(body, tuple) or not body or not notification.apdu:
        return None
    types = types_of(notification.apdu, notification.start)
    for table in _TABLES:
        if _fit(table.types, types):
            content = _content(table, body, notification.sender, learned or Learned())
            if content is not None:
                return content
    return None


def _fit(wanted: tuple[Type, ...], types: list[tuple[int, int]]) -> bool:
    return len(wanted) == len(types) and all(
        tag == has and octets in (None, size) for (tag, octets), (has, size) in zip(wanted, types, strict=True)
    )


def _content(table: _Table, body: tuple[CosemValue, ...], sender: bytes, learned: Learned) -> ListContent | None:
    content = ListContent("", PushList.LIST_1)
    device = None
    parts: dict[str, int | None] = {}
    for place, value in zip(table.places, body, strict=True):
        quantity = QUANTITIES.get(place)
        if quantity is not None and isinstance(value, int):
            content.values[quantity] = value * (table.volt_milli if quantity.unit is Unit.V else _MILLI[quantity.unit])
        elif place in PARTS and isinstance(value, int):
            parts[place] = value * _STEP
        elif not _fits(place, value):
            return None
        elif place == "device":
            device = text_of(value)
        elif place == "number":
            content.meter_id = text_of(value)
    complete(content.values, parts)
    content.meter_id = learned.name(content.meter_id, device, sender)
    content.maker = learned.maker
    content.push_list = list_of(content.values)
    content.energy_step = None if ENERGIES.isdisjoint(content.values) else _STEP
    return content


def _fits(place: str, value: CosemValue) -> bool:
    """Whether a value can be what is to stand in its place."""
    if place == "-":
        return True
    if not isinstance(value, bytes):
        return False
    if place == "clock":
        return clock_of(value) is not None
    if place == "push":
        return len(value) == OBIS_OCTETS and value[2:5] == _PUSH_OBJECT
    printable = value.strip(b"\0").decode("latin-1")
    return printable.isascii() and printable.isprintable() and (place == "text" or bool(printable))
