"""Listening sockets for the page, and why there is none."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

from han2x.addresses import join_host_port
from han2x.sockets import listen, why_not
from han2x.web.errors import WebError

REMEDIES: Final[Mapping[int, str]] = {
    errno.EACCES: "choose a port from 1024 up, or give the program the right to use lower ones",
    errno.EADDRNOTAVAIL: "use an IP address that this computer has, or * for all of them",
    errno.EAFNOSUPPORT: "this computer does not speak that kind of IP address, choose another",
}


async def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on `host`, where "*" or "" means all addresses; see `sockets.listen`.

    Raises:
        WebError: the address cannot be bound.
    """
    try:
        return await listen(host, port)
    except OSError as failure:
        raise await _cannot_bind(host or "*", port, failure) from failure


async def probe(host: str, port: int = 0) -> None:
    """See whether a place could be had; with port 0, whether this computer has that address.

    Raises:
        WebError: it could not.
    """
    for each in await open_sockets(host, port):
        each.close()


async def _cannot_bind(host: str, port: int, failure: OSError) -> WebError:
    fault = await why_not(failure, join_host_port(host, port), host, port)
    if failure.errno == errno.EADDRINUSE:
        return WebError(f"the web page cannot be served: {fault}", fault)
    return WebError(bind_failure(host, port, failure), fault)


def bind_failure(host: str, port: int, failure: OSError) -> str:
    """Why `host` and `port` cannot be served, and what to do about it."""
    place = join_host_port(host, port)
    if isinstance(failure, socket.gaierror):
        reason, remedy = f"the name {host!r} is not known", REMEDIES[errno.EADDRNOTAVAIL]
    else:
        reason = os.strerror(failure.errno).lower() if failure.errno else str(failure)
        remedy = REMEDIES.get(failure.errno or 0, "choose another address or port")
    return f"the web page cannot be served on {place}: {reason}; {remedy}"
