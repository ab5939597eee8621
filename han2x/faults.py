"""What can be wrong, by a code that any language can say and in plain English: one table of texts for each area.

A table maps a code to its English text, in which {name} stands for a value. Pure.
"""

from __future__ import annotations

import errno
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
    told = told or (isinstance(error, OSError) and error.strerror) or str(error)
    return {"reason": told, "errno": name} if name in OS_ERRORS else {"reason": told}
