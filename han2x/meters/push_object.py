"""Lists that begin with what they were told to push: an array of attribute descriptors, then the attributes.

Follows IEC 62056-6-2, "Push setup" (push_object_list): each descriptor is a structure of class id, OBIS code, attribute
and data index, and the element at its place is what it describes; the first one describes the array itself. Landis+Gyr
E360, E450 and E570 and Iskraemeco AM550 send such lists in Switzerland, each grid company with an order of its own. The
XT211 of Czechia sends the same as pairs of descriptor and value.

Scaler and unit are attributes of their own, which hardly anybody has put into a list: see `han2x.meters.unscaled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeGuard

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.meters import unscaled
from han2x.meters.base import (
    CLOCK,
    DEVICE,
    IDENTIFIERS,
    OBIS_OCTETS,
    OTHER_NUMBER,
    QUANTITIES,
    ListContent,
    Scales,
    Supported,
    Unscaled,
    obis_key,
)
from han2x.meters.elements import Element, content_of, is_scaling
from han2x.meters.learned import Learned
from han2x.meters.totals import PARTS

SUPPORTED: Final = (
    Supported(
        "Landis+Gyr E450, E570",
        "Switzerland, Austria",
        "as the grid company chose: powers every 5 s, energies with them or every 60 s",
        "M-Bus, 2400 8E1",
        "where the grid company encrypts",
    ),
    Supported(
        "Landis+Gyr E360",
        "Switzerland",
        "as the grid company chose",
        "P1 (RJ12), 9600 8N1",
        "where the grid company encrypts",
    ),
    Supported(
        "Iskraemeco AM550",
        "Switzerland",
        "as the grid company chose",
        "P1 (RJ12), 115200 8N1",
        "where the grid company encrypts",
    ),
    Supported("Sagemcom XT211", "Czechia", "everything every 60 s", "RS-485, 9600 8N1"),
)

_DATA, _REGISTER, _EXTENDED_REGISTER, _CLOCK = 1, 3, 4, 8  # class ids
_VALUE, _SCALER_UNIT = 2, 3  # attributes; of extended registers too

Descriptor = tuple[int, bytes, int, int]
"""Class id, OBIS code, attribute, data index."""


def read(notification: DataNotification, scales: Scales, learned: Learned | None = None) -> ListContent | None:
    """Read a list that begins with its descriptors; None when it is none.

    Raises:
        UnknownListError: it is one, but has no value that is known here and can be used.
    """
    described = _described(notification.body)
    if described is None:
        return None
    content = content_of(
        _elements(described),
        notification.sender,
        learned,
        may=Unscaled.ALWAYS,
        current_ma=unscaled.PUSHED_MA,
    )
    if notification.time is not None:
        # The clock in the list may be a second or two apart from the header's, and be marked invalid all the time.
        content.register_time = None
    return content


def _described(body: CosemValue) -> list[tuple[Descriptor, CosemValue]] | None:
    """Every descriptor with what it describes."""
    if not isinstance(body, tuple) or not body:
        return None
    head, *rest = body
    if isinstance(head, list) and head and len(head) == len(body) and all(map(_is_descriptor, head)):
        return [(each, value) for each, value in zip(head, body, strict=True) if _is_descriptor(each)]
    pairs = rest[0] if len(rest) == 1 and isinstance(head, int) else None
    if isinstance(pairs, list) and pairs and all(isinstance(each, tuple) and len(each) == 2 for each in pairs):
        found = [(each[0], each[1]) for each in pairs if isinstance(each, tuple) and _is_descriptor(each[0])]
        return found if len(found) == len(pairs) else None
    return None


def _is_descriptor(item: CosemValue) -> TypeGuard[Descriptor]:
    if not isinstance(item, tuple) or len(item) != 4:
        return False
    number, code, attribute, index = item
    return (
        isinstance(number, int)
        and isinstance(code, bytes)
        and len(code) == OBIS_OCTETS
        and isinstance(attribute, int)
        and isinstance(index, int)
    )


def _elements(described: list[tuple[Descriptor, CosemValue]]) -> Iterator[Element]:
    """What bears on quantities, names and the clock; scalers stand with their values, wherever they came."""
    scalings = {
        code: value
        for (number, code, attribute, _), value in described
        if number in (_REGISTER, _EXTENDED_REGISTER) and attribute == _SCALER_UNIT and is_scaling(value)
    }
    for (number, code, attribute, _), value in described:
        key = obis_key(code)
        if attribute == _VALUE and _fits_its_class(number, key):
            yield code, value, scalings.get(code)


def _fits_its_class(number: int, key: str) -> bool:
    if number in (_REGISTER, _EXTENDED_REGISTER):
        return key in QUANTITIES or key in PARTS
    if number == _CLOCK:
        return key == CLOCK
    return number == _DATA and (key in IDENTIFIERS or key in (DEVICE, OTHER_NUMBER))
