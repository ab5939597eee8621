"""Sockets that listen, wherever one address, a name, or all addresses lead; for everything that serves."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

BACKLOG: Final = 128
EVERYWHERE: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - only where "*" asks for it

Option = tuple[int, int, int]
"""As `socket.setsockopt` takes it: level, name and value."""

_TCP: Final = socket.SOCK_STREAM
_ABSENT: Final = frozenset((errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL))


async def listen(host: str, port: int, options: Iterable[Option] = ()) -> list[socket.socket]:
    """Listen on every address of `host`, where "*" or "" means all of IPv4 and all of IPv6, as far as this computer has
    both. Port 0 takes any free one, the same on all of them.

    Raises:
        OSError: the name is not known (`socket.gaierror`), or an address or the port cannot be had.
    """
    everywhere = host in ("", "*")
    opened: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in EVERYWHERE if everywhere else await _addresses(host.strip("[]")):
            wanted = opened[0].getsockname()[1] if opened else port
            try:
                opened.append(_listening(family, address, wanted, options))
            except OSError as failure:
                if not everywhere or failure.errno not in _ABSENT:
                    raise
                missing = failure
        if missing is not None and not opened:
            raise missing
    except OSError:
        for each in opened:
            each.close()
        raise
    return opened


async def _addresses(host: str) -> Sequence[tuple[int, Any]]:
    """The addresses of a host. One in figures is taken without waiting, so that nobody comes between two listeners."""
    with suppress(socket.gaierror):
        return [(family, host) for family, *_ in socket.getaddrinfo(host, 0, type=_TCP, flags=socket.AI_NUMERICHOST)]
    found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=_TCP, flags=socket.AI_PASSIVE)
    return sorted({(family, address[0]) for family, _, _, _, address in found})


def _listening(family: int, address: str, port: int, options: Iterable[Option]) -> socket.socket:
    scoped = socket.getaddrinfo(address, port, family=family, type=_TCP, flags=socket.AI_NUMERICHOST)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option in options:
            listener.setsockopt(*option)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(scoped[0][4])
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener
