"""The system title: eight octets that name a meter to whoever has its keys (DLMS UA 1000-2, "System title").

    three letters of the maker | an octet of its own | four bits of its own and 28 of the serial number

With Landis+Gyr and Iskraemeco the number is the end of what stands on the meter and in its logical device name. With
others it need not be, so it is told as what it is, and nothing goes by it.
"""

from __future__ import annotations

from typing import Final

from han2x.model import Values

_LETTERS: Final = 3
_NUMBER: Final = slice(4, 8)
_NUMBER_BITS: Final = (1 << 28) - 1


def values_of(title: bytes) -> Values:
    """What a problem with a telegram tells of its sender: `system_title`, and the `serial` in it where it has one."""
    letters = title[:_LETTERS]
    told = {"system_title": title.hex()}
    if letters.isalpha() and letters.isupper():
        told["serial"] = f"{letters.decode('ascii')} {int.from_bytes(title[_NUMBER], 'big') & _NUMBER_BITS:08d}"
    return told
