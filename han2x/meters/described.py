"""Lists that describe themselves: every value with its OBIS code, its scaler and its unit.

Follows IEC 62056-6-2, "Register" (scaler_unit). Aidon sends such lists (see `han2x.meters.aidon`), and so do meters of
other makers with their own order and nesting; those are read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeGuard

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
from han2x.model import ProblemCause, PushList, Quantity, Unit

MAKER: Final = "unknown"

SUPPORTED: Final = (
    Supported(
        "others whose lists carry OBIS code, scaler and unit with each value",
        "",
        "as the meter sends them",
        "M-Bus or RS-485, found by itself",
        "where the grid company encrypts",
    ),
)

UNITS: Final = {27: Unit.W, 29: Unit.VAR, 30: Unit.WH, 32: Unit.VARH, 33: Unit.A, 35: Unit.V, 255: Unit.ONE}
"""The units of the COSEM "unit" enumeration that push lists use."""

MAX_SCALER: Final = 9
"""Powers of ten, either way, that a scaler may mean; real ones lie between -4 and 3."""

_MILLI: Final = 3

Element = tuple[str, CosemValue, CosemValue]
"""The groups C.D.E of an OBIS code, a value, and its scaler and unit, None where they are not sent."""


class _Meaning(NamedTuple):
    """What a count is: thousandths of a unit, times and by how much."""

    unit: Unit
    times: int
    by: int


_MEANINGS: Final = {
    (scaler, number): _Meaning(unit, 10 ** max(scaler + _MILLI, 0), 10 ** max(-scaler - _MILLI, 0))
    for scaler in range(-MAX_SCALER, MAX_SCALER + 1)
    for number, unit in UNITS.items()
}


def read(notification: DataNotification, scales: Scales) -> ListContent | None:
    """Read a list that describes itself, of a maker not known by name; None when it is none.

    Raises:
        UnknownListError: it is one, but a value in it cannot be used.
    """
    body = notification.body
    if not isinstance(body, tuple) or not any(_is_element(item) or _is_scaling(item) for item in body):
        return None
    return content_of(MAKER, _flat(body))


def content_of(maker: str, elements: Iterable[Element]) -> ListContent:
    """Make up what the elements of a list say.

    Raises:
        UnknownListError: a value has no scaler and unit, or not those of its quantity, or there is none at all.
    """
    content = ListContent(maker, PushList.LIST_1)
    for key, value, scaling in elements:
        quantity = QUANTITIES.get(key)
        if quantity is not None:
            if value is not None:
                _measure(content, quantity, value, scaling)
        elif key in IDENTIFIERS:
            setattr(content, IDENTIFIERS[key], text_of(value))
        elif key == CLOCK:
            content.register_time = clock_of(value)
    if not content.values:
        raise UnknownListError("the list has no value that is known here", ProblemCause.NO_KNOWN_VALUE)
    content.push_list = list_of(content.values)
    return content


def nested(body: list[CosemValue]) -> Iterator[Element]:
    """The elements of an array of structures.

    Raises:
        UnknownListError: an element is no structure of OBIS code, value, and scaler and unit.
    """
    for place, item in enumerate(body):
        if not _is_element(item):
            raise UnknownListError(f"element {place} of the list is not an OBIS code with a value")
        yield obis_key(item[0]), item[1], item[2] if len(item) == 3 else None


def _flat(body: tuple[CosemValue, ...]) -> Iterator[Element]:
    """The elements of a structure, each one by itself or as a structure; what has no OBIS code is passed over."""
    place = 0
    while place < len(body):
        item = body[place]
        place += 1
        if _is_element(item):
            yield from nested([item])
        elif _is_code(item) and place < len(body):
            scaling = body[place + 1] if place + 1 < len(body) and _is_scaling(body[place + 1]) else None
            yield obis_key(item), body[place], scaling
            place += 1 if scaling is None else 2


def _is_element(item: CosemValue) -> TypeGuard[tuple[bytes, CosemValue] | tuple[bytes, CosemValue, CosemValue]]:
    return isinstance(item, tuple) and 2 <= len(item) <= 3 and _is_code(item[0])


def _is_code(item: CosemValue) -> TypeGuard[bytes]:
    return isinstance(item, bytes) and len(item) == OBIS_OCTETS


def _is_scaling(item: CosemValue) -> TypeGuard[tuple[int, int]]:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], int)


def _measure(content: ListContent, quantity: Quantity, value: CosemValue, scaling: CosemValue) -> None:
    if not isinstance(value, int):
        raise UnknownListError(f"{quantity} is not a number", ProblemCause.UNUSABLE_VALUE)
    if not _is_scaling(scaling):
        raise UnknownListError(f"{quantity} comes without scaler and unit", ProblemCause.UNUSABLE_VALUE)
    meaning = _MEANINGS.get(scaling)
    if meaning is None or meaning.unit is not quantity.unit:
        raise UnknownListError(
            f"{quantity} has scaler {scaling[0]} and unit {scaling[1]}, which is not {quantity.unit}",
            ProblemCause.UNUSABLE_VALUE,
        )
    _, times, by = meaning
    content.values[quantity] = value * times if by == 1 else _cut(value, by)
    if quantity in ENERGIES:
        step = times // by
        content.energy_step = min(step, content.energy_step or step)


def _cut(value: int, by: int) -> int:
    """A value finer than thousandths, without what is finer."""
    return value // by if value >= 0 else -(-value // by)
