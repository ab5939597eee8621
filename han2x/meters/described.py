"""Lists that describe themselves: every value with its OBIS code, its scaler and its unit.

Follows IEC 62056-6-2, "Register" (scaler_unit). Aidon sends such lists (see `han2x.meters.aidon`), and so do meters of
other makers with their own order and nesting; those are read here. Each element is read by itself: one that is not
understood is passed over, and the others stand. Where no value at all has a scaler, `han2x.meters.unscaled` has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeGuard

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.codecs.errors import UnknownListError
from han2x.meters import unscaled
from han2x.meters.base import (
    CLOCK,
    DEVICE,
    ENERGIES,
    IDENTIFIERS,
    OBIS_OCTETS,
    OTHER_NUMBER,
    QUANTITIES,
    ListContent,
    Scales,
    Supported,
    Unscaled,
    clock_of,
    list_of,
    obis_key,
    text_of,
)
from han2x.meters.learned import Learned
from han2x.meters.totals import PARTS, complete
from han2x.model import ProblemCause, PushList, Quantity, Unit

SUPPORTED: Final = (
    Supported(
        "Kaifa MA309, Sagemcom T210-D",
        "Austria",
        "everything every 5 s",
        "M-Bus, 2400 8E1",
        "where the grid company encrypts: the encryption key, or both",
    ),
    Supported(
        "Landis+Gyr E450 (codes and values without scalers)",
        "Austria (Steiermark)",
        "everything every 5 s",
        "M-Bus, 2400 8E1",
        "both",
    ),
    Supported(
        "others whose lists carry an OBIS code with each value",
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

MAX_NUMBER: Final = 1 << 64
"""Beyond what any type of whole number holds; a float that reaches it measures nothing."""

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


@dataclass(slots=True)
class Told:
    """What the elements of a list tell, before it is known what the counts without a scaler mean."""

    content: ListContent
    scaled: bool = False
    device: str | None = None
    counts: dict[Quantity, int | float] = field(default_factory=dict)
    parts: dict[str, int | None] = field(default_factory=dict)
    unscaled_parts: dict[str, int | float | None] = field(default_factory=dict)
    passed_over: str = ""


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read a list that describes itself, of a maker not known by its structure; None when it is none.

    Raises:
        UnknownListError: it is one, but no value in it is known here and can be used.
    """
    body = notification.body
    if isinstance(body, list):
        return content_of(nested(body), notification.sender, learned) if any(map(_is_element, body)) else None
    if not isinstance(body, tuple) or not (
        any(_is_element(item) or is_scaling(item) for item in body) or _is_flat(body)
    ):
        return None
    return content_of(_flat(body), notification.sender, learned)


def content_of(
    elements: Iterable[Element],
    sender: bytes = b"",
    learned: Learned | None = None,
    *,
    maker: str | None = None,
    current_ma: int | None = None,
    may: Unscaled = Unscaled.TOGETHER,
) -> ListContent:
    """Make up what the elements of a list say, which came under a system title if it was encrypted.

    `current_ma` is what a count of current without a scaler is taken for until power and voltage contradict; without it
    such currents are left out until power and voltage tell.

    Raises:
        UnknownListError: no value is known here and can be used.
    """
    learned = learned or Learned()
    told = Told(ListContent(maker or "", PushList.LIST_1))
    content = told.content
    for key, value, scaling in elements:
        told.scaled = told.scaled or scaling is not None
        if key in QUANTITIES or key in PARTS:
            _measure(told, key, value, scaling)
        elif key in IDENTIFIERS:
            setattr(content, IDENTIFIERS[key], text_of(value) or getattr(content, IDENTIFIERS[key]))
        elif key == OTHER_NUMBER:
            content.meter_id = content.meter_id or text_of(value)
        elif key == DEVICE:
            told.device = text_of(value)
        elif key == CLOCK:
            content.register_time = clock_of(value) or content.register_time
    content.meter_id = learned.name(content.meter_id, told.device, sender)
    content.maker = maker or learned.maker
    if may is Unscaled.ALWAYS or (may is Unscaled.TOGETHER and not told.scaled):
        _take_unscaled(told, learned, current_ma)
    complete(content.values, told.parts)
    if not content.values:
        raise _nothing(told)
    content.push_list = list_of(content.values)
    return content


def _measure(told: Told, key: str, value: CosemValue, scaling: CosemValue) -> None:
    """Take a value with its scaler and unit; one without them waits until it is known whether others have them."""
    quantity = QUANTITIES.get(key)
    if quantity is None:
        told.parts.setdefault(key, None)
        told.unscaled_parts.setdefault(key, None)
    if not is_number(value):
        if value is not None:
            told.passed_over = told.passed_over or f"{key} is not a number"
        return
    if scaling is None:
        told.passed_over = told.passed_over or f"{key} comes without scaler and unit"
        if quantity is None:
            told.unscaled_parts[key] = value
        else:
            told.counts[quantity] = value
        return
    meaning = _MEANINGS.get(scaling) if is_scaling(scaling) else None
    unit = (quantity or PARTS[key]).unit
    if meaning is None or meaning.unit is not unit:
        told.passed_over = told.passed_over or f"{key} has scaler and unit {scaling!r}, which is not {unit}"
        return
    _, times, by = meaning
    milli = value * times if by == 1 else _cut(value, by)
    milli = milli if isinstance(milli, int) else round(milli)
    if quantity is None:
        told.parts[key] = milli
    else:
        told.content.values[quantity] = milli
    if quantity is None or quantity in ENERGIES:
        step = times // by
        told.content.energy_step = min(step, told.content.energy_step or step)


def _take_unscaled(told: Told, learned: Learned, current_ma: int | None) -> None:
    content = told.content
    content.values = unscaled.milli_of(told.counts, learned, current_ma) | content.values
    for key, count in told.unscaled_parts.items():
        if told.parts[key] is None and count is not None:
            told.parts[key] = round(count * unscaled.ENERGY_MILLI)
    if content.energy_step is None and (told.parts or not ENERGIES.isdisjoint(content.values)):
        content.energy_step = unscaled.ENERGY_MILLI


def _nothing(told: Told) -> UnknownListError:
    if told.passed_over:
        return UnknownListError(f"no value can be used: {told.passed_over}", ProblemCause.UNUSABLE_VALUE)
    return UnknownListError("the list has no value that is known here", ProblemCause.NO_KNOWN_VALUE)


def is_number(value: CosemValue) -> TypeGuard[int | float]:
    """Whether this is a number that can measure something."""
    return isinstance(value, int) or (isinstance(value, float) and abs(value) < MAX_NUMBER)


def nested(body: list[CosemValue]) -> Iterator[Element]:
    """The elements of an array of structures."""
    return (_element(item) for item in body if _is_element(item))


def _element(item: tuple[bytes, CosemValue] | tuple[bytes, CosemValue, CosemValue]) -> Element:
    return obis_key(item[0]), item[1], item[2] if len(item) == 3 else None


def _flat(body: tuple[CosemValue, ...]) -> Iterator[Element]:
    """The elements of a structure, each one by itself or as a structure; what has no OBIS code is passed over."""
    place = 0
    while place < len(body):
        item = body[place]
        place += 1
        if _is_element(item):
            yield _element(item)
        elif _is_code(item) and place < len(body):
            scaling = body[place + 1] if place + 1 < len(body) and is_scaling(body[place + 1]) else None
            yield obis_key(item), body[place], scaling
            place += 1 if scaling is None else 2


def _is_flat(body: tuple[CosemValue, ...]) -> bool:
    """Whether these are pairs of OBIS code and value, after one element at most, with a number for every quantity."""
    begin = next((place for place, item in enumerate(body) if _is_code(item)), len(body))
    codes, values = body[begin::2], body[begin + 1 :: 2]
    if begin > 1 or len(codes) != len(values) or not all(map(_is_code, codes)):
        return False
    pairs = [(obis_key(code), value) for code, value in zip(codes, values, strict=True) if _is_code(code)]
    measured = [value for key, value in pairs if key in QUANTITIES or key in PARTS]
    return bool(measured) and all(value is None or is_number(value) for value in measured)


def _is_element(item: CosemValue) -> TypeGuard[tuple[bytes, CosemValue] | tuple[bytes, CosemValue, CosemValue]]:
    return isinstance(item, tuple) and 2 <= len(item) <= 3 and _is_code(item[0])


def _is_code(item: CosemValue) -> TypeGuard[bytes]:
    return isinstance(item, bytes) and len(item) == OBIS_OCTETS


def is_scaling(item: CosemValue) -> TypeGuard[tuple[int, int]]:
    """Whether this is a scaler and a unit."""
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], int)


def _cut(value: int | float, by: int) -> int | float:
    """A value finer than thousandths, without what is finer."""
    return value // by if value >= 0 else -(-value // by)
