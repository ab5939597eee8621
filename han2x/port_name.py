"""What a serial port may be called: the one rule for the settings, the command line, the page and the line. Pure.

A port is the path of a device, or a serial server on the network that sends raw octets over TCP. pyserial knows more
kinds of URL. None of them is let in: some write files (spy://), run patterns of the user's (hwgrep://) or are no meter
(loop://), and RFC 2217 has no file that an event loop could wait on.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from han2x import faults
from han2x.addresses import HIGHEST_PORT, is_bracketed, parse_port, split_host_port

SERVER: Final = "socket://"
EXAMPLE: Final = "/dev/ttyUSB0"
LONGEST: Final = 300
"""Characters of the longest name: room for the longest host name, or for the longest file name below /dev."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,15})://")
_DEVICE_NAME: Final = re.compile(r"(?:dev/)?((?:tty|rfcomm|serial/|cu)[A-Za-z0-9_./-]{0,32})")
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_ZONE: Final = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_LONGEST_SHOWN: Final = 8

FAULTS: Final[Mapping[str, str]] = {
    "port-path": "a device is named by its whole path, such as {path}",
    "port-url": f"{{scheme}}:// is not supported; use a device such as {EXAMPLE}, or {SERVER}HOST:PORT",
    "port-rfc2217": f"rfc2217:// is not supported: set the serial server to raw TCP, and use {SERVER}HOST:PORT",
    "port-text": "a port has up to {most} characters, none of them a line break or another control character",
    "server-host": f"a serial server is {SERVER}HOST:PORT, such as {SERVER}192.168.1.20:4001",
    "server-port-missing": f"the port is missing: a serial server is {SERVER}HOST:PORT",
    "server-port": f"port {{value}} is not 1 to {HIGHEST_PORT}",
}


class PortNameFault(faults.Fault):
    """What is wrong with a port's name; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


class PortNameError(ValueError):
    """No serial port is called so; `fault` says why."""

    def __init__(self, code: str, **values: object) -> None:
        self.fault = PortNameFault(code, **values)
        super().__init__(str(self.fault))


class Server(NamedTuple):
    """A serial server on the network: its host, an IPv6 address without brackets, and its TCP port."""

    host: str
    port: int


def is_server(name: str) -> bool:
    """Whether this names a serial server on the network, and no device."""
    return name.startswith(SERVER)


def parse_port_name(name: str) -> Server | None:
    """The serial server that this names; None when it is the path of a device.

    Raises:
        PortNameError: no serial port is called so.
    """
    if len(name) > LONGEST or not name.isprintable():
        raise PortNameError("port-text", most=LONGEST)
    if is_server(name):
        return _server(name.removeprefix(SERVER))
    if name.startswith("/"):
        return None
    if scheme := _SCHEME.match(name):
        kind = scheme[1].lower()
        raise PortNameError("port-rfc2217") if kind == "rfc2217" else PortNameError("port-url", scheme=kind)
    device = _DEVICE_NAME.fullmatch(name)
    raise PortNameError("port-path", path=f"/dev/{device[1]}" if device else EXAMPLE)


def _server(address: str) -> Server:
    host, digits = split_host_port(address)
    if digits is None and _is_host(host):
        raise PortNameError("server-port-missing")
    if not _is_host(host):
        raise PortNameError("server-host")
    port = parse_port(digits or "")
    if port is None:
        shown = digits if digits and len(digits) <= _LONGEST_SHOWN else "…"
        raise PortNameError("server-port", value=f'"{shown}"')
    return Server(host[1:-1] if is_bracketed(host) else host, port)


def _is_host(host: str) -> bool:
    if not is_bracketed(host):
        return _HOST.fullmatch(host) is not None
    address, percent, zone = host[1:-1].partition("%")
    if percent and not _ZONE.fullmatch(zone):
        return False
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True
