"""The Modbus server as the rest of the program sees it."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from han2x.addresses import join_host_port
from han2x.modbus_server.acceptor import Acceptor, CannotListenError, open_sockets
from han2x.modbus_server.connection import Connection
from han2x.modbus_server.faults import TlsError, TlsFault
from han2x.modbus_server.limits import Limits
from han2x.modbus_server.requests import Answerer, Device, Identity
from han2x.modbus_server.seldom import SeldomLog
from han2x.modbus_server.shares import ByHost
from han2x.modbus_server.statistics import Statistics
from han2x.modbus_server.tls import Loaded, Tls

log = logging.getLogger("han2x.modbus")

STALLED_S = 30.0
"""A client that has not read its answers for so long is cut off."""
LOAD_S = 10.0
"""How long certificates may take to be read, before it goes on without."""
CLOSING_S = 1.0
"""How long `stop` waits for the last answers to leave."""


class ModbusServer:
    """Serves devices by unit id to Modbus clients, over TCP with MBAP or RTU frames.

    `units` maps unit ids to devices. Ids 0 and 255, which clients use for "the device at this address", are the first
    unit's unless they are given. `identity` returns what function code 43/14 reports about a unit. With `tls`, every
    client must speak TLS and present a certificate, whose role says whether it may write; a server without it serves
    all others, on another port. Everything runs in the event loop that `start` was called in.

    Raises:
        ValueError: there is no unit, or an id is not one of 0 to 255.
    """

    def __init__(
        self,
        units: Mapping[int, Device],
        *,
        identity: Callable[[int], Identity],
        limits: Limits | None = None,
        tls: Tls | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._tls = tls
        self._loaded: Loaded | None = None
        self._loading: tuple[Tls, asyncio.Future[Loaded]] | None = None
        self._statistics = Statistics()
        self._seldom = SeldomLog(log)
        self._answerer = Answerer(units, identity, self._limits, monotonic)
        self._connections: ByHost[Connection] = ByHost()
        self._all_ended = asyncio.Event()
        self._acceptor: Acceptor | None = None
        self._where: tuple[str, int] | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of each listening socket; empty while stopped."""
        return self._acceptor.addresses if self._acceptor else []

    async def start(self, host: str, port: int) -> None:
        """Listen on this host ("" or "*" for all of IPv4 and IPv6) and port, and no longer where it did before.

        Open connections stay open.

        Raises:
            CannotListenError: it is impossible to listen there; where the server listened before it still does.
            TlsError: the certificates cannot be used.
        """
        if self._where == (host, port) and self.addresses:
            return
        if self._tls and self._loaded is None:
            await self.renew()
        sockets = await self._open(host, port)
        if self._acceptor is None:
            self._sweep()
        self._listen_on(sockets)
        self._where = (host, port)
        log.info("Modbus is served on %s", ", ".join(join_host_port(*at) for at in self.addresses))

    async def renew(self, tls: Tls | None = None) -> TlsFault | None:
        """Read the certificates again, or others, for connections that come from now on; those that are open stay.

        Only where clients have another authority than before, all have to come again. Returns what keeps clients out
        although the certificates can be used; they do not take the place of others of which nothing does.

        Raises:
            TlsError: they cannot be used; those that were in use before still are.
        """
        tls = tls or self._tls
        if tls is None:
            return None
        loaded, before = await self._load(tls), self._loaded
        self._tls = tls
        if before is not None and (loaded.digest == before.digest or (loaded.fault and not before.fault)):
            return loaded.fault
        self._loaded = loaded
        if before is None:
            return loaded.fault
        log.info("the certificates of Modbus with TLS were read again")
        if self._acceptor is not None:
            self._acceptor.use(loaded.context)
        if before.authority != loaded.authority:
            for connection in tuple(self._connections):
                self._cut(connection)
        return loaded.fault

    async def _load(self, tls: Tls) -> Loaded:
        """Read certificates in a thread; one that a disk keeps waiting is not begun again."""
        if self._loading is None or self._loading[0] != tls or self._loading[1].done():
            self._loading = tls, asyncio.ensure_future(asyncio.to_thread(tls.load))
            self._loading[1].add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait
        try:
            async with asyncio.timeout(LOAD_S):
                return await asyncio.shield(self._loading[1])
        except TimeoutError:
            raise TlsError("tls-slow", certificate=tls.certificate, seconds=round(LOAD_S)) from None

    async def stop(self) -> None:
        """Stop listening, flush the answers of all connections and close them."""
        if self._acceptor is None or self._sweeping is None:
            return
        self._sweeping.cancel()
        self._acceptor.close()
        for connection in tuple(self._connections):
            connection.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                while self._connections:
                    self._all_ended.clear()
                    await self._all_ended.wait()
        for connection in tuple(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # connections that were cut off end
        self._acceptor = self._where = None

    def serve(self, units: Mapping[int, Device]) -> None:
        """Serve these devices from now on; connections stay.

        Raises:
            ValueError: there is no unit, or an id is not one of 0 to 255.
        """
        self._answerer.serve(units)

    def update(self, limits: Limits) -> None:
        """Use other limits from now on; clients that they exclude are cut off."""
        self._limits = limits
        self._answerer.set_limits(limits)
        for connection in tuple(self._connections):
            if limits.allows(connection.host):
                self._judge(connection)
            else:
                self._cut(connection)
        self._make_room(limits.max_connections)

    def snapshot(self) -> dict[str, Any]:
        """Counters of all and of each open connection, and the last requests, ready for JSON."""
        now = monotonic()
        return {
            "addresses": [join_host_port(*at) for at in self.addresses],
            **self._statistics.snapshot(tuple(self._connections)),
            "connections": [connection.snapshot(now) for connection in self._connections],
            "recent": self._statistics.recent_requests(),
        }

    async def _open(self, host: str, port: int) -> list[socket.socket]:
        try:
            return await open_sockets(host, port)
        except CannotListenError as error:
            own = port in {own_port for _, own_port in self.addresses}
            if error.errno != errno.EADDRINUSE or self._where is None or not own:
                raise
        # It may be in use by ourselves, on another host.
        return await self._open_instead(host, port, self._where[0])

    async def _open_instead(self, host: str, port: int, before: str) -> list[socket.socket]:
        if self._acceptor:
            self._acceptor.close()
        try:
            return await open_sockets(host, port)
        except CannotListenError:
            where, self._where = self._where, None
            self._listen_on(await open_sockets(before, port))
            self._where = where
            raise

    def _listen_on(self, sockets: list[socket.socket]) -> None:
        if self._acceptor:
            self._acceptor.close()
        self._acceptor = Acceptor(
            sockets, self._connect, self._admit, self._seldom, self._loaded.context if self._loaded else None
        )

    def _admit(self, host: str) -> bool:
        if self._limits.allows(host):
            return True
        self._statistics.refused += 1
        self._seldom(
            logging.WARNING,
            "refused",
            "Modbus client %s refused: its address is in none of the allowed networks (%s)",
            host,
            ", ".join(map(str, self._limits.allow)),
            host=host,
        )
        return False

    def _connect(self) -> Connection:
        return Connection(self._answerer, self._statistics, self._seldom, self._begun, self._ended, self._tls)

    def _begun(self, connection: Connection) -> None:
        self._make_room(self._limits.max_connections - 1, connection)
        self._connections.add(connection.network, connection)
        self._judge(connection)
        self._statistics.accepted += 1

    def _judge(self, connection: Connection) -> None:
        secured = self._tls is not None
        connection.may_write = self._limits.may_write(connection.host, operator=connection.operator, secured=secured)

    def _ended(self, connection: Connection) -> None:
        self._connections.discard(connection.network, connection)
        if not self._connections:
            self._all_ended.set()

    def _make_room(self, most: int, newcomer: Connection | None = None) -> None:
        while len(self._connections) > most:
            candidates = self._connections.of_the_greediest(newcomer.network if newcomer else "")
            # One that never asked anything goes before any that did.
            idle = min(candidates, key=lambda connection: (connection.requests > 0, connection.last_seen))
            self._statistics.replaced += 1
            self._seldom(
                logging.WARNING,
                "replaced",
                "Modbus client %s cut off%s: no host has more (%d), "
                "and of %d connections it was silent for the longest time",
                idle.peer,
                f" for {newcomer.peer}" if newcomer else "",
                self._connections.count(idle.network),
                len(candidates),
                host=idle.host,
            )
            self._cut(idle)

    def _cut(self, connection: Connection) -> None:
        self._connections.discard(connection.network, connection)
        connection.abort()

    def _sweep(self) -> None:
        """Cut off clients that were silent, or read no answers, for too long; then do so again later."""
        now = monotonic()
        timeout = self._limits.idle_timeout_s
        for connection in tuple(self._connections):
            stalled = connection.stalled_since
            if now - connection.last_seen > timeout or (stalled is not None and now - stalled > STALLED_S):
                self._statistics.timed_out += 1
                log.debug("Modbus client %s cut off: silent for too long", connection.peer)
                self._cut(connection)
        self._seldom.settle()
        self._sweeping = asyncio.get_running_loop().call_later(min(5.0, timeout / 4), self._sweep)
