"""Builds frames and telegrams as meters send them, by the standards and without the code under test."""

from __future__ import annotations

from collections.abc import Iterable
from struct import pack

LLC = bytes.fromhex("e6e700")

KAMSTRUP = bytes.fromhex("2b2113")
AIDON = bytes.fromhex("41088313")
KAIFA = bytes.fromhex("01020110")

# Units of the COSEM enumeration.
W, VAR, WH, VARH, A, V = 27, 29, 30, 32, 33, 35


def crc(octets: bytes, polynomial: int, register: int = 0) -> int:
    """A CRC of 16 bits that runs from the low bit up, bit by bit as the standards describe it."""
    for octet in octets:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (polynomial if register & 1 else 0)
    return register


def crc_x25(octets: bytes) -> bytes:
    return (crc(octets, 0x8408, 0xFFFF) ^ 0xFFFF).to_bytes(2, "little")


def hdlc(
    information: bytes, addresses: bytes = KAMSTRUP, *, segmented: bool = False, length: int | None = None
) -> bytes:
    """A frame with both flags; `addresses` includes the control octet, `length` replaces the true one."""
    checks = 4 if information else 2
    size = 2 + len(addresses) + checks + len(information) if length is None else length
    header = (0xA000 | 0x0800 * segmented | size).to_bytes(2, "big") + addresses
    content = header + crc_x25(header)
    if information:
        content += information
        content += crc_x25(content)
    return b"\x7e" + content + b"\x7e"


def mbus(information: bytes, *, part: int = 0, last: bool = True) -> bytes:
    """An M-Bus long frame with a part of an APDU; of a length above 255 it tells what goes into an octet."""
    content = bytes((0x53, 0xFF, part | 0x10 * last, 0x01, 0x67)) + information
    size = len(content) & 0xFF
    return bytes((0x68, size, size, 0x68)) + content + bytes((sum(content) & 0xFF, 0x16))


def block(number: int, octets: bytes, *, last: bool = False) -> bytes:
    """A block of general-block-transfer; `number` counts from 1."""
    control = 0xC0 if last else 0x40
    return bytes((0xE0, control)) + number.to_bytes(2, "big") + b"\0\0" + _length(len(octets)) + octets


def p1(lines: Iterable[str], identification: str = "KAM5") -> bytes:
    """A P1 telegram with the line end after its check sequence."""
    text = f"/{identification}\r\n\r\n" + "".join(f"{line}\r\n" for line in lines) + "!"
    return text.encode() + f"{crc(text.encode(), 0xA001):04X}\r\n".encode()


def sealed_p1(protected: bytes, identification: str = "KFM5KAIFA-METER") -> bytes:
    """A P1 telegram with encrypted data lines, as Polish meters send it; its CRC has the low octet first."""
    text = f"/{identification}\r\n\r\n".encode() + protected + b"!"
    return text + crc_x25(text).hex().upper().encode() + b"\r\n"


def notification(body: bytes, time: bytes = b"\x00") -> bytes:
    """A data-notification; `time` is the date-time with what stands in front of it."""
    return b"\x0f\x40\x00\x00\x00" + time + body


def telegram(body: bytes, addresses: bytes = KAMSTRUP, time: bytes = b"\x00") -> bytes:
    """A frame with a data-notification."""
    return hdlc(LLC + notification(body, time), addresses)


def date_time(text: str, *, deviation: int = -0x8000, status: int = 0, weekday: int = 1) -> bytes:
    """The twelve octets of a COSEM date-time, from "2026-11-20 23:45:10"."""
    day, clock = text.split(" ")
    year, month, date = (int(part) for part in day.split("-"))
    time = bytes(int(part) for part in clock.split(":"))
    return (
        year.to_bytes(2, "big")
        + bytes((month, date, weekday))
        + time
        + b"\xff"
        + deviation.to_bytes(2, "big", signed=True)
        + bytes((status,))
    )


# A-XDR


def _length(size: int) -> bytes:
    return bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")


def null() -> bytes:
    return b"\x00"


def u16(value: int) -> bytes:
    return b"\x12" + value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return b"\x06" + value.to_bytes(4, "big")


def u8(value: int) -> bytes:
    return b"\x11" + bytes((value,))


def u64(value: int) -> bytes:
    return b"\x15" + value.to_bytes(8, "big")


def i16(value: int) -> bytes:
    return b"\x10" + value.to_bytes(2, "big", signed=True)


def octet_string(octets: bytes) -> bytes:
    return b"\x09" + _length(len(octets)) + octets


def text(value: str) -> bytes:
    return b"\x0a" + _length(len(value)) + value.encode()


def obis(code: str) -> bytes:
    """An OBIS code such as 1.1.1.7.0 as an octet-string, F being 255."""
    return octet_string(bytes(int(group) for group in code.split(".")) + b"\xff")


def structure(*elements: bytes) -> bytes:
    return b"\x02" + _length(len(elements)) + b"".join(elements)


def boolean(value: int) -> bytes:
    return b"\x03" + bytes((value,))


def enum(value: int) -> bytes:
    return b"\x16" + bytes((value,))


def float32(value: float) -> bytes:
    return b"\x17" + pack(">f", value)


def array(*elements: bytes) -> bytes:
    return b"\x01" + _length(len(elements)) + b"".join(elements)


def scaling(scaler: int, unit: int) -> bytes:
    return structure(b"\x0f" + scaler.to_bytes(1, "big", signed=True), b"\x16" + bytes((unit,)))


# Lists


def descriptor(code: str, class_id: int = 3, attribute: int = 2) -> bytes:
    """An attribute descriptor, such as a list that names its attributes first has; F is 255 unless given."""
    groups = code if code.count(".") == 5 else f"{code}.255"
    name = octet_string(bytes(int(group) for group in groups.split(".")))
    return structure(u16(class_id), name, b"\x0f" + bytes((attribute,)), u16(0))


def push_object(*described: tuple[bytes, bytes]) -> bytes:
    """A list that names its attributes first: descriptors, then their values."""
    descriptors = array(descriptor("0.8.25.9.0", 40), *(each for each, _ in described))
    return structure(descriptors, *(value for _, value in described))


def untagged(*described: tuple[bytes, bytes]) -> bytes:
    """The list of an XT211: pairs of nine octets without tags and a value."""
    pairs = [b"\x02\x02" + each[3:5] + each[7:13] + each[14:15] + value for each, value in described]
    return structure(enum(1), array(*pairs))


def kamstrup(*elements: bytes, time: bytes | None = None) -> bytes:
    """A frame with a Kamstrup list: the version, then what is given."""
    header = b"\x0c" + (date_time("2026-11-20 23:45:10") if time is None else time)
    return telegram(structure(text("Kamstrup_V0001"), *elements), KAMSTRUP, header)


def aidon(*elements: bytes) -> bytes:
    """A frame with an Aidon list."""
    return telegram(array(*elements), AIDON)


def measured(code: str, value: bytes, scaler: int, unit: int) -> bytes:
    """An element of a list that describes itself."""
    return structure(obis(code), value, scaling(scaler, unit))


def named(code: str, value: bytes) -> bytes:
    """An element of an Aidon list that has no unit."""
    return structure(obis(code), value)


def kaifa(*elements: bytes) -> bytes:
    """A frame with a Kaifa list."""
    return telegram(structure(*elements), KAIFA, octet_string(date_time("2026-11-20 23:45:10")))


def kaifa_identity(meter_type: str = "MA304H4") -> tuple[bytes, bytes, bytes]:
    """The three elements that every longer Kaifa list begins with."""
    return octet_string(b"KFM_001"), octet_string(b"6970630000000000"), octet_string(meter_type.encode())


def a_list_1(power: int = 1234) -> bytes:
    """A short good frame, Aidon's list 1."""
    return aidon(measured("1.0.1.7.0", u32(power), 0, W))


def a_kamstrup_list(power: int = 1234) -> bytes:
    """A good frame with some of everything that Kamstrup's list 1 has."""
    return kamstrup(
        *(obis("1.1.0.0.5"), text("5706560000000000")),
        *(obis("1.1.96.1.1"), text("000000000000000000")),
        *(obis("1.1.1.7.0"), u32(power)),
        *(obis("1.1.31.7.0"), u32(507)),
        *(obis("1.1.32.7.0"), u16(231)),
    )
