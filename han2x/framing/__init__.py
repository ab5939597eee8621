"""Octets → frames: finding the telegrams in what a HAN line really delivers.

The line is one-way and cannot be asked to start over, so damage is an event and never an exception. `Deframer` hunts
through the octets: where one could begin a frame, the recogniser of that framing is asked; what it refuses is given up
by one octet only, so that a good frame hidden in damage is still found.

A framing is a module with two functions. `recognise(octets, start)` answers with

* a `Frame`: from `start` on there is a whole frame whose check sequences are right;
* a `Refusal`: there is no good frame at `start`, whatever comes later;
* `None`: what is there could still become a frame when more octets come.

`cut_off(octets, start)` says why the octets that `recognise` wanted more of are no frame after all, once the line has
fallen silent. To add a framing, write such a module and list it in `FRAMINGS` by the octet that its frames begin with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from han2x.framing import hdlc
from han2x.framing.base import Frame, Refusal
from han2x.model import Problem, ProblemKind

__all__ = ["MAX_BUFFER", "MAX_UNFRAMED", "Deframer", "Frame", "Refusal"]


class Framing(NamedTuple):
    """The two functions of a framing, and the octets of its longest frame."""

    recognise: Callable[[bytearray, int], Frame | Refusal | None]
    cut_off: Callable[[bytearray, int], Refusal]
    max_frame: int


FRAMINGS: Final[Mapping[int, Framing]] = {
    hdlc.FLAG: Framing(hdlc.recognise, hdlc.cut_off, hdlc.MAX_FRAME),
}

MAX_UNFRAMED: Final = 2048
"""Octets without a frame that are reported as one problem; a line of nothing but noise is reported this often."""

SLICE: Final = 1024
"""Octets taken up at a time: what is kept waiting never exceeds the longest frame by more than this."""

MAX_BUFFER: Final = max(framing.max_frame for framing in FRAMINGS.values()) + SLICE


class Deframer:
    """Finds the frames in a stream of octets, however the octets are cut into chunks.

    The events come in stream order and do not depend on the cutting. `octets` counts all octets ever fed.
    """

    def __init__(self, framings: Mapping[int, Framing] = FRAMINGS) -> None:
        self._framings = framings
        self._candidates = re.compile(b"[" + b"".join(re.escape(bytes((octet,))) for octet in framings) + b"]")
        self._buffer = bytearray()
        self._base = 0  # stream offset of the buffer's first octet
        self._explained = 0  # stream offset up to which a problem has already been told
        self._unframed = _Unframed()

    @property
    def octets(self) -> int:
        """Octets fed so far."""
        return self._base + len(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Problem]:
        """Take up octets as they came from the line."""
        events: list[Frame | Problem] = []
        for begin in range(0, len(data), SLICE):
            self._buffer += data[begin : begin + SLICE]
            self._hunt(events, silent=False)
        return events

    def silence(self) -> list[Frame | Problem]:
        """Take up that the line fell silent: what is waiting for more octets will not get them."""
        events: list[Frame | Problem] = []
        self._hunt(events, silent=True)
        self._unframed.end(events)
        return events

    def _hunt(self, events: list[Frame | Problem], *, silent: bool) -> None:
        position = 0
        while True:
            match = self._candidates.search(self._buffer, position)
            start = match.start() if match else len(self._buffer)
            self._skip(position, start, events)
            position = start
            if match is None:
                break
            framing = self._framings[self._buffer[start]]
            answer = framing.recognise(self._buffer, start)
            if answer is None:
                if not silent:
                    break
                answer = framing.cut_off(self._buffer, start)
            if isinstance(answer, Frame):
                self._unframed.end(events)
                events.append(answer.moved(self._base))
                position = answer.end
                self._explained = self._base + position
            else:
                self._refuse(answer, start, events)
                position = start + 1
        del self._buffer[:position]
        self._base += position

    def _refuse(self, refusal: Refusal, start: int, events: list[Frame | Problem]) -> None:
        offset = self._base + start
        if refusal.length:
            self._unframed.end(events)
            events.append(Problem(offset, refusal.kind, refusal.detail))
            self._explained = max(self._explained, offset + refusal.length)
        elif refusal.detail and offset >= self._explained:
            self._unframed.extend(offset, offset + 1, events)
            self._unframed.suspect(refusal.kind, refusal.detail)

    def _skip(self, begin: int, end: int, events: list[Frame | Problem]) -> None:
        begin = max(self._base + begin, self._explained)
        end = self._base + end
        if begin < end:
            self._unframed.extend(begin, end, events)


class _Unframed:
    """A run of octets that belong to no frame, told as one problem of the most telling kind seen in it."""

    def __init__(self) -> None:
        self._start: int | None = None
        self._end = 0
        self._kind = ProblemKind.FRAMING
        self._detail = ""

    def extend(self, begin: int, end: int, events: list[Frame | Problem]) -> None:
        if self._start is None:
            self._start = begin
        while end - self._start >= MAX_UNFRAMED:
            self._end = resume = self._start + MAX_UNFRAMED
            self.end(events)
            self._start = resume
        self._end = end
        if self._start == end:
            self._start = None

    def suspect(self, kind: ProblemKind, detail: str) -> None:
        if not self._detail:
            self._kind, self._detail = kind, detail

    def end(self, events: list[Frame | Problem]) -> None:
        if self._start is not None:
            octets = self._end - self._start
            detail = self._detail or "no frame begins in them"
            events.append(Problem(self._start, self._kind, f"{octets} octets outside any frame: {detail}"))
        self._start, self._kind, self._detail = None, ProblemKind.FRAMING, ""
