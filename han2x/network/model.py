"""The nouns of the network page: interfaces, their settings, and a change that waits to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from typing import Final

from han2x.network.faults import Fault

FACTORY_ADDRESS: Final = IPv4Interface("192.168.1.232/24")


class InterfaceKind(StrEnum):
    """What an interface is plugged into."""

    WIRED = "wired"
    WIRELESS = "wireless"


class Method(StrEnum):
    """Where an interface's IPv4 address comes from. OTHER is what only NetworkManager's own tools set."""

    DHCP = "dhcp"
    STATIC = "static"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class InterfaceSettings:
    """What one interface is to have. With DHCP the rest is empty; with a static address `address` is present.

    `address` carries its prefix (192.168.1.232/24).
    """

    interface: str
    method: Method
    address: IPv4Interface | None = None
    gateway: IPv4Address | None = None
    dns: tuple[IPv4Address, ...] = ()

    def form(self) -> dict[str, object]:
        """The settings as a person would type them, as `check_settings` takes them."""
        address = self.address
        return {
            "interface": self.interface,
            "method": str(self.method),
            "address": str(address.ip) if address else "",
            "prefix": str(address.network.prefixlen) if address else "",
            "gateway": str(self.gateway or ""),
            "dns": [str(server) for server in self.dns],
        }


def factory_settings(interface: str) -> InterfaceSettings:
    """What the product leaves the factory with. DHCP is the choice offered beside it."""
    return InterfaceSettings(interface, Method.STATIC, FACTORY_ADDRESS)


@dataclass(frozen=True, slots=True)
class Interface:
    """One wired or wireless interface as it is now.

    `addresses`, `ipv6`, `gateway` and `link` (a cable, or a radio network, is there) are what the kernel has in force.
    `settings` is what is stored for it, None when nothing is, or when it cannot be known. `fault` says why it cannot
    be changed here; None when it can.
    """

    name: str
    kind: InterfaceKind
    mac: str
    link: bool
    addresses: tuple[IPv4Interface, ...] = ()
    ipv6: tuple[IPv6Interface, ...] = ()
    gateway: IPv4Address | None = None
    dns: tuple[str, ...] = ()
    settings: InterfaceSettings | None = None
    fault: Fault | None = None


class ChangeState(StrEnum):
    """How far a change has come: on its way, or in force and waiting for someone to say that it works."""

    APPLYING = "applying"
    IN_FORCE = "in-force"


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that is not confirmed. Its old settings come back when `remaining_s` has run out.

    `addresses` are those at which the change can be confirmed: the static one from the start, one from DHCP as soon as
    it is there.
    """

    token: str
    settings: InterfaceSettings
    state: ChangeState
    addresses: tuple[IPv4Interface, ...]
    confirm_within_s: int
    remaining_s: float


class Ending(StrEnum):
    """How a change ended: only `CONFIRMED` leaves the new settings in force."""

    CONFIRMED = "confirmed"
    ROLLED_BACK = "rolled-back"
    EXPIRED = "expired"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the last change ended. `errors` says at which field a change failed that could not be put in force."""

    token: str
    settings: InterfaceSettings
    ending: Ending
    errors: Mapping[str, Fault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NetworkOverview:
    """The whole page. `fault` says why no interface can be changed, None when it can (`available`); and
    `hostname_fault` the same of the host name."""

    hostname: str
    interfaces: tuple[Interface, ...]
    fault: Fault | None = None
    hostname_fault: Fault | None = None

    @property
    def available(self) -> bool:
        """Whether interfaces can be changed at all."""
        return self.fault is None
