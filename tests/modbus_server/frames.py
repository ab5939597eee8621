"""Modbus frames, made for tests independently of what is tested. A PDU may be given as hexadecimal text."""

from __future__ import annotations

import struct


def crc16(octets: bytes) -> bytes:
    """The CRC of "MODBUS over Serial Line V1.02", section 6.2.2, bit by bit."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def mbap(
    pdu: bytes | str, transaction: int = 1, unit: int = 1, *, protocol: int = 0, length: int | None = None
) -> bytes:
    """A frame with an MBAP header, which may be wrong."""
    octets = bytes.fromhex(pdu) if isinstance(pdu, str) else pdu
    size = len(octets) + 1 if length is None else length
    return struct.pack(">HHHB", transaction, protocol, size, unit) + octets


def rtu(pdu: bytes | str, unit: int = 1) -> bytes:
    """A frame as on a serial line."""
    body = bytes([unit]) + (bytes.fromhex(pdu) if isinstance(pdu, str) else pdu)
    return body + crc16(body)
