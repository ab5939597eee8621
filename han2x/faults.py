"""What can be wrong, by a code that any language can say and in plain English: one table of texts for each area.

A table maps a code to its English text, in which {name} stands for a value. Pure.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from typing import ClassVar, Final

from han2x.model import Values

OS_ERRORS: Final = frozenset((
    "EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "ECONNABORTED", "ECONNRESET", "EDQUOT", "EHOSTDOWN",
    "EHOSTUNREACH", "EIO", "EISDIR", "ELOOP", "EMFILE", "ENETDOWN", "ENETUNREACH", "ENODEV", "ENOENT", "ENOMEM",
    "ENOSPC", "ENOTDIR", "EPERM", "EPIPE", "EROFS", "ETIMEDOUT",
))  # fmt: skip
"""What an operating system says against files, addresses and connections that people meet; other errors come without a
name."""

_NUMBER: Final = re.compile(r"\[Errno (\d+)\]")
_OF_ASYNCIO: Final = ("Connect call failed", "error while attempting to bind", "could not bind")
_OF_OPENSSL: Final = re.compile(r"^\[\w+(?:: \w+)?\] | \(_ssl\.c:\d+\)$")
_BY_TYPE: Final[Mapping[type, int]] = {
    BrokenPipeError: errno.EPIPE,
    ConnectionAbortedError: errno.ECONNABORTED,
    ConnectionRefusedError: errno.ECONNREFUSED,
    ConnectionResetError: errno.ECONNRESET,
    TimeoutError: errno.ETIMEDOUT,
}
"""What errors mean that libraries raise without a word."""


class Fault:
    """One thing that is wrong: `code` of the table `TEXTS`, the `values` its text speaks of, and the text as `str`."""

    TEXTS: ClassVar[Mapping[str, str]] = {}

    __slots__ = ("code", "values")

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values: Values = {name: value if type(value) is int else str(value) for name, value in values.items()}

    def __str__(self) -> str:
        return self.TEXTS[self.code].format_map(self.values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.values!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and (self.code, self.values) == (other.code, other.values)

    def __hash__(self) -> int:
        return hash((self.code, *self.values.items()))


def because(error: Exception, told: str = "") -> dict[str, str]:
    """The value `reason` for a text, in the operating system's own English; and its name as `errno` where it has one.

    `told` is what to say in place of the system's words.
    """
    number = error.errno if isinstance(error, OSError) else None
    name = errno.errorcode.get(number or 0, "")
    told = told or reason(error)
    return {"reason": told, "errno": name} if name in OS_ERRORS else {"reason": told}


def told(error: Exception, *, about: object = None) -> str:
    """What went wrong, for people: what it was `about`, else the file that the error names, and why."""
    named = error.filename if about is None and isinstance(error, OSError) else about
    return reason(error) if named is None else f"{named}: {reason(error)}"


def reason(error: Exception) -> str:
    """What went wrong in words alone: without the number that Python puts before those of the operating system, and
    without what asyncio, OpenSSL and pyserial put around them.
    """
    if not isinstance(error, OSError):
        return str(error)
    text = error.strerror or str(error)
    numbers = [*dict.fromkeys(map(int, _NUMBER.findall(text)))]
    number = error.errno or 0
    if number in errno.errorcode and (numbers or text.startswith(_OF_ASYNCIO)):
        numbers = [number]
    if numbers:
        return ", ".join(map(os.strerror, numbers))
    return _OF_OPENSSL.sub("", text) or os.strerror(_BY_TYPE.get(type(error), errno.EIO))
