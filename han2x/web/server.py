"""Binding the address that the application is served on."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from han2x.web.errors import WebError

KEEPALIVE_S: Final = 15.0
SHUTDOWN_S: Final = 1.0
FAMILIES: Final = ("0.0.0.0", "::")  # noqa: S104 - only where "*" asks for it

REMEDIES: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "stop the program that has this port, or choose another port",
    errno.EACCES: "choose a port from 1024 up, or give the program the right to use lower ones",
    errno.EADDRNOTAVAIL: "use an IP address that this computer has, or * for all of them",
    errno.EAFNOSUPPORT: "this computer does not speak that kind of IP address, choose another",
}


class WebServer:
    """Serves an application on one address. After `stop` it can be started again, on another one too."""

    def __init__(self, make_app: Callable[[], web.Application]) -> None:
        self._make_app = make_app
        self._runner: web.AppRunner | None = None

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """The addresses and ports that are bound; none while it is not started."""
        return tuple((address[0], address[1]) for address in self._runner.addresses) if self._runner else ()

    async def start(self, host: str, port: int) -> None:
        """Serve on `host`, where "*" means all IPv4 and IPv6 addresses; port 0 takes any free one.

        Raises:
            WebError: the page's files are missing, the address cannot be bound, or it is started already.
        """
        if self._runner is not None:
            raise WebError("the web page is served already; stop it first")
        runner = web.AppRunner(
            self._make_app(),
            access_log=None,
            keepalive_timeout=KEEPALIVE_S,
            lingering_time=SHUTDOWN_S,
            logger=_protocol_logger(),
            shutdown_timeout=SHUTDOWN_S,
        )
        await runner.setup()
        try:
            await _bind(runner, host, port)
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner

    async def stop(self) -> None:
        """End all connections and free the address. Without a start it does nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    """Bind one address, or with "*" all of IPv4 and all of IPv6, as far as this computer has both."""
    missing: OSError | None = None
    for address in FAMILIES if host == "*" else (host,):
        # With port 0 the second family takes the port that the first one got.
        wanted = runner.addresses[0][1] if runner.addresses else port
        try:
            await web.TCPSite(runner, address, wanted).start()
        except OSError as failure:
            if host != "*" or failure.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                raise WebError(bind_failure(host, port, failure)) from failure
            missing = failure
    if missing is not None and not runner.addresses:
        raise WebError(bind_failure(host, port, missing)) from missing


def bind_failure(host: str, port: int, failure: OSError) -> str:
    """Why `host` and `port` cannot be served, and what to do about it."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
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
