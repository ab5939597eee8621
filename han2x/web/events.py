"""Live data as server-sent events (HTML standard, section "Server-sent events"), once a second to all who follow them.

Each event holds the whole data, so that one which is missed does not matter, and serves as the heartbeat too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Final

from aiohttp import web

from han2x.api.base import to_json
from han2x.web.answers import error

logger = logging.getLogger("han2x.web")

MOST_FOLLOWERS: Final = 32
"""Browsers that may follow the live data at once; any further one is told to ask again later."""
INTERVAL_S: Final = 1.0
SEND_TIMEOUT_S: Final = 10.0
UNREACHABLE_MS: Final = 20_000
RETRY: Final = b"retry: 2000\n\n"

Live = Callable[[], object]


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
        self.followers = 0

    async def answer(self, request: web.Request, allowed: Callable[[], bool] = lambda: True) -> web.StreamResponse:
        """Send events until the browser leaves, the server closes, or it is no longer allowed."""
        if self.followers >= self._most_followers:
            return error(request, 503, "busy", "too many browsers follow the live data", headers={"Retry-After": "5"})
        self.followers += 1
        try:
            return await self._stream(request, allowed)
        finally:
            self.followers -= 1

    async def close(self, _app: web.Application) -> None:
        """End all streams."""
        self._closing.set()

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
