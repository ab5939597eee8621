"""The application, served at one place or at several."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from han2x.web.connections import Allowed, ConnectionLimits, Connections
from han2x.web.errors import WebError
from han2x.web.headers import SECURITY_HEADERS
from han2x.web.listener import Behind, Listener, Manner
from han2x.web.sockets import open_sockets

MakeApp: TypeAlias = Callable[[], web.Application]

KEEPALIVE_S: Final = 15.0
SHUTDOWN_S: Final = 1.0


class WebServer:
    """Serves an application, which is made for the first place. After `stop` it can be started again.

    `allowed` says who may connect, see `Connections`. `idle_s` is how long a connection may be idle between requests,
    and how long a request's head may take to come in.
    """

    def __init__(
        self,
        make_app: MakeApp,
        *,
        limits: ConnectionLimits | None = None,
        allowed: Allowed = lambda _client, _own: True,
        idle_s: float = KEEPALIVE_S,
    ) -> None:
        self._make_app = make_app
        self._connections = Connections(limits or ConnectionLimits(), allowed)
        self._how: dict[str, Any] = {
            "access_log": None,
            "auto_decompress": False,
            "keepalive_timeout": idle_s,
            "lingering_time": SHUTDOWN_S,
            "logger": _protocol_logger(),
        }
        self._runner: web.AppRunner | None = None
        self._behind: Behind | None = None
        self._listeners: list[Listener] = []

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """The addresses and ports that are bound; none while it is not started."""
        return tuple(address for listener in self._listeners for address in listener.addresses)

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Serve at one place: on `host`, where "*" or "" means all IPv4 and IPv6 addresses; port 0 takes any free one.

        With `tls` it is HTTPS and nothing else.

        Raises:
            WebError: the page's files are missing, the address cannot be bound, or it is started already.
        """
        if self._runner is not None:
            raise WebError("the web page is served already; stop it first")
        try:
            await self.open(host, port, Manner(plain=tls is None, tls=tls))
        except BaseException:
            await self.stop()
            raise

    async def open(self, host: str, port: int, manner: Manner) -> Listener:
        """Serve at one place more, as `start` has it.

        Raises:
            WebError: the page's files are missing, or the address cannot be bound.
        """
        behind = self._behind or await self._begin()
        listener = Listener(await open_sockets(host, port), manner, behind)
        self._listeners.append(listener)
        return listener

    def close(self, listener: Listener) -> None:
        """Serve there no longer, and end the connections that came in there."""
        self._listeners.remove(listener)
        listener.close()

    def enforce(self) -> None:
        """Other clients are allowed now: cut those that are not any more."""
        self._connections.enforce()

    async def stop(self) -> None:
        """End all connections and free all addresses. Without a start it does nothing."""
        runner, self._runner, self._behind = self._runner, None, None
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.stop_listening()
        if runner is not None:
            await runner.cleanup()
        for listener in listeners:
            listener.close()

    async def _begin(self) -> Behind:
        runner = web.AppRunner(self._make_app(), shutdown_timeout=SHUTDOWN_S, **self._how)
        await runner.setup()
        server, loop = runner.server, asyncio.get_running_loop()
        if server is None:
            raise RuntimeError("a runner that is set up has a server")
        self._runner = runner
        self._behind = Behind(
            serve=lambda: _RequestHandler(server, loop=loop, **self._how),
            guard=self._connections.guarded,
        )
        return self._behind


class _RequestHandler(web.RequestHandler):  # type: ignore[misc,type-arg,unused-ignore]  # aiohttp marks it as final
    """aiohttp's own, whose answers to what is no request have our headers too."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        response = super().handle_error(request, status, exc, message)
        response.headers.update(SECURITY_HEADERS)
        response.headers["Cache-Control"] = "no-store"
        return response


class _OwnFaultsOnly(logging.Filter):
    """Keeps what is not HTTP out of the log, as any port scanner could fill a disk with it."""

    def filter(self, record: logging.LogRecord) -> bool:
        failure = record.exc_info[1] if record.exc_info else None
        return not isinstance(failure, HttpProcessingError)


def _protocol_logger() -> logging.Logger:
    logger = logging.getLogger("han2x.web.http")
    if not logger.filters:
        logger.addFilter(_OwnFaultsOnly())
    return logger
