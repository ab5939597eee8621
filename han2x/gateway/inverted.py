"""A P1 line read without the inverter that its open collector needs: what comes is a telegram upside down.

While one character follows the other, the bit in front of each stop bit is the inverted high bit of an ASCII character,
a one, and the inverted stop bit after it a zero: for the receiver that is the start of a character. So each octet that
it delivers is the inverted start bit and the seven inverted bits of a character, and this undoes it.
"""

from __future__ import annotations

import re
from typing import Final

_UPRIGHT: Final = bytes(~(octet >> 1) & 0x7F for octet in range(256))
_DATA_LINES: Final = re.compile(rb"[01]-\d:\d{1,2}\.\d{1,2}\.\d{1,2}\([\d.*A-Za-z]*\)")
_MOST_LOOKED_AT: Final = 4096


def looks_inverted(octets: bytes) -> bool:
    """Whether the data lines of a P1 telegram can be made out in octets that were read from an inverted line."""
    return _DATA_LINES.search(octets[:_MOST_LOOKED_AT].translate(_UPRIGHT)) is not None
