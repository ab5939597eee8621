"""A capture that is made in memory while the meter goes on, within bounds. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from han2x.gateway.capture import Chunk, write_chunk

MOST_OCTETS: Final = 8 * 1024 * 1024
"""How large the file may become; a line of 2400 baud needs hours for that."""
LONGEST_S: Final = 3600.0


class Ending(StrEnum):
    """Why a recording takes no more."""

    TIME = "time"
    FULL = "full"
    STOPPED = "stopped"
    GONE = "gone"
    """The meter is not there any more."""


class Recording:
    """What came from a line since the moment `begun`, as `han2x record` writes it, with `comments` in front.

    It ends after `seconds`, or when the file would be larger than `most` octets.
    """

    def __init__(self, comments: Iterable[str], begun: float, seconds: float, most: int = MOST_OCTETS) -> None:
        self.begun = begun
        self.seconds = seconds
        self.octets = 0
        self.ending: Ending | None = None
        self.ended_at: float | None = None
        self._most = most
        self._text = bytearray("".join(f"# {comment}\n" for comment in comments).encode("ascii", "replace"))

    @property
    def file(self) -> bytes:
        """The capture as it is now."""
        return bytes(self._text)

    @property
    def size(self) -> int:
        """How many octets the file has."""
        return len(self._text)

    def take(self, octets: bytes, now: float) -> None:
        """Take octets that came from the line; nothing once it has ended."""
        self.settle(now)
        if self.ending is not None:
            return
        line = write_chunk(Chunk(now, octets)).encode("ascii")
        if len(self._text) + len(line) > self._most:
            self.end(Ending.FULL, now)
            return
        self._text += line
        self.octets += len(octets)

    def settle(self, now: float) -> None:
        """End it if its time is up."""
        if now - self.begun >= self.seconds:
            self.end(Ending.TIME, self.begun + self.seconds)

    def end(self, ending: Ending, now: float) -> None:
        """Take no more; only the first ending counts."""
        if self.ending is None:
            self.ending, self.ended_at = ending, now

    def lasted_s(self, now: float) -> float:
        """For how long it has recorded, in seconds."""
        return max(0.0, (now if self.ended_at is None else self.ended_at) - self.begun)
