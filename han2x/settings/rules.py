"""What a setting's value may be: each rule names its type, says what is allowed, and reads a value as TOML gives it.

A rule's `parse` returns the value as the program uses it or raises ValueError; the error's text is a detail (possibly
none), because whoever reports it names the key, the value and `allowed` as well. What is allowed is also a fault with a
code, for a page to translate.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from han2x.addresses import IpNetwork, is_bracketed, parse_port, split_host_port
from han2x.gateway.line_search import SerialSettings
from han2x.port_name import PortNameError, parse_port_name
from han2x.settings.faults import RuleError, SettingsFault

BAUD_RATES: Final = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
HEX_KEY: Final = re.compile(r"[0-9A-Fa-f]{32}")
_LOOKS_LIKE_A_KEY: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[ :-]?){12,}")
_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_GPIO_LINE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,31}")
_LED: Final = re.compile(r"led:[A-Za-z0-9][A-Za-z0-9_:.+-]{0,63}")
_LONGEST_SHOWN: Final = 80


class Rule(Protocol):
    """What the table of settings says of a key's values."""

    __slots__ = ()

    @property
    def kind(self) -> str: ...
    @property
    def fault(self) -> SettingsFault:
        """What is wrong with a value that is not allowed, namely not to be what is."""
        ...

    def parse(self, value: object) -> object: ...

    @property
    def allowed(self) -> str:
        """The values that are allowed, in plain English."""
        return str(self.fault)


@dataclass(frozen=True, slots=True)
class Flag(Rule):
    kind: str = "boolean"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("flag")

    def parse(self, value: object) -> bool:
        if value is True or value is False:
            return value
        raise ValueError


@dataclass(frozen=True, slots=True)
class WholeNumber(Rule):
    """A whole number from `lowest` to `highest`."""

    lowest: int
    highest: int
    kind: str = "integer"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("whole-number", lowest=self.lowest, highest=self.highest)

    def parse(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.lowest <= value <= self.highest:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Choice(Rule):
    """One of `values`; a number may be written as an integer when one of them is a decimal number."""

    values: tuple[str | float, ...]

    @property
    def kind(self) -> str:
        kinds = {"string" if isinstance(value, str) else "number" for value in self.values}
        if self._whole:
            kinds = {"integer"}
        return " or ".join(sorted(kinds, reverse=True))

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("one-of", choices=", ".join(toml_text(value) for value in self.values))

    @property
    def _whole(self) -> bool:
        return all(isinstance(value, int) for value in self.values)

    def parse(self, value: object) -> str | float:
        kinds: tuple[type, ...] = (str, int) if self._whole else (str, int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or value not in self.values:
            raise ValueError
        return self.values[self.values.index(value)]


@dataclass(frozen=True, slots=True)
class Text(Rule):
    """A short text of printable characters."""

    longest: int
    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("printable-text", longest=self.longest)

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > self.longest or not value.isprintable():
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class SerialPort(Rule):
    """A serial line: a device or a serial server, see `port_name`; "" is none."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("serial-port")

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - a wrong type is told as any other value that is not allowed
        if value:
            try:
                parse_port_name(value)
            except PortNameError as error:
                raise RuleError(error.fault) from None
        return value


@dataclass(frozen=True, slots=True)
class LineSettings(Rule):
    """Baud rate, data bits, parity and stop bits of a serial line, or "auto" to find them out."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("line-settings", bauds=", ".join(map(str, BAUD_RATES)))

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - a wrong type is told as any other value that is not allowed
        if value != "auto" and SerialSettings.parse(value).baudrate not in BAUD_RATES:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class PanelPart(Rule):
    """A line of the GPIO by its name, or with `led` also a light that Linux has a driver for; "" for none."""

    led: bool = False
    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("gpio-line-or-led" if self.led else "gpio-line")

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - a wrong type is told as any other value that is not allowed
        if value and not _GPIO_LINE.fullmatch(value) and not (self.led and _LED.fullmatch(value)):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class AbsolutePath(Rule):
    """A file's path. Where it is `optional`, "" is none, which is given as None."""

    optional: bool = False
    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("path-or-none" if self.optional else "path")

    def parse(self, value: object) -> Path | None:
        if self.optional and value == "":
            return None
        if not isinstance(value, str) or not value.startswith("/") or not value.isprintable():
            raise ValueError
        return Path(value)


@dataclass(frozen=True, slots=True)
class Listen(Rule):
    """Where to listen; see `parse_listen`. Where it is `optional`, "" is nowhere."""

    optional: bool = False
    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("listen-or-none" if self.optional else "listen")

    def parse(self, value: object) -> str:
        if self.optional and value == "":
            return ""
        if isinstance(value, str):
            parse_listen(value)
            return value
        raise ValueError


@dataclass(frozen=True, slots=True)
class HostNames(Rule):
    """A list of host names (RFC 1123, section 2.1), in lower case."""

    most: int = 20
    kind: str = "list of strings"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("host-names", most=self.most)

    def parse(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError
        names = tuple(name.lower() for name in value if isinstance(name, str) and _HOST_NAME.fullmatch(name.lower()))
        if len(names) != len(value):
            raise ValueError
        return names


@dataclass(frozen=True, slots=True)
class Networks(Rule):
    """A list of networks in CIDR form; an address alone is the network of that one address."""

    most: int = 100
    kind: str = "list of strings"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("networks", most=self.most)

    def parse(self, value: object) -> tuple[IpNetwork, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            raise ValueError
        return tuple(_network(entry) for entry in value)


@dataclass(frozen=True, slots=True)
class HexKey(Rule):
    """An AES-128 key, or empty for none."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("hex-key")

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or (value and not HEX_KEY.fullmatch(value)):
            raise ValueError
        return value


def is_host_name(text: str) -> bool:
    """Whether this is a host name in lower case (RFC 1123, section 2.1), or an IPv4 address, which reads like one."""
    return _HOST_NAME.fullmatch(text) is not None


def parse_listen(text: str, *, lowest_port: int = 1) -> tuple[str, int]:
    """Read `ADDRESS:PORT` as (host, port), as asyncio's and aiohttp's servers take them.

    `*` or no address at all is every address, IPv4 and IPv6, and gives the host "". An IPv6 address is written in
    brackets, which are taken off. `lowest_port=0` lets 0 mean "any free port".

    Raises:
        RuleError: the text is anything else; the message names the part that is wrong.
    """
    host, port = _host_and_port(text, lowest_port)
    if host in ("", "*"):
        return "", port
    if host == "localhost":
        return host, port
    if is_bracketed(host):
        return str(_address(host[1:-1], ipaddress.IPv6Address)), port
    if ":" in host:
        raise RuleError(SettingsFault("ipv6-brackets", address=shown(host)[1:-1], port=port))
    return str(_address(host, ipaddress.IPv4Address)), port


def collide(one: str, other: str) -> bool:
    """Whether two places `ADDRESS:PORT` cannot both be listened on."""
    (one_host, one_port), (other_host, other_port) = parse_listen(one), parse_listen(other)
    return one_port == other_port and hosts_collide(one_host, other_host)


def hosts_collide(one: str, other: str) -> bool:
    """Whether two hosts, as `parse_listen` gives them, have an address in common: 0.0.0.0 has all of IPv4."""
    if "" in (one, other):
        return True
    pairs = [(mine, theirs) for mine in _addresses_of(one) for theirs in _addresses_of(other)]
    return any(
        mine == theirs or (mine.version == theirs.version and (mine.is_unspecified or theirs.is_unspecified))
        for mine, theirs in pairs
    )


def _addresses_of(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return [ipaddress.ip_address(each) for each in (("127.0.0.1", "::1") if host == "localhost" else (host,))]


def _host_and_port(text: str, lowest: int) -> tuple[str, int]:
    host, digits = split_host_port(text)
    if digits is None:
        raise RuleError(SettingsFault("tcp-port-missing", value=shown(text)))
    port = parse_port(digits, lowest=lowest)
    if port is None:
        raise RuleError(SettingsFault("tcp-port", value=shown(digits), lowest=lowest))
    return host, port


def _address(
    text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = kind(text)
    except ValueError:
        code = "not-ipv4" if kind is ipaddress.IPv4Address else "not-ipv6"
        raise RuleError(SettingsFault(code, value=shown(text))) from None
    if address.is_multicast or (address.version == 4 and address.is_reserved):
        # Linux listens there without a word, and nobody can connect.
        raise RuleError(SettingsFault("no-computers-address", value=shown(text)))
    return address


def _network(entry: object) -> IpNetwork:
    if not isinstance(entry, str):
        raise RuleError(SettingsFault("not-text", value=shown(entry)))
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise RuleError(SettingsFault("not-a-network", value=shown(entry))) from None
    if "/" in entry and str(ipaddress.ip_interface(entry).ip) != str(network.network_address):
        raise RuleError(SettingsFault("inside-a-network", value=shown(entry), network=toml_text(str(network))))
    return network


def toml_text(value: object) -> str:
    """Write a setting's value as TOML does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_text(entry) for entry in value) + "]"
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def shown(value: object) -> str:
    """Write any value of a TOML document for an error text: short, and with nothing in it that may be a key."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        return "a list of tables or lists"
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"
    if isinstance(value, list) and any(isinstance(entry, int) and entry.bit_length() > 64 for entry in value):
        return "a list with a number of more than 64 bits"
    text = _LOOKS_LIKE_A_KEY.sub("(hex digits not shown)", toml_text(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
