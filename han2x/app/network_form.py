"""This computer's network as the page sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from han2x.api import network as api
from han2x.network import (
    Fault,
    Interface,
    InterfaceKind,
    InterfaceSettings,
    Network,
    NetworkOverview,
    Outcome,
    Pending,
    UnavailableError,
    factory_settings,
)

Value = TypeVar("Value")
Answer = TypeVar("Answer")


def overview(seen: NetworkOverview, pending: Pending | None, outcome: Outcome | None) -> api.Network:
    """All of it."""
    return api.Network(
        available=seen.available,
        reason=str(seen.fault or ""),
        fault=_maybe(fault, seen.fault),
        hostname=seen.hostname,
        hostname_fault=_maybe(fault, seen.hostname_fault),
        interfaces=[_interface(each) for each in seen.interfaces],
        pending=_maybe(pending_change, pending),
        last=_maybe(_outcome, outcome),
    )


async def address_after_reset(network: Network) -> str:
    """The address that a held button gives a wired interface; "" where the network cannot be changed here."""
    try:
        seen = await network.overview()
    except UnavailableError:
        return ""
    wired = (each for each in seen.interfaces if each.kind is InterfaceKind.WIRED and each.link and not each.fault)
    interface = None if seen.fault else next(wired, None)
    address = factory_settings(interface.name).address if interface else None
    return str(address.ip) if address else ""


def pending_change(pending: Pending) -> api.NetworkPending:
    """A change that waits to be confirmed."""
    return api.NetworkPending(
        token=pending.token,
        state=pending.state,
        settings=_settings(pending.settings),
        addresses=[str(address) for address in pending.addresses],
        confirm_within_s=pending.confirm_within_s,
        remaining_s=round(pending.remaining_s, 1),
    )


def told(settings: InterfaceSettings) -> str:
    """An interface's settings in one line."""
    named = {"gateway": settings.gateway, "dns": ", ".join(map(str, settings.dns))}
    parts = [
        str(settings.method),
        str(settings.address or ""),
        *(f"{name} {value}" for name, value in named.items() if value),
    ]
    return " ".join(filter(None, parts))


def fault(fault: Fault) -> api.NetworkFault:
    """One thing that is wrong: as a code with its values, and in words."""
    return api.NetworkFault(code=fault.code, values=dict(fault.values), message=str(fault))


def _interface(interface: Interface) -> api.NetworkInterface:
    return api.NetworkInterface(
        name=interface.name,
        kind=interface.kind,
        mac=interface.mac,
        link=interface.link,
        addresses=[str(address) for address in interface.addresses],
        ipv6=[str(address) for address in interface.ipv6],
        gateway=_maybe(str, interface.gateway),
        dns=list(interface.dns),
        settings=_maybe(_settings, interface.settings),
        fault=_maybe(fault, interface.fault),
    )


def _outcome(outcome: Outcome) -> api.NetworkOutcome:
    return api.NetworkOutcome(
        token=outcome.token,
        ending=outcome.ending,
        settings=_settings(outcome.settings),
        errors={name: fault(each) for name, each in outcome.errors.items()},
    )


def _settings(settings: InterfaceSettings) -> api.NetworkSettings:
    return msgspec.convert(settings.form(), api.NetworkSettings)


def _maybe(to_answer: Callable[[Value], Answer], value: Value | None) -> Answer | None:
    return None if value is None else to_answer(value)
