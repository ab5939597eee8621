"""Listening sockets: errors that say what to do, and who may connect."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
import traceback
from collections.abc import Callable
from ipaddress import ip_address

from han2x.listeners import ListenerFault
from han2x.modbus_server.connection import Connection
from han2x.modbus_server.handshakes import HANDSHAKE_S, Client, Handshakes
from han2x.modbus_server.seldom import SeldomLog
from han2x.sockets import listen, refused, why_not

RECEIVE_BUFFER = 16_384
"""Octets of a client's requests that the kernel may hold (it doubles this), and so the most that is read at once."""
ACCEPT_AT_ONCE = 32
RETRY_S = 1.0
"""How long no connection is accepted after file descriptors have run out."""

# A dead peer is noticed after 60 + 3 × 10 seconds.
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
_EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_ABSENT = frozenset((errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENODEV))


class CannotListenError(OSError):
    """It is impossible to listen on an address; the text says which and why."""

    def __init__(self, number: int | None, fault: ListenerFault) -> None:
        super().__init__(number, str(fault))
        self._fault = fault

    @property
    def absent(self) -> bool:
        """Whether it is the address that this computer does not have, rather than the port that cannot be had."""
        return isinstance(self.__cause__, socket.gaierror) or self.errno in _ABSENT

    def fault(self, place: str) -> ListenerFault:
        """The same for programs, `place` being what was asked for."""
        return ListenerFault(self._fault.code, **{**self._fault.values, "place": place})

    def __str__(self) -> str:
        return str(self.strerror)


async def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of `host`; "" and "*" mean all of IPv4 and IPv6, port 0 any free port.

    Raises:
        CannotListenError: the name is unknown, or the port is in use or not permitted.
    """
    try:
        return await listen(host, port, [(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)])
    except OSError as error:
        raise CannotListenError(error.errno, await why_not(error, f"{host or '*'}:{port}", host, port)) from error


def is_here(host: str) -> bool:
    """Whether this computer has the IP address now. A wildcard and a name are taken to be here."""
    try:
        ip_address(host)
    except ValueError:
        return True
    try:
        family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(address)
    except OSError:
        return False
    return True


def not_here(place: str) -> ListenerFault:
    """What is wrong with a place whose address `is_here` says is not."""
    error = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    return refused(error, place)


class Acceptor:
    """Accepts connections on listening sockets, and makes a `Connection` of each that `admit` lets in."""

    def __init__(
        self,
        sockets: list[socket.socket],
        factory: Callable[[], Connection],
        admit: Callable[[str], bool],
        seldom: SeldomLog,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.sockets = sockets
        self._factory = factory
        self._admit = admit
        self._seldom = seldom
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[None]] = set()
        self._handshakes = Handshakes(self._start, seldom)
        self._closed = False
        self._resume()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every listening socket; empty when closed."""
        if self._closed:
            return []
        return [tuple(listener.getsockname()[:2]) for listener in self.sockets]

    def close(self) -> None:
        """Stop listening; established connections go on. May be called again."""
        if self._closed:
            return
        self._closed = True
        for listener in self.sockets:
            self._loop.remove_reader(listener)
            listener.close()
        self._handshakes.close()
        for task in self._starting:
            task.cancel()

    def use(self, tls: ssl.SSLContext) -> None:
        """Agree on TLS in this context from now on."""
        self._tls = tls

    def _resume(self) -> None:
        if not self._closed:
            for listener in self.sockets:
                self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                client, address = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._pause(error)
                return
            self._begin(client, *address[:2])

    def _pause(self, error: OSError) -> None:
        self._seldom(logging.ERROR, "exhausted", "no more connections can be accepted for now: %s", error.strerror)
        for listener in self.sockets:
            self._loop.remove_reader(listener)
        self._loop.call_later(RETRY_S, self._resume)

    def _begin(self, client: socket.socket, host: str, port: int) -> None:
        if not self._admit(host):
            client.close()
            return
        client.setblocking(False)
        for level, option, value in _OPTIONS:
            client.setsockopt(level, option, value)
        if self._tls:
            self._handshakes.add(client, host, port)
        else:
            self._start(Client(client, host, port, 0.0))

    def _start(self, client: Client) -> asyncio.Task[None]:
        task = self._loop.create_task(self._connect(client))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)
        return task

    async def _connect(self, client: Client) -> None:
        if client.cut:  # before it began
            client.socket.close()
            return
        connection = self._factory()
        connection.came_from(client.host, client.port)
        connected = False
        try:
            await self._loop.connect_accepted_socket(
                lambda: connection,
                client.socket,
                ssl=self._tls,
                ssl_handshake_timeout=HANDSHAKE_S if self._tls else None,
            )
            connected = True
        except OSError as error:  # ssl.SSLError is one
            if not client.cut:  # which has been told
                what = "no TLS" if self._tls else "no connection"
                message = "Modbus client %s: %s, %s"
                self._seldom(logging.INFO, what, message, connection.peer, what, error, host=client.host)
            # Or else the error, and with it the buffers of TLS, would stay until garbage is collected.
            traceback.clear_frames(error.__traceback__)
        finally:
            if not connected:
                client.socket.close()
