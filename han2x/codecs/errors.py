"""What can be wrong inside a frame whose check sequences were right."""

from __future__ import annotations

from typing import ClassVar

from han2x.model import ProblemCause, Values


class DecodeError(ValueError):
    """The content of a frame cannot be used; `cause` says why for programs, and the text for people.

    `values` are those of `han2x.model.Problem`. Without a cause of its own an error has that of its class.
    """

    usual: ClassVar[ProblemCause] = ProblemCause.ENCODING

    def __init__(self, detail: str, cause: ProblemCause | None = None, values: Values | None = None) -> None:
        super().__init__(detail)
        self.cause = cause or self.usual
        self.values: Values = values or {}


class ApduError(DecodeError):
    """The octets do not follow the encoding that they announce."""


class CutShortError(ApduError):
    """The octets end before what they announce does; it could still come."""


class UnknownListError(DecodeError):
    """The encoding is sound, but it is no push list that is known here."""

    usual = ProblemCause.LIST_SHAPE


class P1ChecksumError(DecodeError):
    """A deciphered P1 telegram does not have the check sequence that it should have."""

    usual = ProblemCause.DAMAGED_INSIDE


class NoKeyError(DecodeError):
    """The content is encrypted and there is no key for it."""

    usual = ProblemCause.NO_KEY


class AuthenticationError(DecodeError):
    """The content is encrypted or signed, and the authentication tag does not fit the keys."""

    usual = ProblemCause.KEYS_WRONG


class ReplayError(DecodeError):
    """The invocation counter is not newer than one already accepted."""

    usual = ProblemCause.REPLAY
