"""A-XDR encoded COSEM data (IEC 62056-6-2, "Common data types"): octets in, plain Python values out.

null-data becomes None, an array or a structure a list, an octet-string bytes, a visible- or UTF-8-string str, and
every number (enum included) an int. Only what push lists use is understood; every other tag is refused.
"""

from __future__ import annotations

from typing import Final

from han2x.codecs.errors import ApduError

CosemValue = None | int | bytes | str | list["CosemValue"]

MAX_DEPTH: Final = 8
"""Nesting of arrays and structures that is followed; push lists need three."""

_NULL: Final = 0x00
_COLLECTIONS: Final = {0x01: "array", 0x02: "structure"}
_OCTET_STRING: Final = 0x09
_TEXT_STRINGS: Final = {0x0A: "latin-1", 0x0C: "utf-8"}
_INTEGERS: Final = {  # tag: (octets, signed)
    0x03: (1, False),  # boolean
    0x05: (4, True),  # double-long
    0x06: (4, False),  # double-long-unsigned
    0x0F: (1, True),  # integer
    0x10: (2, True),  # long
    0x11: (1, False),  # unsigned
    0x12: (2, False),  # long-unsigned
    0x14: (8, True),  # long64
    0x15: (8, False),  # long64-unsigned
    0x16: (1, False),  # enum
}


def decode_data(octets: bytes, position: int = 0) -> tuple[CosemValue, int]:
    """Decode the one value that begins at `position`; answer it and the place after it.

    Raises:
        ApduError: the octets end early, a tag is unknown, or nesting exceeds `MAX_DEPTH`.
    """
    return _value(octets, position, 0)


def decode_length(octets: bytes, position: int) -> tuple[int, int]:
    """Decode a length: short form, or 81 to 84 and octets, also where fewer octets would do, as meters send it.

    Raises:
        ApduError: the octets end early, or the form has more than four octets.
    """
    first = _octet(octets, position)
    position += 1
    if first < 0x80:
        return first, position
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise ApduError(f"a length of {count} octets at octet {position - 1}; 1 to 4 are possible")
    return int.from_bytes(_take(octets, position, count), "big"), position + count


def _value(octets: bytes, position: int, depth: int) -> tuple[CosemValue, int]:
    tag = _octet(octets, position)
    position += 1
    if tag in _INTEGERS:
        size, signed = _INTEGERS[tag]
        return int.from_bytes(_take(octets, position, size), "big", signed=signed), position + size
    if tag == _OCTET_STRING or tag in _TEXT_STRINGS:
        return _string(octets, position, tag)
    if tag in _COLLECTIONS:
        return _collection(octets, position, depth, _COLLECTIONS[tag])
    if tag == _NULL:
        return None, position
    raise ApduError(f"unknown data type 0x{tag:02X} at octet {position - 1}")


def _string(octets: bytes, position: int, tag: int) -> tuple[bytes | str, int]:
    size, position = decode_length(octets, position)
    content = _take(octets, position, size)
    if tag == _OCTET_STRING:
        return content, position + size
    return content.decode(_TEXT_STRINGS[tag], errors="replace"), position + size


def _collection(octets: bytes, position: int, depth: int, name: str) -> tuple[list[CosemValue], int]:
    if depth >= MAX_DEPTH:
        raise ApduError(f"more than {MAX_DEPTH} arrays or structures inside one another at octet {position - 1}")
    count, position = decode_length(octets, position)
    if count > len(octets) - position:
        raise ApduError(
            f"{name} of {count} elements at octet {position}, with only {len(octets) - position} octets left"
        )
    elements = []
    for _ in range(count):
        element, position = _value(octets, position, depth + 1)
        elements.append(element)
    return elements, position


def _octet(octets: bytes, position: int) -> int:
    if position >= len(octets):
        raise ApduError(f"the octets end at {len(octets)}, in the middle of a value")
    return octets[position]


def _take(octets: bytes, position: int, size: int) -> bytes:
    taken = octets[position : position + size]
    if len(taken) < size:
        raise ApduError(f"{size} octets are needed at octet {position}, but only {len(taken)} are left")
    return taken
