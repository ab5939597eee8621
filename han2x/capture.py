"""Capture files: a line's octets with the time of each chunk, as `han2x record` writes and `han2x replay` reads them.

Text, one chunk a line: seconds since the epoch as a decimal number, a space, the octets in hex. Lines that start with
`#` are comments. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Chunk(NamedTuple):
    """Octets and the moment they came, in seconds since the epoch."""

    time: float
    octets: bytes


class CaptureError(ValueError):
    """A line of a capture file cannot be read."""


def write_chunk(chunk: Chunk) -> str:
    """The line of a capture file for one chunk."""
    return f"{chunk.time:.6f} {chunk.octets.hex()}\n"


def read_chunks(lines: Iterable[str]) -> Iterator[Chunk]:
    """Read the chunks of a capture file.

    Raises:
        CaptureError: a line is neither a comment nor a chunk, or time runs backwards; it names the line.
    """
    last = float("-inf")
    for line_number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        chunk = _read_chunk(text, line_number)
        if chunk.time < last:
            raise CaptureError(f"line {line_number}: time runs backwards, from {last:.3f} to {chunk.time:.3f}")
        last = chunk.time
        yield chunk


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
