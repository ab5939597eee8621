"""Who may stay connected: how many at once in all and from one address, and not without taking what is sent.

aiohttp ends connections that are idle or slow with their headers; the rest is done here, in a thin layer between the
socket and aiohttp's protocol, so that no client can use up file descriptors, memory or time.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from han2x.web.rate_limit import network_of

logger = logging.getLogger("han2x.web")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`in_all` and `from_one` count connections; who takes nothing for `stalled_s` is cut off."""

    in_all: int = 128
    from_one: int = 48
    stalled_s: float = 20.0


class Connections:
    """Counts the connections of a server, and makes the layer for each new one."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._clients: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._clients.total()

    def guarded(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """The same protocol with the layer before it, as `create_server` wants it."""
        return lambda: _Guarded(make, self, self._limits.stalled_s)

    def enter(self, client: str) -> bool:
        """Count one in, if there is room."""
        if len(self) >= self._limits.in_all or self._clients[client] >= self._limits.from_one:
            logger.debug("a connection from %s is refused: there are too many", client)
            return False
        self._clients[client] += 1
        return True

    def leave(self, client: str) -> None:
        """Count one out."""
        self._clients[client] -= 1
        if not self._clients[client]:
            del self._clients[client]


class _Guarded(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, which is made only for a connection that may stay."""

    def __init__(self, make: Callable[[], asyncio.Protocol], connections: Connections, stalled_s: float) -> None:
        self._make = make
        self._connections = connections
        self._stalled_s = stalled_s
        self._inner: asyncio.Protocol | None = None
        self._client = ""
        self._transport: asyncio.Transport | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        client = network_of(peer[0]) if peer else ""
        if not self._connections.enter(client):
            self._transport.abort()
            return
        self._client = client
        # `pause_writing` is to tell of any octet that the client does not take. asyncio's TLS pauses from the limit on,
        # and with 0 would do so with nothing to send.
        self._transport.set_write_buffer_limits(high=1 if transport.get_extra_info("ssl_object") else 0)
        self._inner = self._make()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._inner:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner else None

    def pause_writing(self) -> None:
        if self._inner and self._transport and self._stalled is None:
            self._stalled = asyncio.get_running_loop().call_later(self._stalled_s, self._transport.abort)
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner and self._stalled is not None:
            self._end_stall()
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_stall()
        if self._inner:
            self._connections.leave(self._client)
            self._inner.connection_lost(exc)

    def _end_stall(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None
