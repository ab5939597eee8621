"""Keeps announced what is served: by its names, ports and meters of now, through whatever Avahi does."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from han2x.gateway.meter import Meter
from han2x.model import Event
from han2x.output_state import OutputPhase, OutputState
from han2x.outputs.base import Gateway
from han2x.outputs.mdns.faults import CollisionError, MdnsError, MdnsFault
from han2x.outputs.mdns.group import GroupState
from han2x.outputs.mdns.own import own_name, own_services
from han2x.outputs.services import Service

if TYPE_CHECKING:
    from han2x.outputs.mdns.avahi import Avahi

log = logging.getLogger("han2x.mdns")

LOOK_S: Final = 5.0
"""How often it is looked at what is served; and how long what is announced stays as it is, whoever changes it."""
RETRY_S: Final = 30.0
"""How often a bus that is not there, or an Avahi that refuses, is tried again."""
ABSENT: Final = ("announce-no-bus", "announce-no-avahi")
_BUS: Final = "unix:path=/run/dbus/system_bus_socket"


def make(name: str, made_with: object, gateway: Gateway) -> Announcer:
    """The output of this name; `made_with` is whether anybody may see the meters' numbers."""
    return Announcer(name, gateway, with_meters=bool(made_with))


class Announcer:
    """Announces the gateway, and what other outputs want to have announced."""

    def __init__(self, name: str, gateway: Gateway, *, with_meters: bool, look_s: float = LOOK_S) -> None:
        self._name = name
        self._gateway = gateway
        self._with_meters = with_meters
        self._look_s = look_s
        self._state = OutputState(name, OutputPhase.WAITING)
        self._told = ""
        self._wake = asyncio.Event()
        self._wanted: tuple[str, Sequence[Service]] = ("", ())  # what is announced, before any collision
        self._called = ""

    @property
    def state(self) -> OutputState:
        """How it stands."""
        return self._state

    async def run(self) -> NoReturn:
        """Announce until cancelled."""
        self._gateway.services.tell(self._wake.set)
        while True:
            await self._something_to_announce()
            try:
                await self._announce_while_connected()
            except MdnsError as error:
                self._failed(error)
            await asyncio.sleep(RETRY_S)

    def take(self, meter: Meter, event: Event, now: float) -> None:
        """Numbers of meters are looked for now and then."""

    def settings_changed(self) -> None:
        """Look at once."""
        self._wake.set()

    async def _announce_while_connected(self) -> None:
        """Raises MdnsError when the bus is gone, or was never there."""
        if not await asyncio.to_thread(bus_may_be_there):
            raise MdnsError(MdnsFault("announce-no-bus"))
        # In a thread, since it takes a while; and only now, as many gateways never need the library.
        library = await asyncio.to_thread(import_module, "han2x.outputs.mdns.avahi")
        avahi: Avahi = await library.Avahi.connect(self._wake.set)
        self._wanted = ("", ())
        try:
            while avahi.connected:
                pause = self._look_s
                try:
                    await self._keep_up(avahi)
                except MdnsError as error:
                    if not avahi.connected:
                        raise
                    self._failed(error)
                    self._wanted = ("", ())
                    pause = RETRY_S
                await self._until_woken(pause)
        finally:
            avahi.close()

    async def _something_to_announce(self) -> None:
        """Return when there is."""
        while not self._wanted_now()[1]:
            self._state = OutputState(self._name, OutputPhase.WAITING)
            await self._until_woken(self._look_s)

    async def _until_woken(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    def _wanted_now(self) -> tuple[str, Sequence[Service]]:
        """The name, before any collision, and the services."""
        own = own_services(self._gateway, with_meters=self._with_meters)
        return own_name(self._gateway), [*own, *self._gateway.services.all]

    async def _keep_up(self, avahi: Avahi) -> None:
        """Have announced what is wanted now."""
        wanted = self._wanted_now()
        if wanted != self._wanted or avahi.forgot:
            self._called = wanted[0]
            await self._announce(avahi, wanted[1])
            self._wanted = wanted
        elif avahi.state is GroupState.COLLISION:
            await self._announce(avahi, wanted[1], taken=True)
        await self._tell(avahi)

    async def _announce(self, avahi: Avahi, services: Sequence[Service], *, taken: bool = False) -> None:
        """Announce under the name that nobody else has: what is taken on the network Avahi says later."""
        while True:
            if taken:
                before, self._called = self._called, await avahi.other_name(self._called)
                log.info("another gateway is called %s on the network: this one is %s", before, self._called)
            try:
                return await avahi.announce(self._called, services)
            except CollisionError:
                taken = True

    async def _tell(self, avahi: Avahi) -> None:
        """Say how it stands.

        Raises:
            MdnsError: Avahi could not announce it.
        """
        if avahi.state is GroupState.FAILURE:
            raise MdnsError(MdnsFault("announce-refused", reason=avahi.reason))
        if avahi.state is not GroupState.ESTABLISHED:
            self._state = OutputState(self._name, OutputPhase.WAITING)
            return
        where = f"{self._called} ({await avahi.host_name()})"
        self._state = OutputState(self._name, OutputPhase.WORKING, where)
        if where != self._told:
            self._told = where
            log.info("announced on the network as %s", where)

    def _failed(self, error: MdnsError) -> None:
        """Say once why not. That nobody here announces anything is no failure: many computers have no Avahi."""
        phase = OutputPhase.WAITING if error.fault.code in ABSENT else OutputPhase.FAILED
        self._state = OutputState(self._name, phase, fault=error.fault)
        if str(error) != self._told:
            self._told = str(error)
            log.info("%s", error)


def bus_may_be_there() -> bool:
    """Whether it is worth the library to look for the system's bus; not where there is no socket for it."""
    address = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", _BUS)
    kind, _, path = address.partition("unix:path=")
    return bool(kind) or not path or Path(path.partition(",")[0].partition(";")[0]).exists()
