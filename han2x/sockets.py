"""Sockets that listen, wherever one address, a name, or all addresses lead; for everything that serves."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from han2x.faults import because
from han2x.listeners import ListenerFault
from han2x.port_holders import port_holder

BACKLOG: Final = 128
EVERYWHERE: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - only where "*" asks for it

Option = tuple[int, int, int]
"""As `socket.setsockopt` takes it: level, name and value."""

_TCP: Final = socket.SOCK_STREAM
_ABSENT: Final = frozenset((errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL))
_LOWEST_FREE: Final = 1024
_WHICH: Final = {socket.SOCK_STREAM: "ss -ltnp", socket.SOCK_DGRAM: "ss -lunp"}


async def listen(
    host: str, port: int, options: Iterable[Option] = (), kind: socket.SocketKind = socket.SOCK_STREAM
) -> list[socket.socket]:
    """Listen on every address of `host`, where "*" or "" means all of IPv4 and all of IPv6, as far as this computer has
    both. Port 0 takes any free one, the same on all of them. UDP (`SOCK_DGRAM`) is bound.

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
                opened.append(_bound(family, address, wanted, kind, options))
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


async def why_not(
    error: OSError, place: str, host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM
) -> ListenerFault:
    """Why nobody can listen on `host` and `port`, after this error; `place` is how the settings have them.

    Who has a port is looked for in all of /proc, in a thread: nobody's clients wait for that.
    """
    if error.errno == errno.EADDRINUSE:
        return await asyncio.to_thread(_held, place, host, port, kind)
    return refused(error, place, port)


def refused(error: OSError, place: str, port: int = 0) -> ListenerFault:
    """The same after an error that is not another program's doing."""
    told = ""
    if error.errno == errno.EADDRNOTAVAIL:
        told = "this machine has no such address"
    elif error.errno == errno.EACCES and port < _LOWEST_FREE:
        told = "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE"
    return ListenerFault("cannot-listen", place=place, **because(error, told))


def _held(place: str, host: str, port: int, kind: socket.SocketKind) -> ListenerFault:
    held, command = port_holder(host, port, kind), _WHICH[kind]
    values: dict[str, object] = {"place": place, "errno": "EADDRINUSE"}
    if held is None:
        return ListenerFault("port-held-unseen", command=command, **values)
    if held.process is not None:
        program = held.service or held.program
        return ListenerFault("port-held", program=program, process=held.process, **values)
    if held.service is not None:
        return ListenerFault("port-held-by-service", service=held.service, **values)
    return ListenerFault("port-held-by-user", user=held.user, command=command, **values)


async def _addresses(host: str) -> Sequence[tuple[int, Any]]:
    """The addresses of a host. One in figures is taken without waiting, so that nobody comes between two listeners."""
    with suppress(socket.gaierror):
        return [(family, host) for family, *_ in socket.getaddrinfo(host, 0, type=_TCP, flags=socket.AI_NUMERICHOST)]
    found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=_TCP, flags=socket.AI_PASSIVE)
    return sorted({(family, address[0]) for family, _, _, _, address in found})


def _bound(family: int, address: str, port: int, kind: socket.SocketKind, options: Iterable[Option]) -> socket.socket:
    scoped = socket.getaddrinfo(address, port, family=family, type=kind, flags=socket.AI_NUMERICHOST)
    bound = socket.socket(family, kind)
    try:
        if kind is _TCP:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option in options:
            bound.setsockopt(*option)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(scoped[0][4])
        if kind is _TCP:
            bound.listen(BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound
