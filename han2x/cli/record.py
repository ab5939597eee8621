"""`han2x record`: a line's octets with their times, into a capture file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from han2x.cli.common import OUTPUT, complain, positive_seconds, writing
from han2x.faults import told

if TYPE_CHECKING:
    from han2x.cli.common import Commands
    from han2x.gateway.line import Line
    from han2x.gateway.line_search import SerialSettings
    from han2x.serial_port import LineStatus


AUTO: Final = "auto"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "record",
        help="record what comes from a serial port",
        description="Writes a capture: what came from the line, and when. Send it along with a report of a fault.",
    )
    parser.add_argument("port", metavar="PORT", help="serial port, or socket://HOST:PORT")
    parser.add_argument("--serial-settings", default=AUTO, metavar="X", help="as in the settings (auto: found out)")
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="the file to write (standard output)")
    parser.add_argument("--force", action="store_true", help="write over a file that is there already")
    parser.add_argument("--seconds", type=positive_seconds, metavar="N", help="stop after N seconds (at Ctrl-C)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when something was recorded, 1 when nothing came, 2 for arguments that cannot be used."""
    from han2x.gateway.config import MeterConfig
    from han2x.gateway.line import Line
    from han2x.port_name import parse_port_name

    try:
        parse_port_name(arguments.port)
        line = Line(MeterConfig(port=arguments.port, serial_settings=arguments.serial_settings))
        with _output(arguments.output, force=arguments.force) as (stream, where):
            octets = asyncio.run(_record(arguments, line, _Recorder(stream, where, line)))
    except FileExistsError:
        complain(f"{arguments.output} is there already and stays; name another file, or add --force")
        return 2
    except (OSError, ValueError) as error:
        complain(told(error))
        return 2
    if not octets:
        complain("nothing came from the line")
        return 1
    return 0


@contextlib.contextmanager
def _output(path: Path | None, *, force: bool) -> Iterator[tuple[TextIO, object]]:
    """Where to write, and what to call it."""
    if path is None:
        yield sys.stdout, OUTPUT
        return
    stream = path.open("w" if force else "x", encoding="ascii")
    try:
        yield stream, path
    finally:
        with writing(path):
            stream.close()


class _Recorder:
    """Writes what comes, and follows it as the gateway does to find out how the line is to be read."""

    def __init__(self, stream: TextIO, where: object, line: Line) -> None:
        self.octets = 0
        self._stream = stream
        self._where = where
        self._line = line
        self._trouble = ""

    def comment(self, text: str) -> None:
        self._write(f"# {text}\n")

    def on_octets(self, octets: bytes) -> None:
        from han2x.gateway.capture import Chunk, write_chunk

        self.octets += len(octets)
        self._write(write_chunk(Chunk(time.time(), octets)))
        self._line.feed(octets, time.monotonic())

    def on_silence(self) -> None:
        self._line.silence(time.monotonic())

    def on_status(self, status: LineStatus) -> None:
        from han2x.serial_port import LineState

        self._line.changed(status, time.monotonic())
        if status.state is LineState.FAILED:
            if status.reason != self._trouble:
                complain(status.reason)
            self._trouble = status.reason
        elif status.state is not LineState.OPENING:
            self._trouble = ""

    def _write(self, text: str) -> None:
        with writing(self._where):
            self._stream.write(text)
            self._stream.flush()


async def _record(arguments: argparse.Namespace, line: Line, recorder: _Recorder) -> int:
    """Record until it is time, or until it is interrupted; returns how many octets came."""
    from han2x.serial_port import SerialLine

    port = SerialLine(
        arguments.port,
        line.settings,
        on_octets=recorder.on_octets,
        on_silence=recorder.on_silence,
        on_status=recorder.on_status,
    )

    def read_with(settings: SerialSettings) -> None:
        recorder.comment(f"now read at {settings}")
        port.use(settings)

    line.on_settings = read_with
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    recorder.comment(f"{arguments.port} at {line.settings}, {begun}")
    ticking = asyncio.create_task(_tick(line))
    try:
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(arguments.seconds):
                await port.run()
    finally:
        ticking.cancel()
    return recorder.octets


async def _tick(line: Line) -> None:
    while True:
        await asyncio.sleep(1)
        line.tick(time.monotonic())
