"""Live data as server-sent events (HTML standard, section "Server-sent events"), once a second to all who follow them.

Each event holds the whole data, so that one which is missed does not matter, and serves as the heartbeat too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from aiohttp import web

from han2x.addresses import network_of
from han2x.api.base import to_json
from han2x.web.answers import error

logger = logging.getLogger("han2x.web")

MOST_FOLLOWERS: Final = 32
"""Browsers that may follow the live data at once; for any further one another has to go, or it asks again later."""
INTERVAL_S: Final = 1.0
SEND_TIMEOUT_S: Final = 10.0
UNREACHABLE_MS: Final = 20_000
RETRY: Final = b"retry: 2000\n\n"

Live = Callable[[], object]


@dataclass(eq=False, slots=True)
class _Follower:
    host: str
    person: bool
    sent_away: bool = False


class Events:
    """Sends what `live` gives. It is asked only while somebody follows, and once for all who do.

    A browser that takes nothing for `send_timeout_s` is cut off.
    """

    def __init__(
        self,
        live: Live,
        *,
        most_followers: int = MOST_FOLLOWERS,
        interval_s: float = INTERVAL_S,
        send_timeout_s: float = SEND_TIMEOUT_S,
    ) -> None:
        self._live = live
        self._most_followers = most_followers
        self._interval_s = interval_s
        self._send_timeout_s = send_timeout_s
        self._closing = asyncio.Event()
        self._message = b""
        self._taken_at = float("-inf")
        self._followers: list[_Follower] = []

    @property
    def followers(self) -> int:
        """How many there are."""
        return len(self._followers)

    async def answer(
        self, request: web.Request, allowed: Callable[[], bool] = lambda: True, *, person: bool = False
    ) -> web.StreamResponse:
        """Send events until the browser leaves, the server closes, or it is no longer allowed.

        A `person` is logged in, and need not wait for strangers.
        """
        follower = _Follower(network_of(request.remote or ""), person)
        if not self._has_room(follower):
            return error(request, 503, "busy", "too many browsers follow the live data", headers={"Retry-After": "5"})
        self._followers.append(follower)
        try:
            return await self._stream(request, lambda: allowed() and not follower.sent_away)
        finally:
            self._leave(follower)

    async def close(self, _app: web.Application) -> None:
        """End all streams."""
        self._closing.set()

    def _has_room(self, newcomer: _Follower) -> bool:
        """Whether there is room, after somebody of the host that has most was sent away where that is fair."""
        strangers = Counter(each.host for each in self._followers if not each.person)
        mine = strangers[newcomer.host]
        if self.followers < self._most_followers:
            return True
        host, most = max(strangers.items(), key=itemgetter(1), default=("", 0))
        if newcomer.person and not most:
            self._send_away(self._followers[0])
            return True
        if not newcomer.person and most <= mine + 1:
            return False
        self._send_away(next(each for each in self._followers if each.host == host and not each.person))
        return True

    def _send_away(self, follower: _Follower) -> None:
        follower.sent_away = True
        self._leave(follower)

    def _leave(self, follower: _Follower) -> None:
        if follower in self._followers:
            self._followers.remove(follower)

    async def _stream(self, request: web.Request, allowed: Callable[[], bool]) -> web.StreamResponse:
        message = RETRY + self._next_message()
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        _give_up_when_unreachable(request)
        try:
            await response.prepare(request)
            while allowed() and not self._closing.is_set():
                async with asyncio.timeout(self._send_timeout_s):
                    await response.write(message)
                await self._pause()
                message = self._next_message()
        except ConnectionError:
            logger.debug("a browser that followed the live data has left")
        except TimeoutError:
            logger.debug("a browser takes no live data and is cut off")
            _cut(request)
        except Exception:
            # The answer has begun, so that only its end can tell the browser, which then asks again.
            logger.exception("live data could not be had")
            _cut(request)
        return response

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval_s):
                await self._closing.wait()

    def _next_message(self) -> bytes:
        now = asyncio.get_running_loop().time()
        if now - self._taken_at >= self._interval_s / 2:
            self._message = b"data: " + to_json(self._live()) + b"\n\n"
            self._taken_at = now
        return self._message


def _give_up_when_unreachable(request: web.Request) -> None:
    """Let the kernel end a connection whose other side is silently gone in seconds, not in a quarter of an hour."""
    connection = request.get_extra_info("socket")
    if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREACHABLE_MS)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
