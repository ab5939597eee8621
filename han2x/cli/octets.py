"""Octets as people have them in files: raw, as hex text in its usual spellings, or as a capture of `han2x record`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from han2x.cli.common import complain

SILENCE: Final = b""
"""The line was silent here."""

_READ_OCTETS: Final = 65536
_COMMENT: Final = re.compile(rb"^#.*$", re.MULTILINE)
_HEX_TEXT: Final = re.compile(rb"(?:0[xX]|\\x|[\s0-9A-Fa-f:,;-])*")
_BETWEEN: Final = re.compile(rb"0[xX]|\\x|[\s:,;-]")
_CAPTURE: Final = re.compile(rb"\s*\d{1,11}(?:\.\d{1,9})? +(?:[0-9A-Fa-f]{2})+\s*$", re.MULTILINE)
_TIMES: Final = re.compile(rb"\s*\d{1,11}\.\d{1,9} ")


def octets_of(name: str) -> Iterator[bytes]:
    """The octets of a file in pieces, with `SILENCE` wherever the line was silent, and at the end.

    "-" is standard input.

    Raises:
        OSError: it cannot be read.
        ValueError: it begins as text and goes on as something else.
    """
    if name == "-":
        yield from _pieces(sys.stdin.buffer)
    else:
        with Path(name).open("rb") as stream:
            yield from _pieces(stream)
    yield SILENCE


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    first = _read(stream)
    if not first or not _may_be_text(first):
        while first:
            yield first
            first = _read(stream)
        return
    text = first + stream.read()
    if _is_capture(text):
        yield from _from_capture(text)
    else:
        yield _from_hex(text)


def _read(stream: BinaryIO) -> bytes:
    """What is there already, so that octets from a live line are decoded as they come."""
    read1 = getattr(stream, "read1", stream.read)
    return bytes(read1(_READ_OCTETS))


def _may_be_text(first: bytes) -> bool:
    said = _without_comments(first).rstrip(b"\\")  # the first piece may end within \x
    return bool(_TIMES.match(said)) or _HEX_TEXT.fullmatch(said) is not None


def _without_comments(text: bytes) -> bytes:
    """The text with blanks in the place of comments, so that a place in it stays the same."""
    return _COMMENT.sub(lambda found: b" " * len(found[0]), text)


def _is_capture(text: bytes) -> bool:
    """Whether the first line that says something is a time and octets; whole seconds need a comment to show it."""
    said = _without_comments(text)
    return _CAPTURE.match(said) is not None and (_TIMES.match(said) is not None or said != text)


def _from_capture(text: bytes) -> Iterator[bytes]:
    from han2x.gateway.capture import read_chunks
    from han2x.gateway.playback import SILENCE_S

    last = None
    for chunk in read_chunks(text.decode("ascii", "replace").splitlines(), complain):
        if last is not None and chunk.time - last >= SILENCE_S:
            yield SILENCE
        last = chunk.time
        if chunk.octets:
            yield chunk.octets


def _from_hex(text: bytes) -> bytes:
    said = _without_comments(text)
    match = _HEX_TEXT.match(said)
    end = match.end() if match else 0
    if end != len(said):
        raise ValueError(f"begins as hex text, but octet {end} is {text[end : end + 1]!r}")
    digits = _BETWEEN.sub(b"", said)
    if len(digits) % 2:
        raise ValueError(f"hex text with an odd number of digits ({len(digits)})")
    return bytes.fromhex(digits.decode("ascii"))
