"""A-XDR encoded COSEM data (IEC 62056-6-2, "Common data types"): octets in, plain Python values out.

null-data becomes None, an array a list, a structure a tuple, an octet-string bytes, a visible- or UTF-8-string str,
a whole number (enum, boolean and bcd included) an int, a floating-point one a float, date-time, date and time their
octets, and a bit-string a str of 0 and 1. A compact-array cannot be passed over without knowing what it holds, so it is
refused like a tag that the standard does not have.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812 - it is a class
from typing import Final

from han2x.codecs.errors import ApduError, CutShortError

CosemValue = None | int | float | bytes | str | list["CosemValue"] | tuple["CosemValue", ...]

MAX_DEPTH: Final = 8
"""Nesting of arrays and structures that is followed; push lists need three."""

_LONG: Final = 0x80
_NULL: Final = 0x00
_ARRAY: Final = 0x01
_STRUCTURE: Final = 0x02
_BIT_STRING: Final = 0x04
_OCTET_STRING: Final = 0x09
_BCD: Final = 0x0D
_TEXT_STRINGS: Final = {0x0A: "latin-1", 0x0C: "utf-8"}
_NUMBERS: Final = {  # each with its tag in front
    0x03: Struct(">xB"),  # boolean
    0x05: Struct(">xi"),  # double-long
    0x06: Struct(">xI"),  # double-long-unsigned
    0x0F: Struct(">xb"),  # integer
    0x10: Struct(">xh"),  # long
    0x11: Struct(">xB"),  # unsigned
    0x12: Struct(">xH"),  # long-unsigned
    0x14: Struct(">xq"),  # long64
    0x15: Struct(">xQ"),  # long64-unsigned
    0x16: Struct(">xB"),  # enum
    0x17: Struct(">xf"),  # float32
    0x18: Struct(">xd"),  # float64
}
_NESTING: Final = {_ARRAY, _STRUCTURE}
_STRINGS: Final = {_OCTET_STRING, *_TEXT_STRINGS}
_PAIR: Final = 2
_SCALING_OCTETS: Final = 4
_SCALINGS: Final = {
    bytes((0x0F, scaler & 0xFF, 0x16, unit)): (scaler, unit)
    for scaler in range(-9, 10)
    for unit in (27, 29, 30, 32, 33, 35, 255)
}
"""What every other structure of a list that describes itself holds, scaler and unit of a value: taken at once."""
_TIMES: Final = {0x19: 12, 0x1A: 5, 0x1B: 4}  # date-time, date and time, and their octets


def decode_data(octets: bytes, position: int = 0) -> tuple[CosemValue, int]:
    """Decode the one value that begins at `position`; answer it and the place after it.

    Raises:
        CutShortError: the octets end early.
        ApduError: a tag is unknown, or nesting exceeds `MAX_DEPTH`.
    """
    try:
        (value,), position = _values(octets, position, 1, 0)
    except (IndexError, StructError) as error:
        raise _ends_early(octets) from error
    return value, position


def decode_length(octets: bytes, position: int) -> tuple[int, int]:
    """Decode a length: short form, or 81 to 84 and octets, also where fewer octets would do, as meters send it.

    Raises:
        ApduError: the octets end early, or the form has more than four octets.
    """
    if position >= len(octets):
        raise _ends_early(octets)
    first = octets[position]
    position += 1
    if first < _LONG:
        return first, position
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise ApduError(f"a length of {count} octets at octet {position - 1}; 1 to 4 are possible")
    return int.from_bytes(_take(octets, position, count), "big"), position + count


def _values(octets: bytes, position: int, count: int, depth: int) -> tuple[list[CosemValue], int]:
    """So many values in a row. Every octet of every list comes through here, so numbers are taken on the spot."""
    values: list[CosemValue] = []
    for _ in range(count):
        tag = octets[position]
        number = _NUMBERS.get(tag)
        if number is not None:
            values += number.unpack_from(octets, position)
            position += number.size
        elif tag == _OCTET_STRING:
            size = octets[position + 1]
            position += 2
            if size >= _LONG:
                size, position = decode_length(octets, position - 1)
            values.append(_take(octets, position, size))
            position += size
        elif tag in _NESTING:
            size = octets[position + 1]
            position += 2
            if size >= _LONG:
                size, position = decode_length(octets, position - 1)
            if depth >= MAX_DEPTH or size > len(octets) - position:
                raise _not_these(octets, position, size, depth)
            pair = _SCALINGS.get(octets[position : position + _SCALING_OCTETS]) if size == _PAIR else None
            if pair is not None and tag == _STRUCTURE:
                values.append(pair)
                position += _SCALING_OCTETS
            else:
                elements, position = _values(octets, position, size, depth + 1)
                values.append(tuple(elements) if tag == _STRUCTURE else elements)
        elif tag == _NULL:
            values.append(None)
            position += 1
        else:
            value, position = _other(octets, position)
            values.append(value)
    return values, position


def _other(octets: bytes, position: int) -> tuple[CosemValue, int]:
    tag = octets[position]
    if tag in _TEXT_STRINGS:
        size, position = decode_length(octets, position + 1)
        return _take(octets, position, size).decode(_TEXT_STRINGS[tag], errors="replace"), position + size
    if tag in _TIMES:
        return _take(octets, position + 1, _TIMES[tag]), position + 1 + _TIMES[tag]
    if tag == _BIT_STRING:
        size, position = decode_length(octets, position + 1)
        bits = "".join(f"{octet:08b}" for octet in _take(octets, position, (size + 7) // 8))
        return bits[:size], position + (size + 7) // 8
    if tag == _BCD:
        tens, ones = divmod(octets[position + 1], 16)
        return 10 * tens + ones if tens < 10 and ones < 10 else None, position + 2
    raise ApduError(f"unknown data type 0x{tag:02X} at octet {position}")


def _not_these(octets: bytes, position: int, count: int, depth: int) -> ApduError:
    """Why so many elements are not decoded."""
    if depth >= MAX_DEPTH:
        return ApduError(f"more than {MAX_DEPTH} arrays or structures inside one another at octet {position}")
    left = len(octets) - position
    return CutShortError(f"an array or structure of {count} elements at octet {position}, with only {left} octets left")


def _take(octets: bytes, position: int, size: int) -> bytes:
    taken = octets[position : position + size]
    if len(taken) < size:
        raise CutShortError(f"{size} octets are needed at octet {position}, but only {len(taken)} are left")
    return taken


def _ends_early(octets: bytes) -> CutShortError:
    return CutShortError(f"the octets end at {len(octets)}, in the middle of a value")


def types_of(octets: bytes, position: int) -> list[tuple[int, int]]:
    """The tags of the elements of the structure at `position`, each with the octets of its value.

    The octets are those of a value that has been decoded; nothing else may be given.
    """
    count, position = decode_length(octets, position + 1)
    types = []
    for _ in range(count):
        _, end = decode_data(octets, position)
        tag = octets[position]
        size = decode_length(octets, position + 1)[0] if tag in _STRINGS else end - position - 1
        types.append((tag, size))
        position = end
    return types
