"""Where programs listen and who may reach them: hosts with a TCP port, and networks, as people write them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

IpNetwork: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[IpNetwork, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HIGHEST_PORT: Final = 65535
LOCAL_NETWORKS: Final[tuple[IpNetwork, ...]] = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",  # loopback
        "10.0.0.0/8",  # private, RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # link-local, RFC 3927
        "::1/128",  # loopback
        "fc00::/7",  # unique local, RFC 4193
        "fe80::/10",  # link-local, RFC 4291
    )
)
"""Loopback, private and link-local networks: no address that the internet routes."""


def is_allowed(host: str, allow: Collection[IpNetwork], own: str = "") -> bool:
    """Whether the computer at this numeric address is in one of the networks, or is this computer itself.

    Where the networks are `LOCAL_NETWORKS`, so is one whose IPv6 address has the same /64 as ours, `own`: most homes
    have addresses that the internet routes, and neighbours on the same link use them.
    """
    address = _numeric(host)
    if address is None:
        return False
    if address.is_loopback or is_inside(host, allow):
        return True
    ours = _numeric(own)
    both_ipv6 = isinstance(address, IPv6Address) and isinstance(ours, IPv6Address)
    return tuple(allow) == LOCAL_NETWORKS and both_ipv6 and int(address) >> 64 == int(ours or 0) >> 64


def is_inside(host: str, networks: Collection[IpNetwork]) -> bool:
    """Whether this numeric address is in one of the networks."""
    address = _numeric(host)
    return address is not None and any(address in network for network in networks)


def _numeric(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def join_host_port(host: str, port: int) -> str:
    """HOST:PORT, with an IPv6 address in brackets (RFC 3986, 3.2.2): 192.0.2.1:502, [2001:db8::1]:502."""
    return f"{bracketed(host)}:{port}"


def bracketed(host: str) -> str:
    """A host as it stands in a URL: an IPv6 address in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def split_host_port(text: str) -> tuple[str, str | None]:
    """Cut HOST:PORT at its last colon; the port is None when there is none.

    Neither half is checked, and brackets stay: they tell an IPv6 address with a port from one that only ends like it.
    """
    host, colon, port = text.rpartition(":")
    if not colon or host.count("[") != host.count("]") or port.endswith("]"):
        return text, None
    return host, port


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """What counts as one host: an IPv4 address, or a /64 of IPv6, which one computer can have for itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"


def is_bracketed(host: str) -> bool:
    """Whether this is written in brackets, as an IPv6 address before a port is."""
    return host.startswith("[") and host.endswith("]")


def parse_port(text: str, *, lowest: int = 1) -> int | None:
    """The TCP port that this names; None when it is no number from `lowest` to 65535."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_PORT))):
        return None
    port = int(text)
    return port if lowest <= port <= HIGHEST_PORT else None
