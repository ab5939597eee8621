"""Totals of energy from the parts that a meter sends in their place: its tariffs, or the four quadrants.

By IEC 62056-61 group E = 0 is the total and 1 to 8 are tariffs; 3.8.0 is QI + QII and 4.8.0 QIII + QIV. A total that is
sent wins. Parts of one telegram are added up, never those of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x.model import Quantity

_TOTALS: Final = (
    Quantity.ACTIVE_ENERGY_IMPORT,
    Quantity.ACTIVE_ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)
_TARIFFS: Final = {total: tuple(f"{total.removesuffix('0')}{tariff}" for tariff in range(1, 9)) for total in _TOTALS}
_QUADRANTS: Final = {
    Quantity.REACTIVE_ENERGY_IMPORT: ("5.8.0", "6.8.0"),
    Quantity.REACTIVE_ENERGY_EXPORT: ("7.8.0", "8.8.0"),
}
PARTS: Final = {
    **{part: total for total, parts in _TARIFFS.items() for part in parts},
    **{part: total for total, parts in _QUADRANTS.items() for part in parts},
}
"""The OBIS groups C.D.E of all parts, and what each is a part of."""


def complete(values: dict[Quantity, int], parts: Mapping[str, int | None]) -> None:
    """Add to the values the totals that are not sent and all of whose parts are; a part that is None cannot be read."""
    for total in _TOTALS:
        if total not in values:
            tariffs = [parts[part] for part in _TARIFFS[total] if part in parts]
            first, second = _TARIFFS[total][:2]
            found = _sum(tariffs) if first in parts and second in parts else None
            if found is None and total in _QUADRANTS:
                found = _sum([parts.get(part) for part in _QUADRANTS[total]])
            if found is not None:
                values[total] = found


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
