"""Who may stay connected: from where, how many at once in all and from one host, and not without taking what is sent.

When all places are taken, the host that has most of them loses the one that it has used least of late: whoever crowds
out others is cut, and not his victims.

aiohttp ends connections that are idle or slow with their headers; the rest is done here, in a thin layer between the
socket and aiohttp's protocol, so that no client can use up file descriptors, memory or time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

from han2x.addresses import network_of
from han2x.seldom import Seldom

logger = logging.getLogger("han2x.web")

REST_S: Final = 2.0
"""A host that has no more places than others loses none that it has used within so many seconds, but to one that has
none at all."""

Allowed = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`in_all` and `from_one` count connections; who takes nothing for `stalled_s` is cut off."""

    in_all: int = 256
    from_one: int = 48
    stalled_s: float = 20.0


_answering: set[object] = set()
"""aiohttp's protocols, one a connection, that are answering a request at the moment."""


@contextmanager
def answering(protocol: object) -> Iterator[None]:
    """A request is answered on this connection: it is in use, though nothing may come in on it."""
    _answering.add(protocol)
    try:
        yield
    finally:
        _answering.discard(protocol)


class Connections:
    """Counts the connections of a server, and makes the layer for each new one.

    `allowed(client, own)` says whether a client at this address may connect to our address `own`.
    """

    def __init__(self, limits: ConnectionLimits, allowed: Allowed = lambda _client, _own: True) -> None:
        self._limits = limits
        self._allowed = allowed
        self._hosts: dict[str, set[_Guarded]] = {}
        self._seldom: Seldom[str] = Seldom()

    def __len__(self) -> int:
        return sum(map(len, self._hosts.values()))

    def guarded(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """The same protocol with the layer before it, as `create_server` wants it."""
        return lambda: _Guarded(make, self, self._limits.stalled_s)

    def enter(self, guarded: _Guarded) -> bool:
        """Count one in, if it may and there is room, or room can be made."""
        host = guarded.host
        if not self._allowed(guarded.client, guarded.own):
            self._tell("connections from networks that are not allowed are refused, the last from %s", host)
            return False
        mine = len(self._hosts.get(host, ()))
        if mine >= self._limits.from_one:
            logger.debug("a connection from %s is refused: it has too many", host)
            return False
        if len(self) >= self._limits.in_all:
            least = self._least_used(mine)
            if least is None:
                logger.debug("a connection from %s is refused: there are too many", host)
                return False
            self._tell("too many connections: those of %s were cut, which had most", least.host)
            least.cut()
        self._hosts.setdefault(host, set()).add(guarded)
        return True

    def leave(self, guarded: _Guarded) -> None:
        """Count one out."""
        mine = self._hosts.get(guarded.host, set())
        mine.discard(guarded)
        if not mine:
            self._hosts.pop(guarded.host, None)

    def enforce(self) -> None:
        """Other clients are allowed now: cut those that are not any more."""
        for guarded in [each for host in self._hosts.values() for each in host]:
            if not self._allowed(guarded.client, guarded.own):
                guarded.cut()

    def _tell(self, text: str, host: str) -> None:
        before = self._seldom.take(text, host, time.monotonic())
        if before is not None:
            logger.warning(text + " (%d since the last time)", host, before.count + 1)

    def _least_used(self, mine: int) -> _Guarded | None:
        """Which connection makes room for a host that has `mine`; None when none should."""
        most = max(map(len, self._hosts.values()))
        crowd = [each for host in self._hosts.values() if len(host) == most for each in host]
        least = min(crowd, key=lambda each: (each.in_use, each.used_at))
        resting = not least.in_use and (not mine or time.monotonic() - least.used_at >= REST_S)
        return least if most > mine + 1 or (most >= mine and resting) else None


class _Guarded(asyncio.Protocol):
    """Passes everything on to aiohttp's protocol, which is made only for a connection that may stay."""

    def __init__(self, make: Callable[[], asyncio.Protocol], connections: Connections, stalled_s: float) -> None:
        self._make = make
        self._connections = connections
        self._stalled_s = stalled_s
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._stalled: asyncio.TimerHandle | None = None

        self.client = self.own = self.host = ""
        self.used_at = 0.0
        self._entered = False

    @property
    def in_use(self) -> bool:
        """Whether a request is being answered."""
        return self._inner in _answering

    def cut(self) -> None:
        """Make room for another."""
        self._leave()
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.client, self.own = (_host(transport.get_extra_info(name)) for name in ("peername", "sockname"))
        self.host = network_of(self.client)
        self.used_at = time.monotonic()
        self._entered = self._connections.enter(self)
        if not self._entered:
            self._transport.abort()
            return
        # `pause_writing` is to tell of any octet that the client does not take. asyncio's TLS pauses from the limit on,
        # and with 0 would do so with nothing to send.
        self._transport.set_write_buffer_limits(high=1 if transport.get_extra_info("ssl_object") else 0)
        self._inner = self._make()
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.used_at = time.monotonic()
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
        self._leave()
        if self._inner:
            self._inner.connection_lost(exc)

    def _leave(self) -> None:
        if self._entered:
            self._entered = False
            self._connections.leave(self)

    def _end_stall(self) -> None:
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None


def _host(address: object) -> str:
    return str(address[0]) if isinstance(address, tuple) else ""
