"""What every framing hands on: a frame with right check sequences, or why there is none."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import Final, NamedTuple

from han2x.model import ProblemCause, ProblemKind


class Content(StrEnum):
    """What a frame's information is."""

    LLC = auto()
    """An LLC header and the APDU, or a later segment of these (HDLC)."""
    APDU = auto()
    """The APDU itself, or a segment of it (M-Bus)."""
    UNCHECKED_APDU = auto()
    """The APDU itself, of a meter that sends no check sequence: nothing shows that it came as it was sent."""
    P1 = auto()
    """A P1 telegram from its slash to its exclamation mark."""
    UNCHECKED_P1 = auto()
    """A P1 telegram of a meter that sends no check sequence: nothing shows that it came as it was sent."""
    SEALED_P1 = auto()
    """A P1 telegram whose data lines are encrypted: its identification line, and an encrypted APDU up to its mark."""
    CIPHERED_P1 = auto()
    """An encrypted APDU with a P1 telegram inside, not checked yet."""


class Frame(NamedTuple):
    """A frame whose check sequences are right, as far as it has any.

    `offset` is the place of its first octet and `end` the place after the last octet that is its own alone, both
    counted in the buffer until `moved` makes them places in the stream. `more` tells that the next frame continues
    this one's information; `part` is the number of this part from 0, None where the framing does not number them.
    """

    offset: int
    end: int
    information: bytes
    content: Content = Content.LLC
    more: bool = False
    part: int | None = None

    def moved(self, by: int) -> Frame:
        """The same frame with its places counted from `by` octets earlier."""
        return Frame(self.offset + by, self.end + by, self.information, self.content, self.more, self.part)


class Refusal(NamedTuple):
    """Why no good frame begins here.

    `length` is the number of octets that the refusal explains: those of a frame that was announced and then did not
    hold. Where it is 0, a frame was not even announced; an empty `detail` then says that nothing looked like one.
    """

    cause: ProblemCause = ProblemCause.NOISE
    detail: str = ""
    length: int = 0

    @property
    def kind(self) -> ProblemKind:
        """The kind of the cause."""
        return self.cause.kind


NOTHING_HERE: Final = Refusal()
"""The refusal where nothing looks like a frame."""
