"""LLC and APDU (IEC 62056-46 and IEC 62056-5-3): what stands in front of the body of a push list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from han2x.codecs import date_time
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import ApduError, NoKeyError
from han2x.model import MeterTime

LLC: Final = bytes.fromhex("E6E700")

_DATA_NOTIFICATION: Final = 0x0F
_CIPHERED: Final = {0xDB: "general-glo-ciphering", 0xDC: "general-ded-ciphering", 0xDD: "general-ciphering"}
_INVOKE_ID_OCTETS: Final = 4
_NO_TIME: Final = 0x00
_OCTET_STRING: Final = 0x09


@dataclass(frozen=True, slots=True)
class DataNotification:
    """A data-notification: the clock of its header, None where there is none, and its body."""

    time: MeterTime | None
    body: CosemValue


def decode_information(information: bytes) -> DataNotification:
    """Decode the information field of a frame: LLC, then one APDU.

    Raises:
        ApduError: the LLC or the APDU is not what a push list has.
        NoKeyError: the APDU is encrypted.
    """
    if not information.startswith(LLC):
        raise ApduError(f"the frame begins with {information[:3].hex(' ')} in place of the LLC header e6 e7 00")
    return decode_apdu(information[len(LLC) :])


def decode_apdu(apdu: bytes) -> DataNotification:
    """Decode one APDU.

    Raises:
        ApduError: it is no data-notification, or is cut, or has octets to spare.
        NoKeyError: it is encrypted.
    """
    if not apdu:
        raise ApduError("the frame holds no APDU")
    if apdu[0] in _CIPHERED:
        raise NoKeyError(f"the telegram is encrypted ({_CIPHERED[apdu[0]]}), and no key is set for this meter")
    if apdu[0] != _DATA_NOTIFICATION:
        raise ApduError(f"APDU 0x{apdu[0]:02X} is not a data-notification (0x0F)")
    time, position = _header_time(apdu, 1 + _INVOKE_ID_OCTETS)
    body, end = decode_data(apdu, position)
    if end != len(apdu):
        raise ApduError(f"{len(apdu) - end} octets are left over after the body")
    return DataNotification(time, body)


def _header_time(apdu: bytes, position: int) -> tuple[MeterTime | None, int]:
    """The optional date-time: none (00), twelve octets with their length, or the same as an octet-string (09)."""
    if apdu[position : position + 2] == bytes((_OCTET_STRING, date_time.OCTETS)):
        position += 1
    size = apdu[position] if position < len(apdu) else None
    if size == _NO_TIME:
        return None, position + 1
    octets = apdu[position + 1 : position + 1 + date_time.OCTETS]
    if size != date_time.OCTETS or len(octets) != date_time.OCTETS:
        raise ApduError(f"no date-time at octet {position} of the data-notification")
    return date_time.decode_date_time(octets), position + 1 + date_time.OCTETS
