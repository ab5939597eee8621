"""`han2x record`: a line's octets with their times, into a capture file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from han2x.cli.common import complain, positive_seconds

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.serial_port import LineStatus


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "record",
        help="record what comes from a serial port",
        description="Writes a capture: what came from the line, and when. Send it along with a report of a fault.",
    )
    parser.add_argument("port", metavar="PORT", help="serial port, or socket://HOST:PORT")
    parser.add_argument("--serial-settings", default="2400 8N1", metavar="X", help="as in the settings (2400 8N1)")
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="the file to write (standard output)")
    parser.add_argument("--seconds", type=positive_seconds, metavar="N", help="stop after N seconds (at Ctrl-C)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when something was recorded, 1 when nothing came, 2 for arguments that cannot be used."""
    from han2x.port_name import parse_port_name

    try:
        parse_port_name(arguments.port)
        with contextlib.ExitStack() as stack:
            stream = sys.stdout
            if arguments.output:
                stream = stack.enter_context(arguments.output.open("w", encoding="ascii"))
            recorder = _Recorder(stream)
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(_record(arguments, recorder))
    except (OSError, ValueError) as error:
        complain(str(error))
        return 2
    if not recorder.octets:
        complain("nothing came from the line")
        return 1
    return 0


class _Recorder:
    def __init__(self, stream: TextIO) -> None:
        self.octets = 0
        self._stream = stream
        self._trouble = ""

    def comment(self, text: str) -> None:
        self._stream.write(f"# {text}\n")

    def on_octets(self, octets: bytes) -> None:
        from han2x.gateway.capture import Chunk, write_chunk

        self.octets += len(octets)
        self._stream.write(write_chunk(Chunk(time.time(), octets)))
        self._stream.flush()

    def on_status(self, status: LineStatus) -> None:
        from han2x.serial_port import LineState

        if status.state is LineState.FAILED:
            if status.reason != self._trouble:
                complain(status.reason)
            self._trouble = status.reason
        elif status.state is not LineState.OPENING:
            self._trouble = ""


async def _record(arguments: argparse.Namespace, recorder: _Recorder) -> None:
    from han2x.gateway.line_search import SerialSettings
    from han2x.serial_port import SerialLine

    line = SerialLine(
        arguments.port,
        SerialSettings.parse(arguments.serial_settings),
        on_octets=recorder.on_octets,
        on_silence=lambda: None,
        on_status=recorder.on_status,
    )
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    recorder.comment(f"{arguments.port} at {arguments.serial_settings}, {begun}")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(arguments.seconds):
            await line.run()
