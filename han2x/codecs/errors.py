"""What can be wrong inside a frame whose check sequences were right."""

from __future__ import annotations

from han2x.model import ProblemKind


class DecodeError(ValueError):
    """The content of a frame cannot be used; `kind` is what `han2x decode` calls it."""

    kind = ProblemKind.APDU


class ApduError(DecodeError):
    """The octets do not follow the encoding that they announce."""


class UnknownListError(DecodeError):
    """The encoding is sound, but it is no push list that is known here."""

    kind = ProblemKind.UNKNOWN_LIST


class P1ChecksumError(DecodeError):
    """A deciphered P1 telegram does not have the check sequence that it should have."""

    kind = ProblemKind.P1_CHECKSUM


class NoKeyError(DecodeError):
    """The content is encrypted and there is no key for it."""

    kind = ProblemKind.NO_KEY


class AuthenticationError(DecodeError):
    """The content is encrypted or signed, and the authentication tag does not fit the keys."""

    kind = ProblemKind.AUTHENTICATION


class ReplayError(DecodeError):
    """The invocation counter is not newer than one already accepted."""

    kind = ProblemKind.REPLAY
