"""general-glo-ciphering without a frame, as the P1 ports of Luxembourg and Styria send it.

Follows Luxmetering, "E-Meter P1 Specification", 3.2.5.

    DB | 08 | system title (8) | length | security control | invocation counter (4) | ciphertext | tag (12)

Nothing here can be checked before it is deciphered. So only the authenticated form is taken, and who deciphers it must
find a whole P1 telegram with its check sequence inside.
"""

from __future__ import annotations

from typing import Final

from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause

TAG: Final = 0xDB
MAX_FRAME: Final = 13 + 4096

_TITLE_OCTETS: Final = 8
_MAKER_LETTERS: Final = 3
_LENGTH: Final = 2 + _TITLE_OCTETS
_SIZE_OCTETS: Final = {0x81: 1, 0x82: 2}
_AUTHENTICATED: Final = 0x30
_LEAST: Final = 1 + 4 + 1 + 12  # security control, counter, an octet, tag


def recognise(octets: bytearray, start: int) -> Frame | Refusal | None:
    """Answer for the tag at `start` as a recogniser does (see `han2x.framing`)."""
    head = bytes(octets[start + 1 : start + 2 + _MAKER_LETTERS])
    if head[:1] not in (b"", b"\x08") or not (head[1:].isalpha() or not head[1:]):
        return NOTHING_HERE
    place = start + _LENGTH
    if len(octets) <= place:
        return None
    size_octets = _SIZE_OCTETS.get(octets[place], 0)
    content = place + 1 + size_octets
    if len(octets) <= content:
        return None
    size = int.from_bytes(octets[place + 1 : content], "big") if size_octets else octets[place]
    end = content + size
    if octets[content] != _AUTHENTICATED or size < _LEAST or end - start > MAX_FRAME:
        return NOTHING_HERE
    if len(octets) < end:
        return None
    return Frame(start, end, bytes(octets[start:end]), Content.CIPHERED_P1)


def cut_off(octets: bytearray, start: int) -> Refusal:
    """Why the octets from `start` on, for which `recognise` wanted more, are no APDU once the line is silent."""
    available = len(octets) - start
    if available <= _LENGTH:
        return NOTHING_HERE
    detail = f"an encrypted telegram was begun, but the line fell silent after {available} octets"
    return Refusal(ProblemCause.FRAME_CUT, detail, length=available)
