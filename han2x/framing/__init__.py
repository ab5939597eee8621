"""Octets → frames: finding the telegrams in what a HAN line really delivers.

hdlc      HDLC frames, as most meters send
mbus      M-Bus long frames that carry DLMS
p1        P1 telegrams
sealed    encrypted data lines of a P1 telegram
ciphered  general-glo-ciphering without a frame
bare      a data-notification without a frame
base      what every framing hands on
crc       the two CRCs of 16 bits
parts     telegrams that come in parts, put together
unframed  octets that belong to no frame, reported in runs

The line is one-way and cannot be asked to start over, so damage is an event and never an exception. `Deframer` hunts
through the octets: where one could begin a frame, the recogniser of that framing is asked; what it refuses is given up
by one octet only, so that a good frame hidden in damage is still found.

A framing is a module with two functions. `recognise(octets, start)` returns

* a `Frame`: from `start` on there is a whole frame whose check sequences are right;
* a `Refusal`: there is no good frame at `start`, whatever comes later;
* `None`: what is there could still become a frame when more octets come, and never waits for more than the framing's
  longest frame.

What it returns may not depend on how many octets lie beyond those that decide it, so that the events are the same
however the octets are cut into chunks. `cut_off(octets, start)` says why the octets that `recognise` wanted more of are
no frame after all, once the line has fallen silent; or it returns the frame, where nothing but silence ends one. To add
a framing, write such a module and list it in `RECOGNISERS` by the octet that its frames begin with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from han2x.framing import bare, ciphered, hdlc, mbus, p1
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.framing.unframed import MAX_UNFRAMED, Unframed
from han2x.model import Problem

__all__ = ["MAX_BUFFER", "MAX_UNFRAMED", "Content", "Deframer", "Frame", "Refusal", "recognisers"]


class Recogniser(NamedTuple):
    """The two functions of a framing, and the octets of its longest frame.

    `proven` is False where a frame has no check sequence of its own. Such a one is not looked for inside a damaged
    frame, since it would only be a piece of that; and a good frame that begins inside of it is still found.
    `after_silence` says that a frame begins after a silence and nowhere else.
    """

    recognise: Callable[[bytearray, int], Frame | Refusal | None]
    cut_off: Callable[[bytearray, int], Frame | Refusal]
    max_frame: int
    proven: bool = True
    after_silence: bool = False


RECOGNISERS: Final[Mapping[int, Recogniser]] = {
    hdlc.FLAG: Recogniser(hdlc.recognise, hdlc.cut_off, hdlc.MAX_FRAME),
    p1.SLASH: Recogniser(p1.recognise, p1.cut_off, p1.MAX_FRAME),
    mbus.START: Recogniser(mbus.recognise, mbus.cut_off, mbus.MAX_FRAME),
    ciphered.TAG: Recogniser(ciphered.recognise, ciphered.cut_off, ciphered.MAX_FRAME, proven=False),
    bare.TAG: Recogniser(bare.recognise, bare.cut_off, bare.MAX_FRAME, proven=False, after_silence=True),
}

_IN_FILE: Final = Recogniser(bare.recognise_in_file, bare.cut_off, bare.MAX_FRAME, proven=False)
_WITHOUT_CRC: Final = Recogniser(p1.recognise_without_crc, p1.cut_off, p1.MAX_FRAME)


def recognisers(*, timed: bool = True, p1_checksums: bool = True) -> Mapping[int, Recogniser]:
    """The framings of a line, or without `timed` those of a file that does not tell where the line was silent.

    Without `p1_checksums` the check sequences of P1 telegrams need not be right.
    """
    chosen = dict(RECOGNISERS)
    if not timed:
        chosen[bare.TAG] = _IN_FILE
    if not p1_checksums:
        chosen[p1.SLASH] = _WITHOUT_CRC
    return chosen


SLICE: Final = 1024
"""Octets taken up at a time: what is kept waiting never exceeds the longest frame by more than this."""

MAX_BUFFER: Final = max(framing.max_frame for framing in RECOGNISERS.values()) + SLICE


class Deframer:
    """Finds the frames in a stream of octets, however the octets are cut into chunks.

    The events come in stream order and do not depend on the cutting. `octets` counts all octets ever fed.
    """

    def __init__(self, recognisers: Mapping[int, Recogniser] = RECOGNISERS) -> None:
        self._recognisers = recognisers
        self._candidates = re.compile(b"[" + b"".join(re.escape(bytes((octet,))) for octet in recognisers) + b"]")
        self._buffer = bytearray()
        self._base = 0  # stream offset of the buffer's first octet
        self._silent = 0  # stream offset at which the line was silent last
        self._explained = 0  # stream offset up to which a problem has already been told
        self._unframed = Unframed()

    @property
    def octets(self) -> int:
        """Octets fed so far."""
        return self._base + len(self._buffer)

    @property
    def waiting(self) -> int:
        """Octets that are kept because they may still become a frame; at most `MAX_BUFFER`."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame | Problem]:
        """Take up octets as they came from the line."""
        return [event for events in self.steps(data) for event in events]

    def silence(self) -> list[Frame | Problem]:
        """Take up that the line fell silent: what is waiting for more octets will not get them."""
        return [event for events in self.steps(None) for event in events]

    def steps(self, data: bytes | None) -> Iterator[list[Frame | Problem]]:
        """Do as `feed` does with octets, or as `silence` with None, in short steps; each gives the events it found.

        One octet that ends a long wait can have all that waited looked at again. A step is what one place in the stream
        takes, or one more slice of a frame that is waited for. The next octets are to be given when all steps are done,
        or when the rest of them was given up.
        """
        events: list[Frame | Problem] = []
        if data is None:
            yield from self._hunt(silent=True)
            self._unframed.end(events)
            self._silent = self.octets
            # A damaged frame explains its closing flag too; what comes in place of it after a silence is not that.
            self._explained = min(self._explained, self._silent)
            yield events
            return
        for begin in range(0, len(data), SLICE):
            self._buffer += data[begin : begin + SLICE]
            yield from self._hunt(silent=False)
            yield []

    def _hunt(self, *, silent: bool) -> Iterator[list[Frame | Problem]]:
        position = 0
        try:
            while position < len(self._buffer):
                events: list[Frame | Problem] = []
                after = self._look(position, events, silent=silent)
                if after is None:
                    break
                position = after
                yield events
        finally:
            del self._buffer[:position]
            self._base += position

    def _look(self, position: int, events: list[Frame | Problem], *, silent: bool) -> int | None:
        """Look for a frame from `position` on; returns where to go on, None when more octets have to come."""
        framing = self._recognisers.get(self._buffer[position])
        if framing is None:
            match = self._candidates.search(self._buffer, position)
            start = match.start() if match else len(self._buffer)
            self._skip(position, start, events)
            return start
        answer = self._answer(framing, position, silent=silent)
        if answer is None:
            return None
        if isinstance(answer, Frame):
            self._unframed.end(events)
            events.append(answer.moved(self._base))
            self._explained = self._base + answer.end
            return answer.end if framing.proven else position + 1
        if answer is not NOTHING_HERE:
            self._refuse(answer, self._base + position, events)
        return position + 1

    def _answer(self, framing: Recogniser, start: int, *, silent: bool) -> Frame | Refusal | None:
        if not framing.proven and self._base + start < self._explained:
            return NOTHING_HERE
        if framing.after_silence and self._base + start != self._silent:
            return NOTHING_HERE
        answer = framing.recognise(self._buffer, start)
        return framing.cut_off(self._buffer, start) if answer is None and silent else answer

    def _refuse(self, refusal: Refusal, offset: int, events: list[Frame | Problem]) -> None:
        if offset < self._explained:
            return
        if refusal.length:
            self._unframed.end(events)
            events.append(Problem(offset, refusal.cause, refusal.detail))
            self._explained = offset + refusal.length
        elif refusal.detail:
            self._unframed.take(offset, b"?", events)
            self._unframed.suspect(refusal.cause, refusal.detail)

    def _skip(self, begin: int, end: int, events: list[Frame | Problem]) -> None:
        begin = max(begin, self._explained - self._base)
        if begin < end:
            self._unframed.take(self._base + begin, self._buffer[begin:end], events)
