"""The documented default address, given by a command on this computer: tried, then confirmed or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from han2x.app.audit import AuditTrail
from han2x.app.network_form import told
from han2x.network import (
    FACTORY_ADDRESS,
    Fault,
    Interface,
    InterfaceKind,
    InvalidSettingsError,
    Network,
    NetworkError,
    Pending,
    UnavailableError,
    factory_settings,
)

IN_FORCE_S: Final = 20.0
"""How long the command waits for the address; what takes longer is taken back in its time."""

Given = Mapping[str, object]
Told = dict[str, object]


class StartingError(Exception):
    """It is too early to ask."""


class NetworkOrders:
    """What a command may ask of the network. `network` gives it, None until the page or the panel could use it.

    Each raises NetworkError, or StartingError, with a text for people.
    """

    def __init__(self, network: Callable[[], Network | None], audit: AuditTrail) -> None:
        self._get = network
        self._audit = audit

    async def show(self, _given: Given) -> Told:
        """The interfaces, why none can be changed ("" where they can), and what waits to be confirmed."""
        network = self._network()
        seen = await network.overview()
        return {
            "interfaces": [_interface(each) for each in seen.interfaces],
            "fault": str(seen.fault or ""),
            "code": seen.fault.code if seen.fault else "",
            "default": str(FACTORY_ADDRESS),
            "pending": _pending(network.pending),
        }

    async def give_default(self, given: Given) -> Told:
        """Try the documented default address on an interface, the first wired one with a cable if none is named."""
        network, within = self._network(), given.get("confirm_within_s")
        name = str(given.get("interface") or "") or await _wired(network)
        form = factory_settings(name).form()
        pending = await (network.apply(form, within) if isinstance(within, int) else network.apply(form))
        self._audit.record("network", pending.settings.interface, after=told(pending.settings))
        try:
            async with asyncio.timeout(IN_FORCE_S):
                pending = await network.in_force(pending.token)
        except TimeoutError:
            await network.roll_back(pending.token)
            raise InvalidSettingsError({"address": Fault("not-in-force")}) from None
        return {"pending": _pending(pending)}

    async def confirm(self, _given: Given) -> Told:
        """Keep what waits to be confirmed."""
        return await self._end(confirmed=True)

    async def undo(self, _given: Given) -> Told:
        """Take it back."""
        return await self._end(confirmed=False)

    async def _end(self, *, confirmed: bool) -> Told:
        network = self._network()
        pending = network.pending
        if pending is None:
            raise NetworkError(Fault("no-such-change"))
        await (network.confirm(pending.token) if confirmed else network.roll_back(pending.token))
        self._audit.record("network-confirmed" if confirmed else "network-taken-back")
        return {"settings": told(pending.settings), "interface": pending.settings.interface}

    def _network(self) -> Network:
        network = self._get()
        if network is None:
            raise StartingError("the gateway is only starting; try again in a moment")
        return network


async def _wired(network: Network) -> str:
    seen = await network.overview()
    if seen.fault is not None:
        raise UnavailableError(seen.fault)
    wired = [each for each in seen.interfaces if each.kind is InterfaceKind.WIRED]
    able = next((each for each in wired if each.link and each.fault is None), None)
    if able is None:
        why = next((each.fault for each in wired if each.fault is not None), None)
        raise UnavailableError(why or Fault("no-link"))
    return able.name


def _interface(interface: Interface) -> Told:
    method = interface.settings.method if interface.settings else ""
    return {
        "name": interface.name,
        "kind": str(interface.kind),
        "link": interface.link,
        "addresses": [str(each) for each in interface.addresses],
        "method": str(method),
        "fault": str(interface.fault or ""),
    }


def _pending(pending: Pending | None) -> Told | None:
    if pending is None:
        return None
    return {
        "interface": pending.settings.interface,
        "settings": told(pending.settings),
        "addresses": [str(each.ip) for each in pending.addresses],
        "remaining_s": round(pending.remaining_s),
    }
