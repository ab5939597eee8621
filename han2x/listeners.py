"""Where the gateway is reached, and what keeps it from being reached there: one `Listener` for each place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from han2x import faults

FAULTS: Final[Mapping[str, str]] = {
    "cannot-listen": "cannot listen on {place}: {reason}",
    "port-held": "cannot listen on {place}: {program} (process {process}) has this port; "
    "end that program, or choose another port",
    "port-held-by-service": "cannot listen on {place}: {service} has this port; "
    "end it (sudo systemctl disable --now {service}), or choose another port",
    "port-held-by-user": "cannot listen on {place}: a program of the user {user} has this port; "
    "sudo {command} shows which; end it, or choose another port",
    "port-held-unseen": "cannot listen on {place}: another program has this port; "
    "sudo {command} shows which; end it, or choose another port",
}  # fmt: skip
"""What is wrong with an address, whoever is to be reached there."""


class ListenerFault(faults.Fault):
    """Why an address cannot be had; `code` is one of `FAULTS`."""

    __slots__ = ()
    TEXTS = FAULTS


def is_same(fault: faults.Fault | None, before: faults.Fault | None) -> bool:
    """Whether two faults are one matter for the log: a port that is held, whoever is seen to hold it at the moment."""
    if fault is None or before is None or "errno" not in fault.values:
        return fault == before
    return all(fault.values.get(name) == before.values.get(name) for name in ("place", "errno"))


class What(StrEnum):
    """What is reached there."""

    MODBUS = "modbus"
    MODBUS_TLS = "modbus-tls"
    MODBUS_MAP = "modbus-map"
    PAGE = "page"
    PAGE_HTTPS = "page-https"


class ListenerState(StrEnum):
    """Whether it is reached where it is wanted, on all addresses instead, or nowhere."""

    SERVING = "serving"
    FALLBACK = "fallback"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Listener:
    """One place. `wanted` is ADDRESS:PORT as the settings have it, `places` where it is reached now.

    A `fault` while it serves is one that its next start would meet, as certificates that cannot be used any more.
    """

    what: What
    state: ListenerState
    wanted: str
    places: tuple[str, ...] = ()
    fault: faults.Fault | None = None
