"""What the elements of a list say, each of them an OBIS code, a value, and a scaler and unit where they are sent.

Each is taken by itself: one that is not understood is passed over, and the others stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, TypeGuard

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
    Unscaled,
    clock_of,
    list_of,
    obis_key,
    text_of,
)
from han2x.meters.learned import Learned
from han2x.meters.totals import PARTS, complete
from han2x.model import ProblemCause, PushList, Quantity, Unit

UNITS: Final = {27: Unit.W, 29: Unit.VAR, 30: Unit.WH, 32: Unit.VARH, 33: Unit.A, 35: Unit.V, 255: Unit.ONE}
"""The units of the COSEM "unit" enumeration that push lists use."""

MAX_SCALER: Final = 9
"""Powers of ten, either way, that a scaler may mean; real ones lie between -4 and 3."""

MAX_NUMBER: Final = 1 << 64
"""Beyond what any type of whole number holds; a float that reaches it measures nothing."""

_MILLI: Final = 3

Element = tuple[bytes, CosemValue, CosemValue]
"""An OBIS code, a value, and its scaler and unit, None where they are not sent."""


class _Scale(NamedTuple):
    """What a count is: thousandths of its quantity's unit, times and by how much. Of a tariff there is no quantity."""

    quantity: Quantity | None
    times: int
    by: int
    of_energy: bool


@dataclass(slots=True)
class _Others:
    """What is not simply a count with its scale: names, parts of totals, counts without a scale."""

    scaled: bool = False
    device: str | None = None
    counts: dict[Quantity, int | float] = field(default_factory=dict)
    parts: dict[str, int | None] = field(default_factory=dict)
    part_counts: dict[str, int | float] = field(default_factory=dict)
    passed_over: str = ""


def content_of(
    elements: Iterable[Element],
    sender: bytes = b"",
    learned: Learned | None = None,
    *,
    maker: str = "",
    current_ma: int | None = None,
    may: Unscaled = Unscaled.TOGETHER,
) -> ListContent:
    """Make up what the elements of a list say, which came under a system title if it was encrypted.

    Without `maker` the names in it tell whose it is. `current_ma` is what a count of current without a scaler is taken
    for until power and voltage contradict; without it such currents are left out until power and voltage tell.

    Raises:
        UnknownListError: no value is known here and can be used.
    """
    content = ListContent(maker, PushList.LIST_1)
    others: list[Element] = []
    for element in elements:
        code, value, scaling = element
        try:
            scale = _scale(code, scaling)  # type: ignore[arg-type] # an array there is what is caught
        except TypeError:
            scale = None
        if scale is None or scale.quantity is None or type(value) is not int:
            others.append(element)
        else:
            _set(content, scale, value)
    if others or sender or not maker or not content.values:
        _take_others(content, others, sender, learned or Learned(), current_ma, may)
    content.push_list = list_of(content.values)
    return content


def is_number(value: CosemValue) -> TypeGuard[int | float]:
    """Whether this is a number that can measure something."""
    return isinstance(value, int) or (isinstance(value, float) and abs(value) < MAX_NUMBER)


def is_scaling(item: CosemValue) -> TypeGuard[tuple[int, int]]:
    """Whether this is a scaler and a unit."""
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], int) and isinstance(item[1], int)


@lru_cache(maxsize=512)
def _scale(code: bytes, scaling: CosemValue) -> _Scale | None:
    """What a count with this code, scaler and unit is; None when that is no quantity, or not in a unit of its own."""
    if not is_scaling(scaling) or len(code) != OBIS_OCTETS:
        return None
    key = obis_key(code)
    quantity = QUANTITIES.get(key)
    meant = quantity or PARTS.get(key)
    scaler, unit = scaling
    if meant is None or UNITS.get(unit) is not meant.unit or abs(scaler) > MAX_SCALER:
        return None
    return _Scale(quantity, 10 ** max(scaler + _MILLI, 0), 10 ** max(-scaler - _MILLI, 0), meant in ENERGIES)


def _set(content: ListContent, scale: _Scale, value: int | float) -> int:
    """Set what a count measures; return it in thousandths."""
    quantity, times, by, of_energy = scale
    # What is finer than thousandths is cut.
    milli = value * times if by == 1 else value // by if value >= 0 else -(-value // by)
    milli = milli if type(milli) is int else round(milli)
    if quantity is not None:
        content.values[quantity] = milli
    if of_energy:
        step = times // by
        content.energy_step = min(step, content.energy_step or step)
    return milli


def _take_others(
    content: ListContent,
    elements: Iterable[Element],
    sender: bytes,
    learned: Learned,
    current_ma: int | None,
    may: Unscaled,
) -> None:
    others = _Others(scaled=bool(content.values))
    for code, value, scaling in elements:
        key = obis_key(code)
        others.scaled = others.scaled or scaling is not None
        if key in QUANTITIES or key in PARTS:
            _measure(content, others, code, value, scaling)
        elif key in IDENTIFIERS:
            setattr(content, IDENTIFIERS[key], text_of(value) or getattr(content, IDENTIFIERS[key]))
        elif key == OTHER_NUMBER:
            content.meter_id = content.meter_id or text_of(value)
        elif key == DEVICE:
            others.device = text_of(value)
        elif key == CLOCK:
            content.register_time = clock_of(value) or content.register_time
    content.meter_id = learned.name(content.meter_id, others.device, sender)
    content.maker = content.maker or learned.maker
    if may is Unscaled.ALWAYS or (may is Unscaled.TOGETHER and not others.scaled):
        _take_counts(content, others, learned, current_ma)
    complete(content.values, others.parts)
    if not content.values:
        raise _nothing(others)


def _measure(content: ListContent, others: _Others, code: bytes, value: CosemValue, scaling: CosemValue) -> None:
    """Take a value; one without scaler and unit waits until it is known whether others have them."""
    key = obis_key(code)
    quantity = QUANTITIES.get(key)
    if quantity is None:
        others.parts.setdefault(key, None)
    if value is None:
        return
    scale = _scale(code, scaling) if is_scaling(scaling) else None
    if not is_number(value):
        others.passed_over = f"{key} is not a number"
    elif scale is not None:
        milli = _set(content, scale, value)
        if quantity is None:
            others.parts[key] = milli
    elif scaling is not None:
        others.passed_over = f"{key} has scaler and unit {scaling!r}, which is not {(quantity or PARTS[key]).unit}"
    else:
        others.passed_over = f"{key} comes without scaler and unit"
        if quantity is None:
            others.part_counts[key] = value
        else:
            others.counts[quantity] = value


def _take_counts(content: ListContent, others: _Others, learned: Learned, current_ma: int | None) -> None:
    """Take the counts that came without scaler and unit."""
    content.values = unscaled.milli_of(others.counts, learned, current_ma) | content.values
    for key, count in others.part_counts.items():
        if others.parts[key] is None:
            others.parts[key] = round(count * unscaled.ENERGY_MILLI)
    if content.energy_step is None and (others.parts or not ENERGIES.isdisjoint(content.values)):
        content.energy_step = unscaled.ENERGY_MILLI


def _nothing(others: _Others) -> UnknownListError:
    if others.passed_over:
        return UnknownListError(f"no value can be used: {others.passed_over}", ProblemCause.UNUSABLE_VALUE)
    return UnknownListError("the list has no value that is known here", ProblemCause.NO_KNOWN_VALUE)
