"""The edge of the simulator: a meter's telegrams on a pseudo-terminal or a TCP port, at the pace of a real line."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import termios
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from han2x.addresses import join_host_port
from han2x.simulator import uart
from han2x.simulator.meter import SimulatedMeter

CLIENT_BUFFER_OCTETS = (
    4096  # what a TCP client may leave unread before it misses octets, in the kernel and as much here
)
SHORTEST_SLEEP_S = 0.001
BAUD_RATES = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400)


async def play(
    meter: SimulatedMeter, write: Callable[[bytes], None], *, speed: float = 1.0, paced: bool = True
) -> None:
    """Send the meter's telegrams through `write`, each at its time, until cancelled.

    Octets leave one by one as the meter's baud rate allows; not `paced`, each telegram leaves as a whole. A telegram
    that is due while another is still on the line waits for it. `speed` makes all of the meter's time go faster.

    Raises:
        ValueError: `speed` is not above 0.
    """
    if not speed > 0:
        raise ValueError(f"the speed must be above 0, not {speed}")
    clock = _Clock(speed)
    octet_s = meter.maker.bits_per_octet / meter.maker.baudrate if paced else 0.0
    free_at = 0.0
    for second, telegram in meter.telegrams():
        # a late start moves the whole telegram, or it would begin with a burst that no line can carry
        start = await clock.reach(max(second, free_at))
        free_at = start + octet_s * len(telegram)
        sent = 0
        while sent < len(telegram):
            over = await clock.reach(start + octet_s * (sent + 1)) - start
            due = min(int(over / octet_s + 1e-6), len(telegram)) if octet_s else len(telegram)
            if due > sent:
                write(telegram[sent:due])
                sent = due


class _Clock:
    """The meter's time, in seconds since it was made."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._time = asyncio.get_running_loop().time
        self._begun = self._time()

    async def reach(self, second: float) -> float:
        """Wait until that second, at least for the shortest sleep; returns the second it then is."""
        await asyncio.sleep(max(second / self._speed - (self._time() - self._begun), SHORTEST_SLEEP_S))
        return (self._time() - self._begun) * self._speed


class PseudoTerminal:
    """A pseudo-terminal that stands for the meter's line: what nobody reads is lost, as on a wire.

    It stays the same however often a reader opens and closes it, until `close`. With `link`, a symbolic link of that
    name points to it while it is open. With `baudrate`, a reader who has set another one hears what a receiver would
    make of it; parity cannot be shown that way, since a pseudo-terminal has none.
    """

    def __init__(self, link: Path | None = None, baudrate: int | None = None) -> None:
        self._link = link
        self._baudrate = baudrate
        self._master: int | None = None
        self._slave: int | None = None
        self.path = ""

    def open(self) -> None:
        """Raises OSError when there is no pseudo-terminal left, or the link cannot be made."""
        # our own end of the slave stays open, or the reader's going away would hang up the line
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        device = os.ttyname(self._slave)
        self.path = device
        if self._link is not None:
            self._point_link(self._link, device)
            self.path = str(self._link)

    def write(self, octets: bytes) -> None:
        """Send the octets, or lose them when the line is torn away or its buffer is full of what nobody read."""
        if self._master is None or self._slave is None:
            return
        octets = self._as_heard(octets, self._slave)
        try:
            written = os.write(self._master, octets)
        except BlockingIOError:
            written = 0
        if written < len(octets):
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def _as_heard(self, octets: bytes, slave: int) -> bytes:
        """The octets at the speed that the reader has set."""
        if self._baudrate is None:
            return octets
        speed = termios.tcgetattr(slave)[4]
        if speed == getattr(termios, f"B{self._baudrate}"):
            return octets
        bit_time = self._baudrate / next(rate for rate in BAUD_RATES if getattr(termios, f"B{rate}") == speed)
        return uart.heard(uart.levels(octets, even_parity=False), bit_time=bit_time, even_parity=False)

    def close(self) -> None:
        """Hang up on whoever reads, as pulling the adapter out does."""
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        for end in (self._master, self._slave):
            if end is not None:
                os.close(end)
        self._master = self._slave = None

    @staticmethod
    def _point_link(link: Path, device: str) -> None:
        beside = link.with_name(link.name + ".new")
        beside.unlink(missing_ok=True)
        beside.symlink_to(device)
        beside.replace(link)


class SimulatedLine:
    """A simulated meter on a pseudo-terminal, `path`, for as long as the context lasts.

    `speed` and `paced` as in `play`. With `link`, `path` is that symbolic link, which also survives `tear_away` and
    `bring_back`. With `minds_baudrate`, only a reader who has set the meter's baud rate understands it.
    """

    def __init__(
        self,
        meter: SimulatedMeter,
        *,
        speed: float = 1.0,
        paced: bool = True,
        link: Path | None = None,
        minds_baudrate: bool = False,
    ) -> None:
        self._meter = meter
        self._speed = speed
        self._paced = paced
        self._terminal = PseudoTerminal(link, meter.maker.baudrate if minds_baudrate else None)
        self._playing: asyncio.Task[None] | None = None

    @property
    def path(self) -> str:
        """Where a reader finds the line: `/dev/pts/N`, or the link."""
        return self._terminal.path

    def tear_away(self) -> None:
        """Pull the line out: readers are hung up on. The meter goes on talking to nobody."""
        self._terminal.close()

    def bring_back(self) -> None:
        """Plug the line in again; without a link it may come back under another `path`."""
        self._terminal.open()

    async def wait(self) -> None:
        """Wait for ever; raises what ended the meter, if something did."""
        if self._playing is not None:
            await asyncio.shield(self._playing)

    async def __aenter__(self) -> Self:
        self._terminal.open()
        playing = play(self._meter, self._terminal.write, speed=self._speed, paced=self._paced)
        self._playing = asyncio.create_task(playing, name="simulated meter")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _stop(self._playing)
        self._terminal.close()


class SimulatedServer:
    """A simulated meter on a TCP port, as a serial server offers it, for as long as the context lasts.

    Any number of clients may listen; all hear the same, from the moment they come. Port 0 takes a free one.
    """

    def __init__(
        self,
        meter: SimulatedMeter,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        paced: bool = True,
    ) -> None:
        self._meter = meter
        self._address = (host, port)
        self._speed = speed
        self._paced = paced
        self._clients: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._playing: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The URL that a reader gives as its port, `socket://host:port`."""
        if self._server is None:
            raise RuntimeError("the simulated server is not running")
        return f"socket://{join_host_port(*self._server.sockets[0].getsockname()[:2])}"

    def write(self, octets: bytes) -> None:
        """Send to every client; one that does not read misses octets instead of holding up the others."""
        for client in self._clients:
            if client.transport.get_write_buffer_size() <= CLIENT_BUFFER_OCTETS:
                client.write(octets)

    async def wait(self) -> None:
        """Wait for ever; raises what ended the meter, if something did."""
        if self._playing is not None:
            await asyncio.shield(self._playing)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, *self._address)
        self._playing = asyncio.create_task(
            play(self._meter, self.write, speed=self._speed, paced=self._paced), name="simulated meter"
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _stop(self._playing)
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.transport.abort()  # one that does not read would never take what is still to be sent
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # by default the kernel would keep hours of a slow line for a client that does not read
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, CLIENT_BUFFER_OCTETS)
        self._clients.add(writer)
        try:
            with contextlib.suppress(ConnectionError):
                while await reader.read(1024):  # a meter does not listen; an empty read is the client going away
                    pass
        finally:
            self._clients.discard(writer)
            writer.close()


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is None:
        return
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
