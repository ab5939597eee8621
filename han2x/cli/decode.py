"""`han2x decode`: a stream of octets in, one JSON object a line out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from han2x.cli.common import add_keys, add_p1, add_scales, complain, print_json, scales_of, security_of
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "decode",
        help="decode octets from a file and print what they say as JSON",
        description="Reads octets, their hex text, or a capture of 'han2x record', and prints one JSON object a line.",
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="the file to read; - is standard input")
    add_scales(parser)
    add_keys(parser)
    add_p1(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when a reading came out, 1 when none did, 2 when the file cannot be read."""
    from han2x.cli.octets import octets_of
    from han2x.decoder import Decoder
    from han2x.model import Reading
    from han2x.report import event_json

    readings = 0
    try:
        decoder = Decoder(
            scales_of(arguments), security_of(arguments), timed=False, p1_checksums=arguments.p1_checksum == "required"
        )
        for octets in octets_of(arguments.file):
            for event in decoder.feed(octets) if octets else decoder.silence():
                readings += isinstance(event, Reading)
                print_json(event_json(event))
    except (OSError, ValueError) as error:
        complain(told(error, about=arguments.file))
        return 2
    return 0 if readings else 1
