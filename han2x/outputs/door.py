"""Keeps a place open where an output listens: tried again while it cannot be had, and told how it stands."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final, NoReturn

from han2x.addresses import join_host_port
from han2x.faults import Fault
from han2x.gateway.meter import Meter
from han2x.listeners import is_same
from han2x.model import Event
from han2x.output_state import OutputPhase, OutputState
from han2x.outputs.base import Gateway
from han2x.outputs.place import Place, address_of, open_sockets
from han2x.outputs.services import Service, is_this_computer_s

log = logging.getLogger("han2x.outputs")

CHECK_S: Final = 1.0
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""How long it is from one attempt to the next; the last of them from then on."""

Close = Callable[[], Awaitable[None]]
Serve = Callable[[Sequence[socket.socket]], Awaitable[Close]]
"""Serves on these sockets, which are its own from then on, and returns what ends that."""


class Door:
    """One place, TCP or UDP by `kind`; `serve` is called whenever it is opened.

    Where page or Modbus are not reached and have its port on another address, it is closed until they are: they then
    need that port on all addresses, and nobody may be locked out for an output. While it is open to others, what
    `announced` gives for its port is announced on the network.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        kind: socket.SocketKind,
        serve: Serve,
        gateway: Gateway,
        announced: Callable[[int], Service] | None = None,
    ) -> None:
        self._name = name
        self._place = place
        self._kind = kind
        self._serve = serve
        self._gateway = gateway
        self._announced = announced
        self._close: Close | None = None
        self._where: tuple[str, ...] = ()
        self._fault: Fault | None = None
        self._attempts = 0
        self._next = 0.0

    @property
    def state(self) -> OutputState:
        """How it stands."""
        if self._where:
            return OutputState(self._name, OutputPhase.WORKING, ", ".join(self._where))
        phase = OutputPhase.WAITING if self._fault is None else OutputPhase.FAILED
        return OutputState(self._name, phase, str(self._place), self._fault)

    async def run(self) -> NoReturn:
        """Keep it open until cancelled."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(CHECK_S)
        finally:
            await self._shut()

    async def _look(self) -> None:
        if self._gives_way():
            await self._shut()
        elif self._close is None and monotonic() >= self._next:
            try:
                await self._open()
            except OSError as error:
                self._cannot(await self._place.fault(error, self._kind))

    def _gives_way(self) -> bool:
        beside = self._place.beside
        return ("page" in beside and not self._gateway.page_url()) or (
            "modbus" in beside and self._gateway.modbus_port() is None
        )

    async def _open(self) -> None:
        sockets = await open_sockets(self._place, self._kind)
        where = tuple(join_host_port(*address_of(each)) for each in sockets)
        try:
            self._close = await self._serve(sockets)
        except BaseException:
            for each in sockets:
                each.close()
            raise
        self._where, self._fault, self._attempts = where, None, 0
        log.info("%s is served on %s", self._name, ", ".join(where))
        if self._announced is not None and not is_this_computer_s(self._place.host):
            self._gateway.services.put(self._name, [self._announced(address_of(sockets[0])[1])])

    def _cannot(self, fault: Fault) -> None:
        self._next = monotonic() + RETRY_S[min(self._attempts, len(RETRY_S) - 1)]
        self._attempts += 1
        if not is_same(fault, self._fault):
            log.error("%s is not served: %s", self._name, fault)
        self._fault = fault

    async def _shut(self) -> None:
        close, self._close, self._where = self._close, None, ()
        if self._announced is not None:
            self._gateway.services.put(self._name)
        if close is not None:
            await close()


class Asked:
    """An output that speaks only when it is asked, through its door."""

    _door: Door

    @property
    def state(self) -> OutputState:
        """How it stands now."""
        return self._door.state

    async def run(self) -> NoReturn:
        """Serve until cancelled."""
        await self._door.run()

    def take(self, meter: Meter, event: Event, now: float) -> None:
        """Nothing: who asks is told what is current then."""

    def settings_changed(self) -> None:
        """Nothing of it is kept here."""
