"""Where an output listens, and for whom: one address and port, or all addresses, and the sockets there."""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final

from han2x.addresses import IpNetwork, is_inside, join_host_port
from han2x.gateway.meter import Meter
from han2x.listeners import ListenerFault
from han2x.outputs.base import Gateway
from han2x.sockets import why_not

BACKLOG: Final = 32
SEND_BUFFER: Final = 16_384
"""Octets that the kernel may hold for a client that does not read (it doubles this)."""

_EVERYWHERE: Final = ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"))  # noqa: S104 - only where "*" asks for it
_NO_SUCH_FAMILY: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the meter with this unit id is to be reached. `host` is "" for all addresses, port 0 is any free one.

    Only clients in the networks of `allow` are answered. `beside` names what of the gateway, "page" or "modbus", has
    the same port on another address: it may need the port on all addresses one day, and then comes first. `names` are
    further host names that it is reached by.
    """

    unit: int
    host: str
    port: int
    allow: tuple[IpNetwork, ...]
    beside: frozenset[str] = field(default=frozenset())
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return join_host_port(self.host or "*", self.port)

    def allows(self, host: str) -> bool:
        """Whether the client at this numeric address is answered."""
        return is_inside(host, self.allow)

    def fault(self, error: OSError, kind: socket.SocketKind) -> ListenerFault:
        """Why it cannot be had, after this error."""
        return why_not(error, str(self), self.host, self.port, kind)


def meter_of(gateway: Gateway, unit: int) -> Meter | None:
    """The meter with this unit id; None while there is none."""
    return next((meter for meter in gateway.meters() if meter.config.unit == unit), None)


def serial_of(gateway: Gateway, unit: int) -> str:
    """Twelve hexadecimal digits that are only this meter's: the gateway's own for unit 1, others near it."""
    return f"{int(gateway.id, 16) ^ (unit - 1):012x}"


def address_of(bound: socket.socket) -> tuple[str, int]:
    """Host and port of a socket."""
    host, port = bound.getsockname()[:2]
    return str(host), int(port)


async def open_sockets(place: Place, kind: socket.SocketKind) -> list[socket.socket]:
    """Bind (and for TCP listen on) the place: on all of IPv4 and IPv6, as far as there are, where it has no host.

    Raises:
        OSError: it cannot be had; nothing is open then.
    """
    opened: list[socket.socket] = []
    missing: list[OSError] = []
    try:
        for family, address in _EVERYWHERE if not place.host else await _addresses(place.host):
            port = address_of(opened[0])[1] if opened else place.port
            try:
                opened.append(_bound(family, address, port, kind))
            except OSError as error:
                if place.host or error.errno not in _NO_SUCH_FAMILY:
                    raise
                missing.append(error)
    except OSError:
        for each in opened:
            each.close()
        raise
    if not opened:
        raise missing[0]
    return opened


async def _addresses(host: str) -> list[tuple[int, str]]:
    with suppress(ValueError):
        return [(socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET, host)]
    found = await asyncio.get_running_loop().getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bound(family: int, address: str, port: int, kind: socket.SocketKind) -> socket.socket:
    at: Any = socket.getaddrinfo(address, port, family=family, type=kind, flags=socket.AI_NUMERICHOST)[0][4]
    bound = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        bound.bind(at)
        if kind is socket.SOCK_STREAM:
            bound.listen(BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound
