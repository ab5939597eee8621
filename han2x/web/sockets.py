"""Listening sockets for the page, and why there is none."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from han2x.addresses import join_host_port
from han2x.faults import because
from han2x.web.errors import WebError, WebFault

_TCP: Final = socket.SOCK_STREAM
BACKLOG: Final = 128
FAMILIES: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - only where "*" asks for it
REMEDIES: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "stop the program that has this port, or choose another port",
    errno.EACCES: "choose a port from 1024 up, or give the program the right to use lower ones",
    errno.EADDRNOTAVAIL: "use an IP address that this computer has, or * for all of them",
    errno.EAFNOSUPPORT: "this computer does not speak that kind of IP address, choose another",
}


async def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on `host`, where "*" or "" means all of IPv4 and all of IPv6, as far as this computer has both.

    Port 0 takes any free one.

    Raises:
        WebError: the address cannot be bound.
    """
    everywhere = host in ("", "*")
    opened: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in FAMILIES if everywhere else await _addresses(host):
            # With port 0 the second family takes the port that the first one got.
            wanted = opened[0].getsockname()[1] if opened else port
            try:
                opened.append(_listening(family, address, wanted))
            except OSError as failure:
                if not everywhere or failure.errno not in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
                    raise
                missing = failure
        if missing is not None and not opened:
            raise missing
    except OSError as failure:
        for each in opened:
            each.close()
        raise _cannot_bind(host or "*", port, failure) from failure
    return opened


async def probe(host: str, port: int = 0) -> None:
    """See whether a place could be had; with port 0, whether this computer has that address.

    Raises:
        WebError: it could not.
    """
    for each in await open_sockets(host, port):
        each.close()


async def _addresses(host: str) -> list[tuple[int, Any]]:
    """The addresses of a host. One in figures is taken without waiting, so that nobody comes between two listeners."""
    with suppress(socket.gaierror):
        return [(family, host) for family, *_ in socket.getaddrinfo(host, 0, type=_TCP, flags=socket.AI_NUMERICHOST)]
    found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=_TCP, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address[0]) for family, _, _, _, address in found))


def _listening(family: int, address: str, port: int) -> socket.socket:
    scoped = socket.getaddrinfo(address, port, family=family, type=_TCP, flags=socket.AI_NUMERICHOST)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(scoped[0][4])
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def _cannot_bind(host: str, port: int, failure: OSError) -> WebError:
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
