"""What can be wrong with network settings: by a code that a page translates, and in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    # a field as a person typed it
    "missing": "this is needed",
    "unknown-field": "there is no such setting; known are: {known}",
    "interface": "there is no wired or wireless interface {name} on this computer",
    "method": "choose dhcp or static",
    "not-with-dhcp": "leave this empty: with DHCP the router gives it",
    "not-an-address": "{value} is not an IPv4 address; write it like 192.168.1.232",
    "address-loopback": "{address} only means this computer itself",
    "address-link-local": "{address} is of 169.254.0.0/16, which computers give themselves when they have no address",
    "address-multicast": "{address} is a multicast address, not that of one computer",
    "address-reserved": "{address} is of a range that no computer may have",
    "address-is-network": "{address} is the name of the whole network {network}; choose one between its ends",
    "address-is-broadcast": "{address} means everyone on {network}; choose one between its ends",
    "address-on-this-computer": "{address} is already this computer's own address on {interface}",
    "prefix": "write a number from 1 to 30, or a mask like 255.255.255.0",
    "gateway-outside": "{address} is not on the network {network} that the address is on",
    "gateway-is-address": "the gateway is another computer; this is the address itself",
    "dns-too-many": "at most {most} name servers",
    "dns-twice": "{address} is there twice",
    "hostname": "use 1 to 63 letters a to z, digits and hyphens, and no hyphen first or last",
    "hostname-digits": "a name of digits alone looks like an address; add a letter",
    "confirm-within": "choose {least} to {most} seconds",
    # a change that could not be put in force, told at its field; the old settings are back
    "address-in-use": "{address} is already used by another device on this network",
    "no-dhcp-answer": "no DHCP server answered within {seconds} seconds",
    "not-in-force": "the interface did not come up with these settings",
    "lost-link": "the cable came out, or the wireless network was lost",
    "manager-refused": "NetworkManager refused these settings: {reason}",
    # an interface that cannot be changed here
    "no-link": "no cable is plugged in",
    "no-wireless-network": "this computer has not joined a wireless network",
    "unmanaged": "NetworkManager leaves this interface to another program",
    # nothing can be changed at all
    "no-kernel": "this computer does not report its addresses: {reason}",
    "no-dbus": "this computer has no system message bus (D-Bus), so its addresses can only be shown",
    "no-manager": "NetworkManager does not run on this computer, so its addresses can only be shown",
    "kept-by-networkd": "systemd-networkd keeps this network; change it in /etc/systemd/network, for {interface}",
    "kept-by-dhcpcd": "dhcpcd keeps this network; change it in /etc/dhcpcd.conf, under interface {interface}",
    "kept-by-ifupdown": "ifupdown keeps this network; change it in /etc/network/interfaces, at iface {interface}",
    "no-answer": "NetworkManager does not answer",
    "not-allowed": "this computer does not let han2x change network settings: its polkit rule is not installed",
    "cannot-be-noted": "the change cannot be noted on the disk, so it could not be undone safely",
    # a request at the wrong time
    "already-pending": "another change waits to be confirmed; confirm it or undo it first",
    "interface-busy": "another program is changing this interface; try again in a minute",
    "no-such-change": "this change is no longer there: its time ran out, or it was undone",
    "not-yet-in-force": "this change is not in force yet",
}  # fmt: skip


class Fault(faults.Fault):
    """One thing that is wrong with the network's settings; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class NetworkError(Exception):
    """Network settings could not be seen or changed; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(str(fault))


class InvalidSettingsError(NetworkError):
    """Settings that nobody can have. `errors` has every field with what is wrong there; nothing was changed."""

    def __init__(self, errors: Mapping[str, Fault]) -> None:
        self.errors = dict(errors)
        super().__init__(next(iter(self.errors.values())))
        self.args = ("; ".join(f"{name}: {fault}" for name, fault in self.errors.items()),)


class UnavailableError(NetworkError):
    """Nothing can be changed on this computer now."""


class RefusedChangeError(NetworkError):
    """The request came at the wrong time, or for a change that is no longer there."""
