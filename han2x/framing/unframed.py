"""Octets that belong to no frame, told in runs and not one by one."""

from __future__ import annotations

from typing import Final

from han2x.framing.base import Frame
from han2x.model import Problem, ProblemCause

MAX_UNFRAMED: Final = 2048
"""Octets without a frame that are told as one problem; a line of nothing but noise is told this often."""

MAX_PADDING: Final = 64
"""Octets of nothing but padding between frames that are not worth telling."""

PADDING: Final = b"\0\r\n"
"""What adapters and P1 meters put between telegrams: line ends, and NUL from a line that is not driven."""


class Unframed:
    """A run of octets that belong to no frame, told as one problem by the most telling cause seen in it."""

    def __init__(self) -> None:
        self._start: int | None = None
        self._end = 0
        self._noise = False
        self._cause = ProblemCause.NOISE
        self._detail = ""

    def take(self, offset: int, octets: bytes | bytearray, events: list[Frame | Problem]) -> None:
        """Add octets that begin at `offset` in the stream to the run."""
        while octets:
            if self._start is None:
                self._start = offset
            room = self._start + MAX_UNFRAMED - offset
            if room <= 0:
                self.end(events)
                continue
            piece = octets[:room]
            octets = octets[room:]
            offset += len(piece)
            self._end = offset
            self._noise = self._noise or bool(piece.strip(PADDING))

    def suspect(self, cause: ProblemCause, detail: str) -> None:
        """Say what the run may have been; the first suspicion counts."""
        self._noise = True
        if not self._detail:
            self._cause, self._detail = cause, detail

    def end(self, events: list[Frame | Problem]) -> None:
        """End the run, and tell it if there is something to tell."""
        if self._start is None:
            return
        octets = self._end - self._start
        if self._noise or octets > MAX_PADDING:
            count = "1 octet" if octets == 1 else f"{octets} octets"
            detail = self._detail or "nothing there begins a frame"
            events.append(Problem(self._start, self._cause, f"{count} outside any frame: {detail}"))
        self._start, self._noise = None, False
        self._cause, self._detail = ProblemCause.NOISE, ""
