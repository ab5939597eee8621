"""One place where the page is reached: lets connections in, and tells TLS from plain HTTP by their first octet."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from han2x.addresses import network_of
from han2x.web.handshakes import Handshakes
from han2x.web.redirect import Redirector

logger = logging.getLogger("han2x.web")

ACCEPT_AT_ONCE: Final = 32
HANDSHAKE_S: Final = 10.0
"""How long a client may take to say its first word, and then to agree on TLS."""
RETRY_S: Final = 1.0
"""How long no connection is accepted after file descriptors have run out."""

_TLS_HANDSHAKE: Final = 0x16  # RFC 8446, section 5.1
_EXHAUSTED: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))

Make = Callable[[], asyncio.Protocol]


@dataclass(frozen=True, slots=True)
class Manner:
    """What is spoken at a place. Who speaks plain HTTP where that is not served is sent to `https_port`, which is the
    place's own where it is None.
    """

    plain: bool = True
    tls: ssl.SSLContext | None = None
    https_port: int | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind every place: `serve` makes the protocol for requests, and `guard` puts the limits before any."""

    serve: Make
    guard: Callable[[Make], Make]
    handshakes: Handshakes = field(default_factory=Handshakes)


class Listener:
    """Lets connections in on its sockets; how it speaks with them may change, for those that come then."""

    def __init__(self, sockets: Sequence[socket.socket], manner: Manner, behind: Behind) -> None:
        self._manner = manner
        self._sockets = sockets
        self._behind = behind
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._transports: set[asyncio.BaseTransport] = set()
        self._closed = False
        self._resume()

    @property
    def manner(self) -> Manner:
        """How it speaks with those that come now."""
        return self._manner

    @manner.setter
    def manner(self, manner: Manner) -> None:
        withdrawn, self._manner = self._manner.plain and not manner.plain, manner
        for transport in self._transports if withdrawn else ():
            if transport.get_extra_info("ssl_object") is None:
                transport.close()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every socket; none when closed."""
        return [] if self._closed else [tuple(each.getsockname()[:2]) for each in self._sockets]

    def stop_listening(self) -> None:
        """Let nobody in any more; the connections that came in here go on."""
        if self._closed:
            return
        self._pause()
        self._closed = True
        for listener in self._sockets:
            listener.close()
        for task in self._tasks:
            task.cancel()

    def close(self) -> None:
        """Let nobody in any more, and end the connections that came in here."""
        self.stop_listening()
        for transport in self._transports:
            transport.close()

    def _resume(self) -> None:
        if not self._closed:
            for listener in self._sockets:
                self._loop.add_reader(listener.fileno(), self._accept, listener)

    def _pause(self) -> None:
        for listener in self._sockets:
            self._loop.remove_reader(listener.fileno())

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPT_AT_ONCE):
            try:
                client, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    logger.debug("no more connections can be accepted for now: %s", error.strerror)
                    self._pause()
                    self._loop.call_later(RETRY_S, self._resume)
                return
            client.setblocking(False)
            task = self._loop.create_task(self._let_in(client))
            self._behind.handshakes.enter(task, network_of(address[0]))
            self._tasks.add(task)
            task.add_done_callback(partial(self._let_go, client))

    def _let_go(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        """Close what did not become a connection; one that is cancelled early has not even begun."""
        self._tasks.discard(task)
        if task.cancelled() or task.exception() is not None:
            client.close()
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, OSError):  # ssl.SSLError and TimeoutError are
            logger.debug("a connection did not come about: %s", failure)
        elif failure is not None:
            logger.error("a connection could not be accepted", exc_info=failure)

    async def _let_in(self, client: socket.socket) -> None:
        manner = self.manner
        async with asyncio.timeout(HANDSHAKE_S):
            encrypted = manner.tls is not None and await _first_octet(client) == _TLS_HANDSHAKE
        await self._connect(client, manner, manner.tls if encrypted else None)

    async def _connect(self, client: socket.socket, manner: Manner, tls: ssl.SSLContext | None) -> None:
        make = self._behind.serve
        if tls is None and not manner.plain:
            port = manner.https_port or client.getsockname()[1]
            make = lambda: Redirector(port)  # noqa: E731 - as short as it gets
        transport, _ = await self._loop.connect_accepted_socket(
            self._behind.guard(make), client, ssl=tls, ssl_handshake_timeout=HANDSHAKE_S if tls else None
        )
        self._transports = {each for each in self._transports if not each.is_closing()}
        self._transports.add(transport)


async def _first_octet(client: socket.socket) -> int | None:
    """Look at the first octet that a client sends, and leave it there; None when it left."""
    loop = asyncio.get_running_loop()
    while True:
        with suppress(BlockingIOError, InterruptedError):
            seen = client.recv(1, socket.MSG_PEEK)
            return seen[0] if seen else None
        ready = loop.create_future()
        loop.add_reader(client.fileno(), _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(client.fileno())


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
