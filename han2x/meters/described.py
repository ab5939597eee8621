"""Lists that describe themselves: every value with its OBIS code, and mostly with its scaler and unit.

Follows IEC 62056-6-2, "Register" (scaler_unit). Aidon sends such lists (see `han2x.meters.aidon`), and so do meters of
other makers with their own order and nesting; those are read here. Where no value at all has a scaler, they are counts
as `han2x.meters.unscaled` has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeGuard

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.meters.base import OBIS_OCTETS, QUANTITIES, ListContent, Scales, Supported, obis_key
from han2x.meters.elements import Element, content_of, is_number, is_scaling
from han2x.meters.learned import Learned
from han2x.meters.totals import PARTS

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
        "everything in one list",
        "M-Bus, 2400 8E1",
        "both",
    ),
    Supported(
        "others whose lists carry an OBIS code with each value",
        "",
        "as the meter sends them",
        "M-Bus or RS-485, found by itself",
        "where the grid company encrypts",
        "made ones",
    ),
)


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


def nested(body: list[CosemValue]) -> Iterator[Element]:
    """The elements of an array of structures; what is none is passed over."""
    for item in body:
        if _is_element(item):
            yield item if len(item) == 3 else (*item, None)


def _flat(body: tuple[CosemValue, ...]) -> Iterator[Element]:
    """The elements of a structure, each one by itself or as a structure; what has no OBIS code is passed over."""
    place = 0
    while place < len(body):
        item = body[place]
        place += 1
        if _is_element(item):
            yield item if len(item) == 3 else (*item, None)
        elif _is_code(item) and place < len(body):
            scaling = body[place + 1] if place + 1 < len(body) and is_scaling(body[place + 1]) else None
            yield item, body[place], scaling
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
