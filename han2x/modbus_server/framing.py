"""Octets of a TCP connection <-> Modbus frames, in either of the two framings that clients use. Pure.

MBAP is "MODBUS Messaging on TCP/IP Implementation Guide V1.0b", section 3.1.3: transaction id, protocol id 0, length,
unit id, PDU. RTU over TCP is what serial gateways pass on: unit id, PDU, CRC ("MODBUS over Serial Line V1.02", section
2.5.1). A connection's first frame shows which of them the client speaks.
"""

from __future__ import annotations

from collections.abc import Container
from enum import Enum
from typing import NamedTuple

from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

MBAP_PREFIX = 6
"""Octets of the MBAP header that its length field does not count."""
MAX_RTU_FRAME = 256

# Whole length of an RTU request by function code, and where a byte count stands in those that have one.
_RTU_FIXED = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 7: 4, 8: 8, 11: 4, 12: 4, 17: 4, 22: 10, 24: 6, 43: 7}
_RTU_COUNTED = {15: 6, 16: 6, 23: 10}


class BrokenStreamError(ValueError):
    """The octets are not a frame, and nothing shows where the next one begins."""


class Framing(Enum):
    """The two ways of delimiting frames on a connection."""

    MBAP = "tcp"
    RTU = "rtu"


class Frame(NamedTuple):
    """One request: its transaction id (0 in RTU), unit id, PDU, and the index of the octet after it."""

    transaction: int
    unit: int
    pdu: bytes
    end: int


# Only their encoding is used, which needs no decoder, but pymodbus wants one.
_FRAMERS: dict[Framing, FramerBase] = {
    Framing.MBAP: FramerSocket(DecodePDU(is_server=True)),
    Framing.RTU: FramerRTU(DecodePDU(is_server=True)),
}


def build_frame(framing: Framing, transaction: int, unit: int, pdu: bytes) -> bytes:
    """The frame that carries this PDU; RTU has no transaction id."""
    return _FRAMERS[framing].encode(pdu, unit, transaction)


def next_mbap(buffer: bytes, start: int) -> Frame | None:
    """The frame that begins at `start`, or None while it is incomplete.

    Raises:
        BrokenStreamError: protocol id or length is impossible.
    """
    head = buffer[start : start + 7]
    if head[2:4].strip(b"\0"):
        raise BrokenStreamError(f"protocol id is {head[2:4].hex()}, not 0000")
    if len(head) >= MBAP_PREFIX and not 2 <= (length := int.from_bytes(head[4:6], "big")) <= 254:
        raise BrokenStreamError(f"length is {length}, allowed are 2 to 254")
    if len(head) < 7 or len(buffer) < (end := start + MBAP_PREFIX + length):
        return None
    return Frame(int.from_bytes(head[:2], "big"), head[6], buffer[start + 7 : end], end)


def next_rtu(buffer: bytes, start: int) -> Frame | None:
    """The frame that begins at `start`, or None while it is incomplete.

    Raises:
        BrokenStreamError: the function code is unknown, and with it the length of the frame, or the CRC is wrong.
    """
    length = _rtu_length(buffer, start)
    if length is None or len(buffer) < (end := start + length):
        return None
    body = buffer[start : end - 2]
    if FramerRTU.compute_CRC(body).to_bytes(2, "big") != buffer[end - 2 : end]:
        raise BrokenStreamError("wrong CRC")
    return Frame(0, body[0], body[1:], end)


def _rtu_length(buffer: bytes, start: int) -> int | None:
    if len(buffer) < start + 2:
        return None
    function = buffer[start + 1]
    if length := _RTU_FIXED.get(function):
        return length
    if (position := _RTU_COUNTED.get(function)) is None:
        raise BrokenStreamError(f"neither MBAP nor RTU: function code {function} is not known")
    if len(buffer) <= start + position:
        return None
    length = position + 1 + buffer[start + position] + 2
    if length > MAX_RTU_FRAME:
        raise BrokenStreamError(f"RTU frame of {length} octets, allowed are {MAX_RTU_FRAME}")
    return length


def framing_of(buffer: bytes, functions: Container[int]) -> Framing | None:
    """Which framing a connection's first octets have, or None while they do not show it.

    Only an RTU frame about register address 0 can also be read as MBAP. It is RTU when its CRC is right, unless more
    follows it and the MBAP reading is a request with one of the function codes `functions`.

    Raises:
        BrokenStreamError: the octets are neither.
    """
    try:
        mbap = next_mbap(buffer, 0)
    except BrokenStreamError as broken:
        return _rtu_or(broken, buffer)
    try:
        rtu = next_rtu(buffer, 0)
    except BrokenStreamError:
        return Framing.MBAP if len(buffer) >= MBAP_PREFIX else None
    if rtu and (rtu.end == len(buffer) or not _served(buffer, functions)):
        return Framing.RTU
    return Framing.MBAP if mbap else None


def _rtu_or(not_mbap: BrokenStreamError, buffer: bytes) -> Framing | None:
    try:
        if next_rtu(buffer, 0):
            return Framing.RTU
    except BrokenStreamError as not_rtu:
        raise not_mbap from not_rtu
    if not _rtu_is_likely(buffer):
        raise not_mbap
    return None


def _rtu_is_likely(buffer: bytes) -> bool:
    """Whether the byte count of an incomplete frame agrees with its register count, as far as they have arrived."""
    position = _RTU_COUNTED.get(buffer[1], 0)
    if not position or len(buffer) <= position:
        return True
    count = int.from_bytes(buffer[position - 2 : position], "big")
    return buffer[position] == ((count + 7) // 8 if buffer[1] == 15 else 2 * count)


def _served(buffer: bytes, functions: Container[int]) -> bool:
    return len(buffer) >= MBAP_PREFIX + 2 and buffer[7] in functions
