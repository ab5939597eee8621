"""One line to a meter, opened and kept open: a serial device, or a serial server on the network."""

from __future__ import annotations

import asyncio
import logging
import socket
import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import serial
import serial_asyncio

from han2x.gateway.line_search import SerialSettings
from han2x.gateway.line_status import LineState, LineStatus
from han2x.gateway.seldom import SeldomLog
from han2x.port_name import parse_port_name
from han2x.serial_port.listener import Listener
from han2x.serial_port.ports import BY_ID, check_serial_device, is_pseudo_terminal, stable_name
from han2x.serial_port.reasons import PortFault, why_lost, why_not_opened, why_torn
from han2x.serial_port.turns import Turns, Work

log = logging.getLogger("han2x.serial")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
CONNECT_TIMEOUT_S = 5.0

LINES_AN_HOUR = 4
"""How often the log says the same of a line: more than somebody pulls a cable, less than a server that comes and goes.
"""

# a serial server that lost its power never says so: ask after half a minute of silence, give up half a minute later
KEEPALIVE = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))

SEVEN_BITS = 7

# termios.error is no OSError; pyserial raises the others of settings that it cannot make
OPEN_ERRORS = (OSError, termios.error, ValueError, NotImplementedError)


class SerialLine:
    """One line to a meter, read for as long as `run` runs and opened again whenever it is lost.

    `port` is a device path or `socket://host:port`, see `port_name`. `on_octets` is called with whatever came, as soon
    as it came; `on_silence` once when then nothing has come for `silence_s`, or the line was lost; `on_status` whenever
    the line's state changes. All are called in the event loop and must not wait; what they raise ends `run`. What takes
    longer the first two return as work in short steps, done in `turns` that all lines share.

    A device node that also has a name in /dev/serial/by-id is opened again by that name, which stays with the adapter.
    A pseudo-terminal has no parity and is opened without.

    Raises:
        PortNameError: no port is called so.
        ValueError: a setting is none that a line can have.
    """

    def __init__(
        self,
        port: str,
        settings: SerialSettings = SerialSettings(2400),  # noqa: B008 - a constant
        *,
        on_octets: Callable[[bytes], Work | None],
        on_silence: Callable[[], Work | None],
        on_status: Callable[[LineStatus], None],
        silence_s: float = 1.0,
        by_id: Path = BY_ID,
        turns: Turns | None = None,
    ) -> None:
        if not silence_s > 0:
            raise ValueError(f"the silence must be longer than 0 s, not {silence_s}")
        self._server = parse_port_name(port)
        self._port = port
        self._turns = turns or Turns()
        self._settings = settings
        self._changed = asyncio.Event()
        self._on_octets = on_octets
        self._on_silence = on_silence
        self._on_status = on_status
        self._silence_s = silence_s
        self._by_id = by_id
        self._lasting_name: str | None = None
        self._heard = False
        self._trouble: PortFault | None = None
        self._greeted = False
        self._seldom = SeldomLog(log, most=LINES_AN_HOUR)
        self.status = LineStatus(LineState.OPENING, port)

    @property
    def settings(self) -> SerialSettings:
        """What the line is read with."""
        return self._settings

    def use(self, settings: SerialSettings) -> None:
        """Read the line with other settings from now on: an open port is closed and opened again at once."""
        if settings != self._settings:
            self._settings = settings
            self._changed.set()

    async def run(self) -> NoReturn:
        """Read the line until cancelled; the port is closed when this ends."""
        pause = FIRST_PAUSE_S
        while True:
            self._heard = False
            fault = await self._stay_connected()
            if fault is None:
                continue
            self._failed(fault)
            if self._heard:
                pause = FIRST_PAUSE_S
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _stay_connected(self) -> PortFault | None:
        """Open the line and read it until it is lost; returns why it was, or None when the settings were changed."""
        self._changed.clear()
        port = self._name_to_open()
        self._tell(LineStatus(LineState.OPENING, port))
        listener = Listener(self._octets, self._on_silence, self._silence_s, self._turns)
        try:
            transport = await self._connect(port, listener)
        except OPEN_ERRORS as error:
            return await asyncio.to_thread(why_not_opened, error, port, str(self._settings))
        try:
            self._opened(port)
            if torn := await asyncio.to_thread(why_torn, port):
                self._say(logging.WARNING, torn.code, "%s", torn)
                self._tell(replace(self.status, fault=torn))
            await _first_of(listener.lost, self._changed)
        finally:
            listener.give_up()
            # a second abort would make serial_asyncio close twice
            if not transport.is_closing():
                transport.abort()
            await listener.lost.wait()
        if listener.failure is not None:
            raise listener.failure
        if self._changed.is_set():
            return None
        return await asyncio.to_thread(why_lost, listener.error, port)

    async def _connect(self, port: str, listener: Listener) -> asyncio.Transport:
        loop = asyncio.get_running_loop()
        if self._server is None:
            device = await _in_thread_or_closed(lambda: self._open_device(port))
            transport, _ = await serial_asyncio.connection_for_serial(loop, lambda: listener, device)
            return transport  # type: ignore[no-any-return]  # serial_asyncio has no types
        # pyserial's own socket:// sleeps in the event loop when it closes and loses what came with the last packet
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            socket_transport, _ = await loop.create_connection(lambda: listener, *self._server)
        _keep_alive(socket_transport.get_extra_info("socket"))
        return socket_transport

    def _open_device(self, port: str) -> serial.Serial:
        check_serial_device(port)
        baudrate, data_bits, parity, stop_bits = self._settings
        if is_pseudo_terminal(port):
            data_bits, parity = 8, "N"
        device = serial.Serial(
            port, baudrate=baudrate, bytesize=data_bits, parity=parity, stopbits=stop_bits, exclusive=True
        )
        with suppress(OSError, ValueError, NotImplementedError):
            device.set_low_latency_mode(True)
        if data_bits == SEVEN_BITS and parity != "N":
            _blank_wrong_parity(device)
        return device

    def _name_to_open(self) -> str:
        if self._lasting_name and Path(self._lasting_name).exists():
            return self._lasting_name
        return self._port

    def _opened(self, port: str) -> None:
        if not self._greeted:
            self._say(logging.INFO, "open", "%s is open (%s)", port, self._settings)
        self._greeted = True
        self._tell(LineStatus(LineState.OPEN, port))
        if self._lasting_name is None and not Path(port).is_symlink() and (name := stable_name(port, self._by_id)):
            self._lasting_name = name
            log.info("%s is also called %s: after a loss it will be opened by that name", port, name)

    def _octets(self, octets: bytes) -> Work | None:
        if not self._heard:
            self._heard = True
            self._trouble = None
            self._tell(replace(self.status, state=LineState.RECEIVING))
        return self._on_octets(octets)

    def _failed(self, fault: PortFault) -> None:
        # one warning until octets come again; an adapter that comes and goes without a word must not fill the log
        if self._trouble is None:
            self._say(logging.WARNING, fault.code, "%s", fault)
            self._greeted = False
        elif fault != self._trouble:
            self._say(logging.INFO, f"still {fault.code}", "%s", fault)
        self._trouble = fault
        self._tell(LineStatus(LineState.FAILED, self.status.port, fault))

    def _say(self, level: int, kind: str, message: str, *args: object) -> None:
        self._seldom(asyncio.get_running_loop().time(), level, kind, message, *args)

    def _tell(self, status: LineStatus) -> None:
        self.status = replace(status, settings=str(self._settings))
        self._on_status(self.status)


async def _first_of(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def _in_thread_or_closed(open_device: Callable[[], serial.Serial]) -> serial.Serial:
    """What `open_device` opens in a thread; closed again when we are cancelled before it is open."""
    opening = asyncio.get_running_loop().run_in_executor(None, open_device)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise


def _blank_wrong_parity(device: serial.Serial) -> None:
    """Let characters whose parity is wrong come as NUL, where the driver can tell: telegrams of them have no CRC."""
    with suppress(AttributeError, *OPEN_ERRORS):
        attributes = termios.tcgetattr(device.fd)
        attributes[0] |= termios.INPCK
        termios.tcsetattr(device.fd, termios.TCSANOW, attributes)


def _close_unwanted(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
