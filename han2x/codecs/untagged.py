"""Lists whose attribute descriptors stand without type tags (Sagemcom XT211 of ČEZ and EG.D).

    02 02 | 16, an enum | 01, how many | each: 02 02 | class (2) | OBIS code (6) | attribute (1) | a value with its tag

The structure says that it has two elements, and then comes the descriptor as nine bare octets, of which a reader that
goes by the standard takes the first for null-data.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import CutShortError

_HEAD: Final = re.compile(rb"\x02\x02\x16.\x01[\x01-\x7F]", re.DOTALL)
_DESCRIPTOR: Final = re.compile(rb"\x02\x02\x00.(.{5}\xFF)[\x01-\x14]", re.DOTALL)
_ANY_HEAD: Final = b"\x02\x02\x16\x00\x01\x01"
_ANY_DESCRIPTOR: Final = b"\x02\x02\x00\x00\x00\x00\x00\x00\x00\xff\x01"


def decode_untagged(octets: bytes, position: int) -> tuple[CosemValue, int] | None:
    """Decode the list that begins at `position`; return it and the place after it, None when it is no such list.

    It is given as the enum and an array of structures of a descriptor and its value, the descriptor being what lists
    with tags have there: a structure of class, OBIS code, attribute and data index.

    Raises:
        CutShortError: the octets end early.
        ApduError: a value has a tag that is unknown.
    """
    if not _fits(_HEAD, _ANY_HEAD, octets, position):
        return None
    kind, count = octets[position + 3], octets[position + 5]
    position += len(_ANY_HEAD)
    elements: list[CosemValue] = []
    for _ in range(count):
        if not _fits(_DESCRIPTOR, _ANY_DESCRIPTOR, octets, position):
            return None
        descriptor = octets[position + 3], octets[position + 4 : position + 10], octets[position + 10], 0
        value, position = decode_data(octets, position + len(_ANY_DESCRIPTOR))
        elements.append((descriptor, value))
    return (kind, elements), position


def _fits(pattern: re.Pattern[bytes], shortest: bytes, octets: bytes, position: int) -> bool:
    """Whether the octets at `position` fit.

    Raises:
        CutShortError: as far as they go they do, but they end.
    """
    found = octets[position : position + len(shortest)]
    if not pattern.match(found + shortest[len(found) :]):
        return False
    if len(found) < len(shortest):
        raise CutShortError(f"the octets end at {len(octets)}, in the middle of a descriptor")
    return True
