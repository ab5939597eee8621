"""Binding the address that the application is served on."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from han2x.addresses import join_host_port
from han2x.faults import because
from han2x.web.connections import Allowed, ConnectionLimits, Connections
from han2x.web.errors import WebError, WebFault

MakeApp: TypeAlias = Callable[[], web.Application]

KEEPALIVE_S: Final = 15.0
SHUTDOWN_S: Final = 1.0
HANDSHAKE_S: Final = 10.0
FAMILIES: Final = ("0.0.0.0", "::")  # noqa: S104 - only where "*" asks for it

REMEDIES: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "stop the program that has this port, or choose another port",
    errno.EACCES: "choose a port from 1024 up, or give the program the right to use lower ones",
    errno.EADDRNOTAVAIL: "use an IP address that this computer has, or * for all of them",
    errno.EAFNOSUPPORT: "this computer does not speak that kind of IP address, choose another",
}


class WebServer:
    """Serves an application on one address. After `stop` it can be started again, on another one too.

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
        self._idle_s = idle_s
        self._runner: web.AppRunner | None = None

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """The addresses and ports that are bound; none while it is not started."""
        return tuple((address[0], address[1]) for address in self._runner.addresses) if self._runner else ()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Serve on `host`, where "*" or "" means all IPv4 and IPv6 addresses; port 0 takes any free one.

        With `tls` it is HTTPS and nothing else.

        Raises:
            WebError: the page's files are missing, the address cannot be bound, or it is started already.
        """
        if self._runner is not None:
            raise WebError("the web page is served already; stop it first")
        runner = web.AppRunner(
            self._make_app(),
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=self._idle_s,
            lingering_time=SHUTDOWN_S,
            logger=_protocol_logger(),
            shutdown_timeout=SHUTDOWN_S,
        )
        await runner.setup()
        try:
            await _bind(runner, host or "*", port, _Listening(self._connections, tls))
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner

    def enforce(self) -> None:
        """Other clients are allowed now: cut those that are not any more."""
        self._connections.enforce()

    async def stop(self) -> None:
        """End all connections and free the address. Without a start it does nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class _Listening:
    connections: Connections
    tls: ssl.SSLContext | None


class _Site(web.BaseSite):
    """One address, as aiohttp's own `TCPSite` but with our layer before each connection."""

    __slots__ = ("_host", "_listening", "_port")

    def __init__(self, runner: web.AppRunner, host: str, port: int, listening: _Listening) -> None:
        super().__init__(runner, ssl_context=listening.tls)
        self._host = host
        self._port = port
        self._listening = listening

    @property
    def name(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        await super().start()
        if self._runner.server is None:
            raise RuntimeError("the runner is set up before its sites start")
        self._server = await asyncio.get_running_loop().create_server(
            self._listening.connections.guarded(self._runner.server),
            self._host,
            self._port,
            ssl=self._ssl_context,
            ssl_handshake_timeout=HANDSHAKE_S if self._ssl_context else None,
        )


async def _bind(runner: web.AppRunner, host: str, port: int, listening: _Listening) -> None:
    """Bind one address, or with "*" all of IPv4 and all of IPv6, as far as this computer has both."""
    missing: OSError | None = None
    for address in FAMILIES if host == "*" else (host,):
        # With port 0 the second family takes the port that the first one got.
        wanted = runner.addresses[0][1] if runner.addresses else port
        try:
            await _Site(runner, address, wanted, listening).start()
        except OSError as failure:
            if host != "*" or failure.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                raise _cannot_bind(host, port, failure) from failure
            missing = failure
    if missing is not None and not runner.addresses:
        raise _cannot_bind(host, port, missing) from missing


def _cannot_bind(host: str, port: int, failure: OSError) -> WebError:
    if failure.errno is None and not isinstance(failure, socket.gaierror):
        # Python 3.13's event loop passes over addresses that this computer lacks, and has no number for lacking all.
        failure = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    return WebError(
        bind_failure(host, port, failure),
        WebFault("cannot-listen", place=join_host_port(host, port), **because(failure)),
    )


def bind_failure(host: str, port: int, failure: OSError) -> str:
    """Why `host` and `port` cannot be served, and what to do about it."""
    place = join_host_port(host, port)
    if isinstance(failure, socket.gaierror):
        reason, remedy = f"the name {host!r} is not known", REMEDIES[errno.EADDRNOTAVAIL]
    else:
        reason = os.strerror(failure.errno).lower() if failure.errno else str(failure)
        remedy = REMEDIES.get(failure.errno or 0, "choose another address or port")
    return f"the web page cannot be served on {place}: {reason}; {remedy}"


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
