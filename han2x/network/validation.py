"""What a person typed → settings, or a fault at each field. Nothing is sent to NetworkManager that did not pass here.

NetworkManager itself takes a gateway outside the subnet, an address of another device and more, and words its refusals
differently from release to release.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network
from typing import Final

from han2x.network.faults import Fault, InvalidSettingsError
from han2x.network.model import Interface, InterfaceSettings, Method

FIELDS: Final = ("interface", "method", "address", "prefix", "gateway", "dns")
SMALLEST_PREFIX: Final = 1
LARGEST_PREFIX: Final = 30
MOST_NAME_SERVERS: Final = 3
SHORTEST_CONFIRM_S: Final = 5
LONGEST_CONFIRM_S: Final = 600
_THIS_NETWORK: Final = IPv4Network("0.0.0.0/8")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_SHOWN: Final = 40


def check_settings(typed: Mapping[str, object], interfaces: Sequence[Interface]) -> InterfaceSettings:
    """Make settings of what was typed into the `FIELDS`, each a text, a number, or absent; `dns` may be a list.

    Raises:
        InvalidSettingsError: with a fault at every field that has one.
    """
    return _Form(typed, interfaces).settings()


def check_hostname(typed: object) -> str:
    """A host name of one label (RFC 1123 section 2.1, RFC 952), without its surrounding blanks.

    Raises:
        InvalidSettingsError: at `hostname`.
    """
    name = _text(typed)
    if not name:
        raise InvalidSettingsError({"hostname": Fault("missing")})
    if not _LABEL.fullmatch(name):
        raise InvalidSettingsError({"hostname": Fault("hostname")})
    if name.isdigit():
        raise InvalidSettingsError({"hostname": Fault("hostname-digits")})
    return name


def check_confirm_within(seconds: int) -> int:
    """The time in which a change must be confirmed, in s.

    Raises:
        InvalidSettingsError: at `confirm_within_s`.
    """
    if not isinstance(seconds, int) or not SHORTEST_CONFIRM_S <= seconds <= LONGEST_CONFIRM_S:
        fault = Fault("confirm-within", least=SHORTEST_CONFIRM_S, most=LONGEST_CONFIRM_S)
        raise InvalidSettingsError({"confirm_within_s": fault})
    return seconds


class _Form:
    """One filled-in form, and what is wrong with it so far."""

    def __init__(self, typed: Mapping[str, object], interfaces: Sequence[Interface]) -> None:
        self._typed = typed
        self._interfaces = interfaces
        self._errors: dict[str, Fault] = {
            str(name)[:_LONGEST_SHOWN]: Fault("unknown-field", known=", ".join(FIELDS))
            for name in typed
            if name not in FIELDS
        }

    def settings(self) -> InterfaceSettings:
        interface = self._interface()
        method = self._method()
        settings = InterfaceSettings(interface, Method.DHCP)
        if method is Method.DHCP:
            self._nothing_else()
        elif method is Method.STATIC:
            settings = self._static(interface)
        if self._errors:
            raise InvalidSettingsError(self._errors)
        return settings

    def _interface(self) -> str:
        name = self._needed("interface")
        if name and name not in {interface.name for interface in self._interfaces}:
            self._errors["interface"] = Fault("interface", name=name[:_LONGEST_SHOWN])
        return name

    def _method(self) -> Method | None:
        typed = self._needed("method")
        if typed in {Method.DHCP, Method.STATIC}:
            return Method(typed)
        self._errors.setdefault("method", Fault("method"))
        return None

    def _nothing_else(self) -> None:
        for name in ("address", "prefix", "gateway", "dns"):
            if _text(self._typed.get(name)):
                self._errors[name] = Fault("not-with-dhcp")

    def _static(self, interface: str) -> InterfaceSettings:
        address = self._address("address", self._needed("address"))
        prefix = self._prefix()
        gateway = self._address("gateway", _text(self._typed.get("gateway")))
        dns = self._dns()
        if address is None or prefix is None:
            return InterfaceSettings(interface, Method.STATIC)
        own = IPv4Interface((address, prefix))
        self._check_inside("address", address, own.network)
        self._check_not_on_another(own.ip, interface)
        if gateway:
            self._check_gateway(gateway, own)
        return InterfaceSettings(interface, Method.STATIC, own, gateway, dns)

    def _needed(self, name: str) -> str:
        typed = _text(self._typed.get(name))
        if not typed:
            self._errors[name] = Fault("missing")
        return typed

    def _address(self, name: str, typed: str) -> IPv4Address | None:
        """The address of one computer; None when the field is empty, or after noting what is wrong."""
        if not typed:
            return None
        try:
            address = IPv4Address(typed)
        except AddressValueError:
            self._errors[name] = Fault("not-an-address", value=typed[:_LONGEST_SHOWN])
            return None
        if fault := _not_one_computer(address):
            self._errors[name] = fault
            return None
        return address

    def _prefix(self) -> int | None:
        typed = self._needed("prefix")
        if not typed:
            return None
        prefix = _prefix_length(typed)
        if prefix is None or not SMALLEST_PREFIX <= prefix <= LARGEST_PREFIX:
            self._errors["prefix"] = Fault("prefix")
            return None
        return prefix

    def _check_gateway(self, gateway: IPv4Address, own: IPv4Interface) -> None:
        if gateway == own.ip:
            self._errors["gateway"] = Fault("gateway-is-address")
        elif gateway not in own.network:
            self._errors["gateway"] = Fault("gateway-outside", address=gateway, network=own.network)
        else:
            self._check_inside("gateway", gateway, own.network)

    def _check_inside(self, name: str, address: IPv4Address, network: IPv4Network) -> None:
        if address == network.network_address:
            self._errors[name] = Fault("address-is-network", address=address, network=network)
        elif address == network.broadcast_address:
            self._errors[name] = Fault("address-is-broadcast", address=address, network=network)

    def _check_not_on_another(self, address: IPv4Address, interface: str) -> None:
        for other in self._interfaces:
            if other.name != interface and any(address == own.ip for own in other.addresses):
                self._errors["address"] = Fault("address-on-this-computer", address=address, interface=other.name)

    def _dns(self) -> tuple[IPv4Address, ...]:
        servers: list[IPv4Address] = []
        typed = _words(self._typed.get("dns"))
        if len(typed) > MOST_NAME_SERVERS:
            self._errors["dns"] = Fault("dns-too-many", most=MOST_NAME_SERVERS)
            return ()
        for word in typed:
            server = self._address("dns", word)
            if server is None:
                return ()
            if server in servers:
                self._errors["dns"] = Fault("dns-twice", address=server)
                return ()
            servers.append(server)
        return tuple(servers)


def _not_one_computer(address: IPv4Address) -> Fault | None:
    """Why an address can be that of no computer on a network (RFC 6890 section 2.2.2, RFC 1122 section 3.2.1.3)."""
    for has, code in (
        (address in _THIS_NETWORK, "address-reserved"),
        (address.is_loopback, "address-loopback"),
        (address.is_link_local, "address-link-local"),
        (address.is_multicast, "address-multicast"),
        (address.is_reserved, "address-reserved"),
    ):
        if has:
            return Fault(code, address=address)
    return None


def _prefix_length(typed: str) -> int | None:
    """24 of "24", "/24" or "255.255.255.0"; None of anything else."""
    typed = typed.removeprefix("/")
    if re.fullmatch("[0-9]{1,2}", typed):
        return int(typed)
    if typed.count(".") != 3:
        return None
    try:
        network = IPv4Network(f"0.0.0.0/{typed}")
    except ValueError:
        return None
    # the library also takes a mask turned inside out, as routers write it
    return network.prefixlen if str(network.netmask) == typed else None


def _text(typed: object) -> str:
    if isinstance(typed, bool) or typed is None:
        return ""
    if isinstance(typed, list | tuple):
        return " ".join(map(_text, typed))
    return str(typed).strip()


def _words(typed: object) -> list[str]:
    return _text(typed).replace(",", " ").split()
