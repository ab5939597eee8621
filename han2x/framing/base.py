"""What every framing hands on: a frame with right check sequences, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from han2x.model import ProblemKind


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose check sequences are right.

    `offset` is the place of its first octet and `end` the place after the last octet that is its own alone, both
    counted in the buffer until `moved` makes them places in the stream. `information` is the content between header
    and check sequence; `segmented` tells that the next frame continues it.
    """

    offset: int
    end: int
    information: bytes
    segmented: bool = False

    def moved(self, by: int) -> Self:
        """The same frame with its places counted from `by` octets earlier."""
        return replace(self, offset=self.offset + by, end=self.end + by)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no good frame begins here.

    `length` is the number of octets that the refusal explains: those of a frame that was announced and then did not
    hold. Where it is 0, a frame was not even announced; an empty `detail` then says that nothing looked like one.
    """

    kind: ProblemKind = ProblemKind.FRAMING
    detail: str = ""
    length: int = 0
