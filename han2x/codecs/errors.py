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


class NoKeyError(DecodeError):
    """The content is encrypted and there is no key for it."""

    kind = ProblemKind.NO_KEY
