"""Where an MQTT broker is, and what a topic may begin with, as settings name them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from han2x.addresses import is_bracketed, parse_port, split_host_port
from han2x.settings.faults import RuleError, SettingsFault
from han2x.settings.rules import Rule, is_host_name, shown

LONGEST_TOPIC: Final = 64
_LEVELS: Final = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True)
class Broker(Rule):
    """HOST or HOST:PORT, see `parse_broker`; "" is none."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("broker-or-none")

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 - a wrong type is told as any other value that is not allowed
        if value:
            parse_broker(value)
        return value


@dataclass(frozen=True, slots=True)
class TopicPrefix(Rule):
    """What topics begin with: one level or more, of characters that every broker and client takes."""

    kind: str = "string"

    @property
    def fault(self) -> SettingsFault:
        return SettingsFault("topic-prefix", longest=LONGEST_TOPIC)

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_TOPIC or not _LEVELS.fullmatch(value):
            raise ValueError
        return value


def parse_broker(text: str) -> tuple[str, int | None]:
    """Read HOST or HOST:PORT as (host, port); the port is None where there is none.

    The host is a name, an IPv4 address, or an IPv6 address in brackets, which are taken off.

    Raises:
        ValueError: the text is anything else; as a RuleError where the port is what is wrong.
    """
    host, digits = split_host_port(text)
    if "/" in text:  # a whole URL, whose port would be said to be wrong
        raise ValueError
    if is_bracketed(host):
        host = str(ipaddress.IPv6Address(host[1:-1]))
    elif not is_host_name(host.lower()):
        raise ValueError
    if digits is None:
        return host, None
    port = parse_port(digits)
    if port is None:
        raise RuleError(SettingsFault("tcp-port", value=shown(digits), lowest=1))
    return host, port
