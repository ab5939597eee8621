"""Telegrams that come in parts: HDLC and M-Bus segments, and the blocks of general-block-transfer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from han2x.framing.base import Frame
from han2x.model import Problem, ProblemCause

MAX_JOINED: Final = 8192
"""Octets that the parts of one telegram may have together; the longest known telegram has some 2500."""

_PART_NUMBERS: Final = 16  # as far as the narrowest numbering counts before it begins again


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a telegram. `number` counts from 0; None is the one that comes next, whichever that is."""

    offset: int
    octets: bytes
    number: int | None
    more: bool

    @classmethod
    def of(cls, frame: Frame) -> Part:
        """The part that a frame's information is."""
        return cls(frame.offset, frame.information, frame.part, frame.more)


@dataclass(frozen=True, slots=True)
class Joined:
    """All parts of a telegram together, and where the first one began."""

    offset: int
    octets: bytes


class Joiner:
    """Joins parts to whole telegrams. Keeps at most `MAX_JOINED` octets, and nothing once the line has been silent."""

    def __init__(self) -> None:
        self._offset = 0
        self._octets = bytearray()
        self.count = 0
        """Parts kept of a telegram that is not whole yet."""

    @property
    def waiting(self) -> int:
        """Octets kept of a telegram that is not whole yet."""
        return len(self._octets)

    def take(self, part: Part) -> list[Joined | Problem]:
        """Take a part; return the telegram that it completes, and what had to be given up."""
        given_up = self.give_up("another telegram began") if part.number == 0 else []
        if self.count == 0:
            if part.number != 0 and (part.more or part.number is not None):
                detail = "a telegram came without its first part"
                return [Problem(part.offset, ProblemCause.FIRST_PART_MISSING, detail)]
            if not part.more:
                return [*given_up, Joined(part.offset, part.octets)]
            self._offset = part.offset
        elif part.number is not None and part.number % _PART_NUMBERS != self.count % _PART_NUMBERS:
            return [*self.give_up(f"part {part.number + 1} came in place of part {self.count + 1}")]
        return [*given_up, *self._add(part)]

    def give_up(self, why: str, cause: ProblemCause = ProblemCause.PART_MISSING) -> list[Problem]:
        """Forget what is waiting; return the problem that this is, if anything was waiting."""
        count, self.count = self.count, 0
        self._octets.clear()
        if not count:
            return []
        parts = "1 part" if count == 1 else f"{count} parts"
        return [Problem(self._offset, cause, f"a telegram was given up after {parts}: {why}")]

    def overtaken(self, offset: int) -> list[Problem]:
        """Take up that a whole telegram began at `offset`: one that began before it gets no more parts."""
        return self.give_up("another telegram came between its parts") if self._offset < offset else []

    def _add(self, part: Part) -> Iterable[Joined | Problem]:
        if len(self._octets) + len(part.octets) > MAX_JOINED:
            return self.give_up(f"it would have more than {MAX_JOINED} octets", ProblemCause.TELEGRAM_TOO_LONG)
        self._octets += part.octets
        self.count += 1
        if part.more:
            return []
        octets = bytes(self._octets)
        self._octets.clear()
        self.count = 0
        return [Joined(self._offset, octets)]
