"""Clients on their way to TLS: bounded in time and number, in all and for each host, at the cost of who holds most.

A client has to speak first. Until it does it costs a socket and no more; only then is there a TLS connection with its
buffers, of which there are fewer at a time.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from han2x.addresses import network_of
from han2x.modbus_server.seldom import SeldomLog
from han2x.modbus_server.shares import ByHost

HANDSHAKE_S: Final = 10.0
"""How long a client may be silent, and then how long it may take to agree on TLS."""
MOST_SILENT: Final = 256
MOST_SILENT_OF_ONE: Final = 64
MOST: Final = 48
"""Handshakes under way, each with some 0.4 MB of buffers."""
MOST_OF_ONE: Final = 8
PATIENCE_S: Final = 2.0
"""How long a handshake is safe from newcomers of its own host, as when many clients behind one router come at once."""


@dataclass(slots=True, eq=False)
class Client:
    """A client on its way to TLS. `cut` says that we ended it."""

    socket: socket.socket
    host: str
    port: int
    since: float
    network: str = field(init=False)
    cut: bool = False
    timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.network = network_of(self.host)


class Handshakes:
    """Waits for what clients say first, then has `begin` agree on TLS with them; its task ends when that is done."""

    def __init__(self, begin: Callable[[Client], asyncio.Task[None]], seldom: SeldomLog) -> None:
        self._begin = begin
        self._seldom = seldom
        self._loop = asyncio.get_running_loop()
        self._silent: ByHost[Client] = ByHost()
        self._under_way: ByHost[Client] = ByHost()

    def add(self, connection: socket.socket, host: str, port: int) -> None:
        """Wait for the first octets of this one."""
        client = Client(connection, host, port, self._loop.time())
        if self._silent.count(client.network) >= MOST_SILENT_OF_ONE:
            self._cut_silent(next(self._silent.of(client.network)))
        elif len(self._silent) >= MOST_SILENT:
            self._cut_silent(_oldest(self._silent.of_the_greediest(client.network)))
        self._silent.add(client.network, client)
        client.timer = self._loop.call_later(HANDSHAKE_S, self._too_late, client)
        self._loop.add_reader(connection, self._spoken, client)

    def close(self) -> None:
        """End all that are silent."""
        for client in tuple(self._silent):
            self._leave_silent(client)
            client.socket.close()

    def _spoken(self, client: Client) -> None:
        try:
            gone = not client.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            gone = True
        self._leave_silent(client)
        if gone or not self._room_for(client):
            client.socket.close()
            return
        client.since = self._loop.time()
        self._under_way.add(client.network, client)
        self._begin(client).add_done_callback(lambda _: self._under_way.discard(client.network, client))

    def _room_for(self, client: Client) -> bool:
        if self._under_way.count(client.network) >= MOST_OF_ONE:
            oldest = next(self._under_way.of(client.network))
            self._tell("handshakes that do not end", client.host, self._under_way.count(client.network))
            if self._loop.time() - oldest.since < PATIENCE_S:
                return False
            self._cut(oldest)
        elif len(self._under_way) >= MOST:
            oldest = _oldest(self._under_way.of_the_greediest(client.network))
            self._tell("handshakes that do not end", oldest.host, self._under_way.count(oldest.network))
            self._cut(oldest)
        return True

    def _cut(self, client: Client) -> None:
        """End a handshake: what is agreeing on TLS, if it has begun, sees its connection end."""
        self._under_way.discard(client.network, client)
        client.cut = True
        with suppress(OSError):
            client.socket.shutdown(socket.SHUT_RDWR)

    def _cut_silent(self, client: Client) -> None:
        self._tell("connections that say nothing", client.host, self._silent.count(client.network))
        self._leave_silent(client)
        client.socket.close()

    def _tell(self, what: str, host: str, count: int) -> None:
        message = "Modbus with TLS: %s has %d %s; its oldest is cut off, or its newest refused"
        self._seldom(logging.WARNING, what, message, host, count, what, host=host)

    def _too_late(self, client: Client) -> None:
        self._leave_silent(client)
        message = "Modbus client %s: no TLS, it has said nothing for %.0f s"
        self._seldom(logging.INFO, "silent", message, client.host, HANDSHAKE_S, host=client.host)
        client.socket.close()

    def _leave_silent(self, client: Client) -> None:
        self._silent.discard(client.network, client)
        self._loop.remove_reader(client.socket)
        if client.timer is not None:
            client.timer.cancel()


def _oldest(clients: list[Client]) -> Client:
    return min(clients, key=lambda client: client.since)
