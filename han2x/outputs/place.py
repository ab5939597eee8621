"""Where an output listens, and for whom: one address and port, or all addresses, and the sockets there."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Final

from han2x.addresses import IpNetwork, is_inside, join_host_port
from han2x.gateway.meter import Meter
from han2x.listeners import ListenerFault
from han2x.outputs.base import Gateway
from han2x.sockets import Option, listen, why_not

SEND_BUFFER: Final = 16_384
"""Octets that the kernel may hold for a client that does not read (it doubles this)."""

_LITTLE: Final[tuple[Option, ...]] = ((socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER),)


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

    async def fault(self, error: OSError, kind: socket.SocketKind) -> ListenerFault:
        """Why it cannot be had, after this error."""
        return await why_not(error, str(self), self.host, self.port, kind)


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
    """The place's sockets, for TCP or UDP; see `sockets.listen`.

    Raises:
        OSError: it cannot be had; nothing is open then.
    """
    return await listen(place.host, place.port, _LITTLE if kind is socket.SOCK_STREAM else (), kind)
