"""`han2x decode`: a stream of octets in, one JSON object a line out."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from han2x.cli.common import add_keys, add_scales, complain, print_json, scales_of, security_of

if TYPE_CHECKING:
    from han2x.cli.common import Commands

_HEX_TEXT: Final = re.compile(rb"[\s0-9A-Fa-f:,]*")
_READ_OCTETS: Final = 65536


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "decode",
        help="decode octets from a file and print what they say as JSON",
        description="Reads raw octets, or their hex text, and prints one JSON object a line.",
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the file to read; - is standard input")
    add_scales(parser)
    add_keys(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when a reading came out, 1 when none did, 2 when the file cannot be read."""
    from han2x.decoder import Decoder
    from han2x.model import Reading
    from han2x.report import event_json

    readings = 0
    try:
        decoder = Decoder(scales_of(arguments), security_of(arguments))
        for octets in _octets(arguments.file):
            for event in decoder.feed(octets) if octets else decoder.silence():
                readings += isinstance(event, Reading)
                print_json(event_json(event))
    except (OSError, ValueError) as error:
        complain(f"{arguments.file}: {error}")
        return 2
    return 0 if readings else 1


def _octets(name: str) -> Iterator[bytes]:
    """The octets of a file in pieces as they come, and at its end an empty piece: the line is silent then."""
    if name == "-":
        yield from _pieces(sys.stdin.buffer)
    else:
        with Path(name).open("rb") as stream:
            yield from _pieces(stream)
    yield b""


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    first = _read(stream)
    if not first or not _HEX_TEXT.fullmatch(first):
        while first:
            yield first
            first = _read(stream)
        return
    yield _from_hex(first + stream.read())


def _read(stream: BinaryIO) -> bytes:
    """What is there already, so that octets from a live line are decoded as they come."""
    read1 = getattr(stream, "read1", stream.read)
    return bytes(read1(_READ_OCTETS))


def _from_hex(text: bytes) -> bytes:
    match = _HEX_TEXT.match(text)
    end = match.end() if match else 0
    if end != len(text):
        raise ValueError(f"begins as hex text, but octet {end} is {text[end : end + 1]!r}")
    digits = re.sub(rb"[\s:,]", b"", text)
    if len(digits) % 2:
        raise ValueError(f"hex text with an odd number of digits ({len(digits)})")
    return bytes.fromhex(digits.decode("ascii"))
