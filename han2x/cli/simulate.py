"""`han2x simulate`: a meter that talks through a pseudo-terminal or a TCP port."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from han2x.cli.common import complain, say
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.simulator import SimulatedLine, SimulatedMeter, SimulatedServer


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "simulate",
        help="speak as a meter",
        description="Speaks as a meter on a pseudo-terminal or a TCP port, octet by octet at the line's real pace.",
    )
    parser.add_argument("--meter", default="kamstrup", metavar="KIND", help="kind of meter (kamstrup); ? lists them")
    parser.add_argument("--tcp", metavar="ADDRESS:PORT", help="serve a TCP port in place of a pseudo-terminal")
    parser.add_argument("--link", type=Path, metavar="PATH", help="make PATH a link to the pseudo-terminal")
    parser.add_argument("--encrypt", metavar="HEX,HEX", help="encrypt with this encryption and authentication key")
    parser.add_argument("--speed", type=float, default=1.0, metavar="X", help="let the meter's time go X times as fast")
    parser.add_argument(
        "--trace", type=Path, metavar="CSV", help="draw the power in this file: a row a second, p_w,q_var"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="what goes wrong; ? lists them")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another household (1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when it was stopped, 2 for arguments that cannot be used."""
    from han2x.simulator import FAULTS, KINDS

    if arguments.meter == "?" or "?" in arguments.fault:
        listed = {name: kind.help for name, kind in KINDS.items()} if arguments.meter == "?" else dict(FAULTS)
        say("\n".join(f"{name:24} {getattr(what, 'help', what)}" for name, what in listed.items()))
        return 0
    try:
        asyncio.run(_speak(arguments, _meter(arguments)))
    except (OSError, ValueError) as error:
        complain(told(error))
        return 2
    return 0


def _meter(arguments: argparse.Namespace) -> SimulatedMeter:
    from han2x.simulator import Encryption, SimulatedMeter, TraceLoad, read_trace

    load = TraceLoad(read_trace(arguments.trace)) if arguments.trace else None
    encryption = None
    if arguments.encrypt is not None:
        keys = [bytes.fromhex(key) for key in arguments.encrypt.split(",")]
        if [len(key) for key in keys] != [16, 16]:
            raise ValueError("--encrypt: expected two keys of 32 hex digits with a comma between them")
        encryption = Encryption(*keys)
    return SimulatedMeter(
        arguments.meter,
        start=datetime.now(UTC),
        seed=arguments.seed,
        load=load,
        faults=arguments.fault,
        encryption=encryption,
    )


async def _speak(arguments: argparse.Namespace, meter: SimulatedMeter) -> None:
    from han2x.settings import parse_listen
    from han2x.simulator import SimulatedLine, SimulatedServer

    speaker: AbstractAsyncContextManager[SimulatedLine | SimulatedServer]
    if arguments.tcp:
        host, port = parse_listen(arguments.tcp, lowest_port=0)
        speaker = SimulatedServer(meter, host=host, port=port, speed=arguments.speed)
    else:
        speaker = SimulatedLine(meter, speed=arguments.speed, link=arguments.link)
    async with speaker as speaking:
        say(speaking.url if isinstance(speaking, SimulatedServer) else speaking.path)
        await speaking.wait()
