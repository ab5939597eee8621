"""LLC and APDU (IEC 62056-46 and IEC 62056-5-3): what stands in front of the body of a push list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from han2x.codecs import date_time
from han2x.codecs.axdr import CosemValue, decode_data, decode_length
from han2x.codecs.errors import ApduError, NoKeyError
from han2x.codecs.untagged import decode_untagged
from han2x.model import MeterTime, ProblemCause

LLC: Final = bytes.fromhex("E6E700")

_DATA_NOTIFICATION: Final = 0x0F
_CIPHERED: Final = {0xDB: "general-glo-ciphering", 0xDC: "general-ded-ciphering", 0xDD: "general-ciphering"}
_BLOCK_TRANSFER: Final = b"\xe0"
_LAST_BLOCK: Final = 0x80
_BLOCK_HEADER_OCTETS: Final = 1 + 1 + 2 + 2  # tag, control, block number, acknowledged block
_INVOKE_ID_OCTETS: Final = 4
_TITLE_LENGTH: Final = b"\x08"
_NO_TIME: Final = 0x00
_OCTET_STRING: Final = 0x09


class Decipherer(Protocol):
    """What turns an encrypted APDU into what it holds."""

    @property
    def authenticated(self) -> bool:
        """Whether the tag of the last one that was deciphered has verified."""

    def decipher(self, apdu: bytes) -> bytes:
        """Decipher a whole APDU of general-glo-, general-ded- or general-ciphering.

        Raises:
            DecodeError: of the kind `no-key`, `authentication`, `replay` or `apdu`; then nothing of it may be used.
        """


class DataNotification(NamedTuple):
    """A data-notification: the clock of its header, None where there is none, and its body.

    `apdu` are its octets, of which the body begins at `start`: they tell the type of each value, which the values do
    not. `sender` is the system title that an encrypted one came under.
    """

    time: MeterTime | None
    body: CosemValue
    apdu: bytes = b""
    start: int = 0
    sender: bytes = b""

    @property
    def numbered(self) -> bool:
        """Whether the sender counts its notifications in the invoke id."""
        return bool(self.apdu[2:5].strip(b"\0"))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of general-block-transfer: its number from 0, whether another follows, and its part of the APDU."""

    number: int
    more: bool
    octets: bytes


def without_llc(information: bytes) -> bytes:
    """The APDU in the information field of a frame.

    Raises:
        ApduError: no LLC header is in front of it. Only blocks of general-block-transfer may come without.
    """
    if information.startswith(LLC):
        return information[len(LLC) :]
    if is_block(information):
        return information
    begin = information[:3].hex(" ")
    raise ApduError(f"the frame begins with {begin} in place of the LLC header e6 e7 00", ProblemCause.NO_LLC)


def is_block(apdu: bytes) -> bool:
    """Whether this is a block of general-block-transfer."""
    return apdu.startswith(_BLOCK_TRANSFER)


def is_ciphered(apdu: bytes) -> bool:
    """Whether this must be deciphered first."""
    return bool(apdu) and apdu[0] in _CIPHERED


def decode_block(apdu: bytes) -> Block:
    """Decode a block of general-block-transfer.

    Raises:
        ApduError: it is cut, has octets to spare, or has the number 0.
    """
    if len(apdu) <= _BLOCK_HEADER_OCTETS:
        raise ApduError(f"a block of general-block-transfer has only {len(apdu)} octets", ProblemCause.BLOCK)
    number = int.from_bytes(apdu[2:4], "big")
    size, position = decode_length(apdu, _BLOCK_HEADER_OCTETS)
    octets = apdu[position:]
    if number == 0 or len(octets) != size:
        detail = f"block {number} of general-block-transfer announces {size} octets and has {len(octets)}"
        raise ApduError(detail, ProblemCause.BLOCK)
    return Block(number - 1, not apdu[1] & _LAST_BLOCK, octets)


def decipher(apdu: bytes, decipherer: Decipherer | None) -> bytes:
    """What an encrypted APDU holds.

    Raises:
        NoKeyError: there is nothing to decipher it with.
        DecodeError: whatever `decipherer` has against it.
    """
    if decipherer is None:
        raise NoKeyError(f"the telegram is encrypted ({_CIPHERED[apdu[0]]}), and no key is set for this meter")
    return decipherer.decipher(apdu)


def sender_of(apdu: bytes) -> bytes:
    """The system title in front of an encrypted APDU, empty where there is none."""
    return apdu[2:10] if apdu[1:2] == _TITLE_LENGTH else b""


def decode_notification(apdu: bytes, sender: bytes = b"") -> DataNotification:
    """Decode a data-notification in plain text, which came under the system title `sender` if it was encrypted.

    Raises:
        ApduError: it is no data-notification, or is cut, or has octets to spare.
    """
    if not apdu:
        raise ApduError("the frame holds no APDU", ProblemCause.NO_NOTIFICATION)
    if apdu[0] != _DATA_NOTIFICATION:
        detail = f"APDU 0x{apdu[0]:02X} is not a data-notification (0x0F)"
        raise ApduError(detail, ProblemCause.NO_NOTIFICATION)
    time, position = _header_time(apdu, 1 + _INVOKE_ID_OCTETS)
    return DataNotification(time, _body(apdu, position), apdu, position, sender)


def _body(apdu: bytes, position: int) -> CosemValue:
    try:
        body, end = decode_data(apdu, position)
    except ApduError:
        untagged = decode_untagged(apdu, position)
        if untagged is None:
            raise
        body, end = untagged
    if end != len(apdu) and (untagged := decode_untagged(apdu, position)) is not None:
        body, end = untagged
    if end != len(apdu):
        raise ApduError(f"the body ends at octet {end} of {len(apdu)}")
    return body


def _header_time(apdu: bytes, position: int) -> tuple[MeterTime | None, int]:
    """The optional date-time: none (00), twelve octets with their length, or the same as an octet-string (09)."""
    size = apdu[position] if position < len(apdu) else None
    if size == _NO_TIME:
        return None, position + 1
    if size == _OCTET_STRING:
        position += 1
        size = apdu[position] if position < len(apdu) else None
    octets = apdu[position + 1 : position + 1 + date_time.OCTETS]
    if size != date_time.OCTETS or len(octets) != date_time.OCTETS:
        raise ApduError(f"no date-time at octet {position} of the data-notification")
    return date_time.decode_date_time(octets), position + 1 + date_time.OCTETS
