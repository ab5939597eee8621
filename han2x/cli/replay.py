"""`han2x replay`: a capture run through the whole core on its own clock."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.cli.common import add_keys, add_p1, add_scales, complain, positive_seconds, print_json, scales_of
from han2x.faults import told
from han2x.gateway.capture import Chunk

if TYPE_CHECKING:
    from han2x.cli.common import Commands

RECORDED: Final = "2400 8N1"
"""The octets are on the file already, so that no settings are searched for."""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "replay",
        help="run a capture through the gateway and print the registers as JSON",
        description="Plays a capture on its own clock, without waiting, and prints events and registers as JSON.",
    )
    parser.add_argument("capture", metavar="CAPTURE", help="a capture as 'han2x record' writes it; - is standard input")
    parser.add_argument(
        "--every",
        type=positive_seconds,
        metavar="SECONDS",
        help="print only the registers, at each multiple of SECONDS",
    )
    parser.add_argument("--scaling-factor", type=int, default=1000, metavar="N", help="in thousandths (1000)")
    parser.add_argument(
        "--when-stale", choices=("exception", "hold", "zero"), default="exception", help="as the setting of that name"
    )
    add_scales(parser)
    add_keys(parser)
    add_p1(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when a reading came out, 1 when none did, 2 when the capture or an argument cannot be used."""
    from han2x.gateway.config import MeterConfig
    from han2x.gateway.playback import Playback
    from han2x.registers.bank import Rules, WhenStale

    # What the gateway would log stands in the events already.
    logging.getLogger("han2x").addHandler(logging.NullHandler())
    try:
        config = MeterConfig(
            serial_settings=RECORDED,
            scaling_factor=arguments.scaling_factor,
            scales=scales_of(arguments),
            encryption_key=arguments.encryption_key,
            authentication_key=arguments.authentication_key,
            p1_checksums=arguments.p1_checksum == "required",
            rules=Rules(WhenStale(arguments.when_stale)),
        )
        playback = Playback(config)
        chunks = _chunks(arguments.capture)
        lines = playback.play_every(chunks, arguments.every) if arguments.every else playback.play(chunks)
        for line in lines:
            print_json(line)
    except (OSError, ValueError) as error:
        complain(told(error, about=arguments.capture))
        return 2
    return 0 if playback.meter.state.readings else 1


def _chunks(name: str) -> Iterator[Chunk]:
    from han2x.gateway.capture import read_chunks

    if name == "-":
        yield from read_chunks(sys.stdin, complain)
        return
    with Path(name).open(encoding="ascii", errors="replace") as lines:
        yield from read_chunks(lines, lambda text: complain(f"{name}: {text}"))
