"""Whose box is it? Before there is a password, who may choose it has to prove that they are near the computer.

For `WINDOW_S` after the first start, or a reset, no proof is asked for; afterwards it is the claim code, which only
who can read the computer's journal or run commands there knows. A press of the button opens the window once more.

The window is measured on the clock that counts since the computer's start, which nobody can set; another start of the
computer closes it, one of the program does not.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from typing import Annotated, Final

import msgspec

from han2x.faults import told
from han2x.web.control import Document, UnreadableError

log = logging.getLogger("han2x.web")

WINDOW_S: Final = 15 * 60.0
LENGTH: Final = 8
ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without what is taken for something else: 0 O, 1 I L, U V."""


class _Kept(msgspec.Struct, frozen=True):
    """`opened` is when the window was opened, in seconds since the start of the computer named `boot`; None: closed."""

    code: Annotated[str, msgspec.Meta(pattern=f"^[{ALPHABET}]{{{LENGTH}}}$")]
    boot: str
    opened: float | None


class Claim:
    """The window and the code, kept in `document`; without one they last as long as the program.

    `uptime` gives the seconds since the computer's start, and `boot` a name that each of its starts has for itself.
    All that changes something may wait for the disk.
    """

    def __init__(self, document: Document | None, *, uptime: Callable[[], float], boot: str) -> None:
        self._document = document
        self._uptime = uptime
        self._boot = boot
        self._kept = _Kept(_new_code(), boot, None)

    def load(self, *, owned: bool) -> None:
        """Take up what is kept. The window opens when nothing ever was, and nobody owns the box."""
        try:
            kept = self._document.load() if self._document is not None else None
            if kept is not None:
                self._kept = msgspec.convert(kept, _Kept)
                return
        except (UnreadableError, msgspec.ValidationError) as error:
            log.warning("the claim code that was kept cannot be used, there is a new one: %s", error)
            self._keep(_Kept(_new_code(), self._boot, None))
            return
        first = _Kept(self._kept.code, self._boot, None if owned else self._uptime())
        if not self._keep(first):
            # What is not kept would open again with each start.
            self._kept = _Kept(first.code, self._boot, None)

    @property
    def code(self) -> str:
        """The code as people read it: ABCD-2345."""
        half = LENGTH // 2
        return f"{self._kept.code[:half]}-{self._kept.code[half:]}"

    @property
    def open_s(self) -> float:
        """For how many seconds more no proof is needed."""
        if self._kept.opened is None or self._kept.boot != self._boot:
            return 0.0
        passed = self._uptime() - self._kept.opened
        return WINDOW_S - passed if 0 <= passed < WINDOW_S else 0.0

    def fits(self, typed: str) -> bool:
        """Whether this is the code, however it is spaced and in whatever case."""
        plain = "".join(filter(str.isalnum, typed.upper()))
        return hmac.compare_digest(plain.encode(errors="replace"), self._kept.code.encode())

    def open(self) -> None:
        """Open the window again: somebody is at the computer."""
        self._keep(_Kept(self._kept.code, self._boot, self._uptime()))

    def renew(self) -> None:
        """Open the window again, with another code: the box is to have another owner."""
        self._keep(_Kept(_new_code(), self._boot, self._uptime()))

    def close(self) -> None:
        """Close the window; the code was for once."""
        self._keep(_Kept(_new_code(), self._boot, None))

    def _keep(self, kept: _Kept) -> bool:
        self._kept = kept
        if self._document is None:
            return True
        try:
            self._document.save(msgspec.to_builtins(kept))
        except OSError as error:
            log.warning("the claim code cannot be kept: %s", told(error))
            return False
        return True


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
