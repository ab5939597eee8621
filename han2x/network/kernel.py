"""What is in force, asked of the kernel itself: it is there without NetworkManager, and never behind the facts.

Addresses come over rtnetlink (rtnetlink(7)), which alone knows all of them and whether one may be used yet; links from
sysfs, routes from /proc/net/route (proc(5)).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_interface
from pathlib import Path
from typing import Final

from han2x import netlink
from han2x.network.model import Interface, InterfaceKind

SYS: Final = Path("/sys/class/net")
ROUTES: Final = Path("/proc/net/route")
RESOLVER: Final = Path("/etc/resolv.conf")

# linux/rtnetlink.h, linux/if_addr.h, linux/if_arp.h, linux/route.h
_RTM_NEWADDR: Final = 20
_RTM_GETADDR: Final = 22
_IFA_ADDRESS: Final = 1
_IFA_LOCAL: Final = 2
_IFA_FLAGS: Final = 8
_IFA_F_DADFAILED: Final = 0x08
_IFA_F_TENTATIVE: Final = 0x40
_ARPHRD_ETHER: Final = "1"
_RTF_UP_GATEWAY: Final = 0x3


@dataclass(frozen=True, slots=True)
class Address:
    """An address in force on the interface with this index. `usable`: it was not found to be another's, nor is that
    still being asked."""

    index: int
    address: IPv4Interface | IPv6Interface
    usable: bool


def interfaces(sys: Path = SYS, routes: Path = ROUTES) -> list[Interface]:
    """The wired and wireless interfaces of this computer, by name, with what the kernel has in force.

    Without loopback, bridges and their ports, tunnels, and what else only exists inside this computer.

    Raises:
        OSError: the kernel does not tell.
    """
    addresses = all_addresses()
    gateways = read_gateways(routes)
    found = []
    for link in sorted(sys.iterdir()) if sys.is_dir() else ():
        kind = _kind(link)
        if kind:
            index = int(_read(link / "ifindex") or 0)
            own = [each.address for each in addresses if each.index == index]
            found.append(
                Interface(
                    link.name,
                    kind,
                    mac=_read(link / "address"),
                    link=_read(link / "carrier") == "1",
                    addresses=tuple(each for each in own if isinstance(each, IPv4Interface)),
                    ipv6=tuple(each for each in own if isinstance(each, IPv6Interface)),
                    gateway=gateways.get(link.name),
                )
            )
    return found


def usable_ipv4(interface: str) -> tuple[IPv4Interface, ...]:
    """The IPv4 addresses at which this interface answers now; none when it is gone.

    Raises:
        OSError: the kernel does not tell.
    """
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        return ()
    return tuple(
        each.address
        for each in all_addresses()
        if each.index == index and each.usable and isinstance(each.address, IPv4Interface)
    )


def all_addresses() -> list[Address]:
    """Every address of every interface.

    Raises:
        OSError: the kernel does not tell.
    """
    request = struct.pack("=B3xI", socket.AF_UNSPEC, 0)
    return addresses_of(netlink.dump(socket.NETLINK_ROUTE, _RTM_GETADDR, request))


def addresses_of(told: Iterable[netlink.Message]) -> list[Address]:
    """The addresses in the kernel's reply to RTM_GETADDR."""
    return [address for kind, message in told if kind == _RTM_NEWADDR and (address := _address(message))]


def _address(message: bytes) -> Address | None:
    """An ifaddrmsg and its attributes."""
    prefix, flags, index = struct.unpack_from("=xBBxI", message)
    attributes = dict(netlink.attributes(message[8:]))
    # on a point-to-point link ADDRESS is the far end
    octets = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS)
    if octets is None or len(octets) not in (4, 16):
        return None
    if _IFA_FLAGS in attributes:
        (flags,) = struct.unpack("=I", attributes[_IFA_FLAGS])
    return Address(index, ip_interface((octets, prefix)), not flags & (_IFA_F_TENTATIVE | _IFA_F_DADFAILED))


def read_gateways(routes: Path = ROUTES) -> dict[str, IPv4Address]:
    """The default gateway of each interface that has one; of several the one with the least metric."""
    found: dict[str, tuple[int, IPv4Address]] = {}
    for line in _read(routes).splitlines()[1:]:
        name, destination, gateway, flags, _, _, metric, mask = line.split()[:8]
        if int(flags, 16) & _RTF_UP_GATEWAY == _RTF_UP_GATEWAY and int(destination, 16) == int(mask, 16) == 0:
            known = found.get(name)
            if known is None or int(metric) < known[0]:
                # the file has the address as the machine's own word
                found[name] = int(metric), IPv4Address(struct.pack("=I", int(gateway, 16)))
    return {name: gateway for name, (_, gateway) in found.items()}


def read_name_servers(resolver: Path = RESOLVER) -> tuple[str, ...]:
    """The name servers this computer asks (resolv.conf(5))."""
    words = [line.split() for line in _read(resolver).splitlines()]
    return tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver")


def _kind(link: Path) -> InterfaceKind | None:
    if _read(link / "type") != _ARPHRD_ETHER or (link / "master").exists():
        return None
    if (link / "wireless").exists() or (link / "phy80211").exists():
        return InterfaceKind.WIRELESS
    if any((link / part).exists() for part in ("bridge", "tun_flags")):
        return None
    # a container's eth0 is no device, but leads outside; a dummy that nobody uses does not
    leads_outside = _read(link / "iflink") != _read(link / "ifindex") or _read(link / "carrier") == "1"
    return InterfaceKind.WIRED if (link / "device").exists() or leads_outside else None


def _read(path: Path) -> str:
    """A file's text; empty when there is none (the carrier of an interface that is down cannot be read)."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
