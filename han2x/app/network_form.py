"""This computer's network as the page sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from han2x.network import Fault, Interface, NetworkOverview, Outcome, Pending

Value = TypeVar("Value")
Json = TypeVar("Json")


def overview_json(seen: NetworkOverview, pending: Pending | None, outcome: Outcome | None) -> dict[str, Any]:
    """All of it."""
    return {
        "available": seen.available,
        "reason": str(seen.fault or ""),
        "fault": _maybe(fault_json, seen.fault),
        "hostname": seen.hostname,
        "hostname_fault": _maybe(fault_json, seen.hostname_fault),
        "interfaces": [_interface_json(interface) for interface in seen.interfaces],
        "pending": _maybe(pending_json, pending),
        "last": _maybe(_outcome_json, outcome),
    }


def pending_json(pending: Pending) -> dict[str, Any]:
    """A change that waits to be confirmed."""
    return {
        "token": pending.token,
        "state": pending.state,
        "settings": pending.settings.form(),
        "addresses": [str(address) for address in pending.addresses],
        "confirm_within_s": pending.confirm_within_s,
        "remaining_s": round(pending.remaining_s, 1),
    }


def fault_json(fault: Fault) -> dict[str, Any]:
    """One thing that is wrong: as a code with its values, and in words."""
    return {"code": fault.code, "values": fault.values, "message": str(fault)}


def _interface_json(interface: Interface) -> dict[str, Any]:
    return {
        "name": interface.name,
        "kind": interface.kind,
        "mac": interface.mac,
        "link": interface.link,
        "addresses": [str(address) for address in interface.addresses],
        "ipv6": [str(address) for address in interface.ipv6],
        "gateway": _maybe(str, interface.gateway),
        "dns": list(interface.dns),
        "settings": interface.settings.form() if interface.settings else None,
        "fault": _maybe(fault_json, interface.fault),
    }


def _outcome_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "token": outcome.token,
        "ending": outcome.ending,
        "settings": outcome.settings.form(),
        "errors": {name: fault_json(fault) for name, fault in outcome.errors.items()},
    }


def _maybe(to_json: Callable[[Value], Json], value: Value | None) -> Json | None:
    return None if value is None else to_json(value)
