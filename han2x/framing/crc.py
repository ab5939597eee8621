"""The two CRCs of 16 bits that HAN lines use, both with the register running from the low bit up.

A telegram's CRC is the largest single cost of reading it when it is taken octet by octet, so both are taken at once:
the one by the standard library, the other by arithmetic on the telegram as one long number.
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final

_MIRROR: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_X25_RESIDUE: Final = 0x1D0F
_ARC_FACTOR: Final = 0x8003


def x25_holds(octets: bytes | bytearray) -> bool:
    """Whether the last two octets are the CRC-16/X-25 of those before them, low octet first (ISO/IEC 13239).

    Mirrored octets let the standard library's CRC, which has the same polynomial and runs from the high bit down, do
    the work; over a message and its own CRC it comes to a fixed residue.
    """
    return crc_hqx(octets.translate(_MIRROR), 0xFFFF) == _X25_RESIDUE


def x25(octets: bytes) -> int:
    """The CRC-16/X-25: the polynomial of ISO/IEC 13239, register at first FFFF, inverted at the end."""
    mirrored = crc_hqx(octets.translate(_MIRROR), 0xFFFF)
    return (_MIRROR[mirrored & 0xFF] << 8 | _MIRROR[mirrored >> 8]) ^ 0xFFFF


def arc(octets: bytes) -> int:
    """The CRC-16/ARC: polynomial x¹⁶ + x¹⁵ + x² + 1, register at first 0.

    It is the remainder of the message, as a polynomial over GF(2) times x¹⁶, by (x + 1)(x¹⁵ + x + 1). By the second
    factor, x¹⁵ⁿ = xⁿ + 1 for every power of two n, so that the upper part of a long row of bits can be folded onto its
    lower part at once, and halves it. By the first, the remainder has the parity of the row. Both together are it.
    """
    bits = int.from_bytes(octets.translate(_MIRROR), "big") << 16
    odd = bits.bit_count() & 1
    fold = 1 << (bits.bit_length() // 15).bit_length()
    while fold:
        width = 15 * fold
        while upper := bits >> width:
            bits ^= upper << width ^ upper << fold ^ upper
        fold >>= 1
    if bits.bit_count() & 1 != odd:
        bits ^= _ARC_FACTOR
    return _MIRROR[bits & 0xFF] << 8 | _MIRROR[bits >> 8]
