"""Capture files: a line's octets with the time of each chunk, as `han2x record` writes and `han2x replay` reads them.

Text, one chunk a line: seconds since the epoch as a decimal number, a space, the octets in hex. Lines that start with
`#` are comments. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

_SET_BACK_S: Final = 60.0  # less than this is disorder: chunks written down in another order than they came


class Chunk(NamedTuple):
    """Octets and the moment they came, in seconds since the epoch."""

    time: float
    octets: bytes


class CaptureError(ValueError):
    """A line of a capture file cannot be read."""


def write_chunk(chunk: Chunk) -> str:
    """The line of a capture file for one chunk."""
    return f"{chunk.time:.6f} {chunk.octets.hex()}\n"


def read_chunks(lines: Iterable[str], note: Callable[[str], None] = lambda text: None) -> Iterator[Chunk]:
    """Read the chunks of a capture file, in times that never run backwards.

    A chunk a little earlier than the one before it is taken at that one's time. Where time goes back by a minute
    or more, the clock of the recorder was set: the times go on evenly from there. `note` is told of that in words.

    Raises:
        CaptureError: a line is neither a comment nor a chunk; it names the line.
    """
    last, ahead = float("-inf"), 0.0
    for line_number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        chunk = _read_chunk(text, line_number)
        back = last - (chunk.time + ahead)
        if back >= _SET_BACK_S:
            ahead += back
            note(f"line {line_number}: the time goes back by {back:.0f} s; taken for a clock that was set")
        last = max(last, chunk.time + ahead)
        yield Chunk(last, chunk.octets)


def _read_chunk(text: str, line_number: int) -> Chunk:
    time, _, octets = text.partition(" ")
    try:
        seconds = float(time)
        chunk = Chunk(seconds, bytes.fromhex(octets))
    except ValueError:
        raise CaptureError(
            f"line {line_number}: expected '<seconds since the epoch> <hex octets>', found {text[:60]!r}"
        ) from None
    if not 0 <= seconds < 1e11:
        raise CaptureError(f"line {line_number}: {time} is not a time in seconds since the epoch")
    return chunk
