"""NetworkManager's stored profiles: what their `ipv4` part says, and how it is made (nm-settings-dbus(5), "ipv4").

A part is a mapping of names to D-Bus variants. Only what we set is replaced; all else in it stays as its owner made it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Final

from dbus_fast import Variant

from han2x.network.model import InterfaceSettings, Method

Part = dict[str, Variant]
Settings = dict[str, Part]

# how long NetworkManager asks whether another device has the address; its own default is not to ask
DAD_TIMEOUT_MS: Final = 1500

_METHODS: Final = {"auto": Method.DHCP, "manual": Method.STATIC}
# old forms beside the new ones, which would contradict what we set
_OURS: Final = ("method", "addresses", "address-data", "gateway", "routes", "dns", "dns-data", "ignore-auto-dns")


def tried_part(settings: InterfaceSettings, old: Mapping[str, Variant], kept: IPv4Interface | None = None) -> Part:
    """The part to try them with: as `ipv4_part`, but an address that another device has is not taken, and an interface
    without an IPv4 address has failed. `kept` is an address to have beside the one that DHCP gives.
    """
    part = ipv4_part(settings, old)
    part["may-fail"] = Variant("b", False)
    # when it asks for the kept address and DHCP's at the same time, release 1.42 sometimes loses one
    part["dad-timeout"] = Variant("i", DAD_TIMEOUT_MS if settings.method is Method.STATIC else 0)
    if kept:
        part["address-data"] = Variant("aa{sv}", [_address_data(kept)])
    return part


def ipv4_part(settings: InterfaceSettings, old: Mapping[str, Variant]) -> Part:
    """The part that has these settings in force."""
    part = {name: value for name, value in old.items() if name not in _OURS}
    part["method"] = Variant("s", "auto" if settings.method is Method.DHCP else "manual")
    if settings.address:
        part["address-data"] = Variant("aa{sv}", [_address_data(settings.address)])
    if settings.gateway:
        part.pop("never-default", None)
        part["gateway"] = Variant("s", str(settings.gateway))
    if settings.dns:
        part["dns"] = Variant("au", [_native(server) for server in settings.dns])
    return part


def read_settings(interface: str, part: Mapping[str, Variant]) -> InterfaceSettings:
    """What a profile's part says, as far as `InterfaceSettings` can say it."""
    method = _METHODS.get(_value(part, "method", "auto"), Method.OTHER)
    if method is not Method.STATIC:
        return InterfaceSettings(interface, method)
    gateway = _value(part, "gateway", "")
    addresses = _addresses(part)
    return InterfaceSettings(
        interface,
        method,
        addresses[0] if addresses else None,
        IPv4Address(gateway) if gateway else None,
        tuple(IPv4Address(struct.pack("=I", server)) for server in _value(part, "dns", [])),
    )


def same_ipv4(one: Mapping[str, Variant], other: Mapping[str, Variant]) -> bool:
    """Whether two parts put the same addresses, gateway and name servers in force."""
    return _essence(one) == _essence(other)


def new_profile(interface: str, uuid: str, part: Part) -> Settings:
    """A profile for a wired interface that has none."""
    return {
        "connection": {
            "id": Variant("s", f"han2x {interface}"),
            "uuid": Variant("s", uuid),
            "type": Variant("s", "802-3-ethernet"),
            "interface-name": Variant("s", interface),
        },
        "ipv4": part,
        "ipv6": {"method": Variant("s", "auto")},
    }


def without_old_forms(settings: Settings) -> Settings:
    """A whole profile as it may be sent back: NetworkManager tells addresses and routes twice, and takes them once."""
    clean = {name: dict(part) for name, part in settings.items()}
    for name in ("ipv4", "ipv6"):
        for old in ("addresses", "routes"):
            clean.get(name, {}).pop(old, None)
    return clean


def to_json(value: object) -> Any:  # noqa: ANN401 - a tree of JSON's types
    """A part as JSON can keep it, with the D-Bus type of every value."""
    if isinstance(value, Variant):
        return {"type": value.signature, "value": to_json(value.value)}
    if isinstance(value, dict):
        return {"map": {str(name): to_json(each) for name, each in value.items()}}
    if isinstance(value, list):
        return [to_json(each) for each in value]
    if isinstance(value, bytes):
        return {"octets": value.hex()}
    return value


def from_json(value: Any) -> Any:  # noqa: ANN401 - a tree of JSON's types
    """What `to_json` was given.

    Raises:
        KeyError, TypeError, ValueError: it was not made by `to_json`.
    """
    if isinstance(value, list):
        return [from_json(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "octets" in value:
        return bytes.fromhex(value["octets"])
    if "map" in value:
        return {name: from_json(each) for name, each in value["map"].items()}
    return Variant(value["type"], from_json(value["value"]))


def _essence(part: Mapping[str, Variant]) -> tuple[object, ...]:
    servers = tuple(_value(part, "dns", []))
    return _value(part, "method", "auto"), tuple(_addresses(part)), _value(part, "gateway", ""), servers


def _addresses(part: Mapping[str, Variant]) -> list[IPv4Interface]:
    data = _value(part, "address-data", [])
    return [IPv4Interface((each["address"].value, each["prefix"].value)) for each in data]


def _address_data(address: IPv4Interface) -> dict[str, Variant]:
    return {"address": Variant("s", str(address.ip)), "prefix": Variant("u", address.network.prefixlen)}


def _native(address: IPv4Address) -> int:
    (word,) = struct.unpack("=I", socket.inet_aton(str(address)))
    return int(word)


def _value(part: Mapping[str, Variant], name: str, otherwise: Any) -> Any:  # noqa: ANN401 - a variant holds anything
    variant = part.get(name)
    return otherwise if variant is None else variant.value
