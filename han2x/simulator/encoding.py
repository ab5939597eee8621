"""The octets of a push: A-XDR data, COSEM date-time (IEC 62056-6-2) and the HDLC frame around them (IEC 62056-46)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from han2x.simulator.clock import is_summer, local_time

FLAG = b"\x7e"
LLC = bytes.fromhex("e6e700")
NULL = b"\x00"
NOT_SPECIFIED = 0x8000


def array(elements: Sequence[bytes]) -> bytes:
    return b"\x01" + _length(len(elements)) + b"".join(elements)


def structure(elements: Sequence[bytes]) -> bytes:
    return b"\x02" + _length(len(elements)) + b"".join(elements)


def double_long_unsigned(value: int) -> bytes:
    """Rolls over as the meters' counters do."""
    return b"\x06" + (value % 2**32).to_bytes(4, "big")


def unsigned(value: int) -> bytes:
    return b"\x11" + value.to_bytes(1, "big")


def boolean(value: int) -> bytes:
    return b"\x03" + value.to_bytes(1, "big")


def octet_string(octets: bytes) -> bytes:
    return b"\x09" + _length(len(octets)) + octets


def visible_string(text: str) -> bytes:
    return b"\x0a" + _length(len(text)) + text.encode("ascii")


def integer(value: int) -> bytes:
    return b"\x0f" + value.to_bytes(1, "big", signed=True)


def long(value: int) -> bytes:
    return b"\x10" + value.to_bytes(2, "big", signed=True)


def long_unsigned(value: int) -> bytes:
    return b"\x12" + value.to_bytes(2, "big")


def enum(value: int) -> bytes:
    return b"\x16" + value.to_bytes(1, "big")


def obis(code: str) -> bytes:
    """The code `a.b.c.d.e.f` as the octet-string that names an object."""
    return octet_string(bytes(int(group) for group in code.split(".")))


def date_time(
    clock: datetime, *, deviation_min: int | None = None, status: int = 0, sunday: int = 7, hundredths: int = 0xFF
) -> bytes:
    """The twelve octets of a date-time. `sunday` is the weekday number that this maker gives to a Sunday."""
    weekday = sunday if clock.isoweekday() == 7 else clock.isoweekday()
    deviation = NOT_SPECIFIED if deviation_min is None else deviation_min % 2**16
    date = clock.year.to_bytes(2, "big") + bytes((clock.month, clock.day, weekday))
    time = bytes((clock.hour, clock.minute, clock.second, hundredths))
    return date + time + deviation.to_bytes(2, "big") + bytes((status,))


def local_date_time(normal: datetime) -> bytes:
    """What a clock in the kitchen shows at that normal time (UTC+1), and how far that is from UTC."""
    summer = is_summer(normal)
    return date_time(local_time(normal), deviation_min=-(60 + 60 * summer), status=0x80 if summer else 0)


def data_notification(date_time_field: bytes, body: bytes, *, invoke_id: int = 0) -> bytes:
    """The APDU; `date_time_field` is the whole field, with whatever tag or length the maker puts before the time."""
    return b"\x0f" + invoke_id.to_bytes(4, "big") + date_time_field + body


def hdlc_frame(addresses: bytes, control: int, information: bytes, *, segmented: bool = False) -> bytes:
    """A frame of format type 3 with both check sequences and flags; nothing in it is stuffed.

    A `segmented` one is continued by the next.
    """
    length = 2 + len(addresses) + 1 + 2 + len(information) + 2
    if length > 0x7FF:
        raise ValueError(f"an HDLC frame holds at most 2047 octets, not {length}")
    header = (0xA000 | 0x0800 * segmented | length).to_bytes(2, "big") + addresses + bytes((control,))
    checked = header + check_sequence(header) + information
    return FLAG + checked + check_sequence(checked) + FLAG


def hdlc_segments(addresses: bytes, information: bytes, size: int) -> bytes:
    """The information in frames of up to `size` octets of it, all but the last of which say that another follows."""
    pieces = _pieces(information, size)
    last = len(pieces) - 1
    frames = [
        hdlc_frame(addresses, 0x13 if place == last else 0x03, piece, segmented=place < last)
        for place, piece in enumerate(pieces)
    ]
    return b"".join(frames)


def hdlc_blocks(addresses: bytes, apdu: bytes, size: int) -> bytes:
    """The APDU in blocks of general-block-transfer of `size` octets, one a frame; the LLC is in front of the first."""
    pieces = _pieces(apdu, size)
    blocks = [
        bytes((0xE0, 0xC0 if place == len(pieces) else 0x40))
        + place.to_bytes(2, "big")
        + b"\0\0"
        + _length(len(piece))
        + piece
        for place, piece in enumerate(pieces, 1)
    ]
    return b"".join(hdlc_frame(addresses, 0x13, LLC * (place == 0) + block) for place, block in enumerate(blocks))


def mbus_parts(apdu: bytes, size: int) -> bytes:
    """The APDU in M-Bus long frames of up to `size` octets of it; a length above 255 is cut to its low octet."""
    pieces = _pieces(apdu, size)
    frames = []
    for place, piece in enumerate(pieces):
        content = bytes((0x53, 0xFF, place | 0x10 * (place == len(pieces) - 1), 0x01, 0x67)) + piece
        length = len(content) & 0xFF
        frames.append(bytes((0x68, length, length, 0x68)) + content + bytes((sum(content) & 0xFF, 0x16)))
    return b"".join(frames)


def _pieces(octets: bytes, size: int) -> list[bytes]:
    return [octets[begin : begin + size] for begin in range(0, len(octets), size)]


def check_sequence(octets: bytes) -> bytes:
    """CRC-16/X-25 as it goes over the line, low octet first."""
    return (reflected_crc16(0x8408, 0xFFFF, octets) ^ 0xFFFF).to_bytes(2, "little")


def reflected_crc16(polynomial: int, start: int, octets: bytes) -> int:
    """A CRC of 16 bits that takes the low bit first; `polynomial` is written mirrored."""
    table = _crc_table(polynomial)
    crc = start
    for octet in octets:
        crc = crc >> 8 ^ table[(crc ^ octet) & 0xFF]
    return crc


@cache
def _crc_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for index in range(256):
        crc = index
        for _ in range(8):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


def _length(count: int) -> bytes:
    if count < 0x80:
        return bytes((count,))
    octets = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(octets),)) + octets
