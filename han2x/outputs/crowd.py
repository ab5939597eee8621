"""The TCP clients of an output: who may stay, how many at once, and not without taking what is sent to them.

A host that has too many connections loses its oldest to its newest, so that a client that lost its line gets in again.
When all places are taken, the host that has most of them gives one up.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Final, cast

from han2x.addresses import network_of
from han2x.outputs.door import Close
from han2x.outputs.place import Place
from han2x.seldom import Seldom

log = logging.getLogger("han2x.outputs")

IN_ALL: Final = 32
FROM_ONE: Final = 8
STALLED_S: Final = 20.0
"""A client that has not taken what was sent for so long is cut off."""

# A peer that is gone is noticed after 30 s, whether it owes an acknowledgement or is only silent.
_OPTIONS: Final = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),
)


class Crowd:
    """All clients at one place; `name` is that of the output."""

    def __init__(self, name: str, place: Place) -> None:
        self._name = name
        self._place = place
        self._hosts: dict[str, dict[Visitor, None]] = {}
        self._seldom: Seldom[str] = Seldom()

    def __len__(self) -> int:
        return sum(map(len, self._hosts.values()))

    def __iter__(self) -> Iterator[Visitor]:
        return iter([visitor for visitors in self._hosts.values() for visitor in visitors])

    async def serve(self, make: Callable[[], Visitor], sockets: Sequence[socket.socket]) -> Close:
        """Let clients in on these sockets, each with a protocol that `make` makes; returns what ends that."""
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(make, sock=each) for each in sockets]

        async def close() -> None:
            for server in servers:
                server.close()
            for visitor in self:
                visitor.cut()
            await asyncio.sleep(0)  # connections that were cut off end

        return close

    def enter(self, visitor: Visitor) -> bool:
        """Count one in, if it may."""
        if not self._place.allows(visitor.address):
            self._tell("a client is refused, whose address is in none of the allowed networks", visitor.address)
            return False
        self._hosts.setdefault(visitor.host, {})[visitor] = None
        if len(self._hosts[visitor.host]) > FROM_ONE:
            self._replace(visitor.host)
        elif len(self) > IN_ALL:
            self._tell("too many clients: the oldest is cut of the host that has most", visitor.address)
            self._replace(max(self._hosts, key=lambda host: len(self._hosts[host])))
        return True

    def leave(self, visitor: Visitor) -> None:
        """Count one out."""
        visitors = self._hosts.get(visitor.host, {})
        visitors.pop(visitor, None)
        if not visitors:
            self._hosts.pop(visitor.host, None)

    def _replace(self, host: str) -> None:
        oldest = next(iter(self._hosts[host]))
        self.leave(oldest)
        oldest.cut()

    def _tell(self, what: str, address: str) -> None:
        before = self._seldom.take(what, address, monotonic(), address)
        if before is not None:
            log.warning("%s: %s: %s%s", self._name, what, address, before)


class Visitor(asyncio.Protocol):
    """One client. What it is there for is a subclass's."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self.address = self.host = ""

    def entered(self) -> None:
        """It may stay."""

    def say(self, octets: bytes) -> None:
        """Send this, unless the client has not even taken what was sent before."""
        if self._transport is not None and self._stalled is None and not self._transport.is_closing():
            self._transport.write(octets)

    def end(self) -> None:
        """Close the connection when all is sent."""
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""  # one that has left already has none
        self.host = network_of(self.address)
        if not self.address or not self._crowd.enter(self):
            self._transport.abort()
            return
        for level, option, value in _OPTIONS:
            transport.get_extra_info("socket").setsockopt(level, option, value)
        self._transport.set_write_buffer_limits(high=0)  # `pause_writing` tells of any octet that is not taken
        self.entered()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.resume_writing()
        self._crowd.leave(self)

    def pause_writing(self) -> None:
        """Called by asyncio when the client does not take what is sent."""
        if self._stalled is None:
            self._stalled = asyncio.get_running_loop().call_later(STALLED_S, self.cut)

    def resume_writing(self) -> None:
        """Called by asyncio when the client has taken everything."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
