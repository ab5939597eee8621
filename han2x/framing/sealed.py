"""Encrypted data lines of a P1 telegram, as Polish meters send them (P1 companion 5.0.2).

    / XXX 5 identification CR LF CR LF | 00 or 08, system title (8) | length | protected part | ! | CRC | CR LF

It is a general-glo-ciphering whose tag DB may be left out, and mostly without a system title. Line ends, slashes and
exclamation marks may occur in it, so its length alone says where it ends; the CRC behind it covers all of it.
"""

from __future__ import annotations

import re
from typing import Final

from han2x.framing.base import Refusal
from han2x.model import ProblemCause

_TAG: Final = 0xDB
_MARK: Final = 0x21
_TITLE_OCTETS: Final = 8
_SIZE_OCTETS: Final = {0x81: 1, 0x82: 2}
_LEAST: Final = 1 + 4 + 1  # security control, counter, an octet
_HEAD: Final = re.compile(
    rb"/[A-Za-z]{3}[0-9][\x20-\x7D]{0,64}\r\n(?:\r\n)?(?=\xDB?(?:\x00[\x81\x82]|\x08[A-Za-z]|[\x00\x08]\Z)|\xDB\Z)"
)


def begin(octets: bytearray, start: int) -> int | None:
    """Where encrypted data lines begin in the telegram at `start`; None where there are none, or not so far.

    While only the first octet of what could be some has come, that place is given too.
    """
    head = _HEAD.match(octets, start)
    return None if head is None else head.end()


def mark(octets: bytearray, start: int, begin: int, longest: int) -> int | Refusal | None:
    """The place of the exclamation mark behind the data lines that are at `begin` in the telegram at `start`.

    A refusal where there can be none, None when too little has come; never for a place from `longest` on.
    """
    place = begin + (octets[begin] == _TAG)
    if len(octets) <= place:
        return None
    place += 1 + (_TITLE_OCTETS if octets[place] else 0)
    size_octets = _SIZE_OCTETS.get(octets[place], 0) if len(octets) > place else 0
    content = place + 1 + size_octets
    if len(octets) < content:
        return None
    size = int.from_bytes(octets[place + 1 : content], "big") if size_octets else octets[place]
    end = content + size
    if size < _LEAST or end >= longest:
        detail = f"an encrypted P1 telegram announces {size} octets"
        cause = ProblemCause.SHORT_LENGTH if size < _LEAST else ProblemCause.TELEGRAM_TOO_LONG
        return Refusal(cause, detail, length=content - start)
    if len(octets) <= end:
        return None
    if octets[end] != _MARK:
        detail = f"an encrypted P1 telegram has no '!' behind the {size} octets that it announces"
        return Refusal(ProblemCause.TELEGRAM_CUT, detail, length=content - start)
    return end


def parts(telegram: bytes) -> tuple[bytes, bytes]:
    """The identification line of a telegram with encrypted data lines, and these as a general-glo-ciphering.

    Raises:
        ValueError: the telegram has no encrypted data lines.
    """
    place = begin(bytearray(telegram), 0)
    if place is None:
        raise ValueError("the P1 telegram has no encrypted data lines")
    apdu = telegram[place:-1]
    return telegram[:place].strip(), apdu if apdu[0] == _TAG else bytes((_TAG,)) + apdu
