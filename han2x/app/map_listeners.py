"""Maps of other makers' meters on ports of their own, beside where Modbus is served."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from han2x.app.listening import Listening
from han2x.app.units import Unit
from han2x.listeners import Listener, What
from han2x.modbus_server import Identity, Limits, ModbusServer
from han2x.settings.rules import collide

log = logging.getLogger("han2x.modbus")


class MapListeners:
    """A server for each place `ADDRESS:PORT`, under the same limits as the plain one. No fault there touches that."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    @property
    def listeners(self) -> Sequence[Listener]:
        """Where each is served, or why not."""
        return [each.listening.listener for each in self._places.values()]

    async def serve(self, wanted: Mapping[str, Mapping[int, Unit]], limits: Limits) -> None:
        """Serve these units at these places from now on, or as near to that as can be; connections stay."""
        for on in [on for on in self._places if on not in wanted]:
            await self._places.pop(on).server.stop()
        for on, units in wanted.items():
            if on in self._places:
                self._places[on].serve(units, limits)
            else:
                self._places[on] = _Place(on, units, limits)
            self._places[on].listening.hurry()
        await self.check()

    async def make_way(self, listen: str) -> None:
        """Leave a place that something else is to have: by the same settings no map is wanted there any more."""
        for on, each in self._places.items():
            if collide(on, listen):
                await each.server.stop()
                each.listening.hurry()

    def update(self, limits: Limits) -> None:
        """Use other limits from now on."""
        for each in self._places.values():
            each.server.update(limits)

    async def check(self) -> None:
        """Serve each where it is wanted, as far as that is possible now."""
        for each in list(self._places.values()):
            try:
                await each.listening.check()
            except Exception:
                log.exception("a fault in this program: %s is as it was", each.listening.wanted)

    async def stop(self) -> None:
        """End all connections."""
        await self.serve({}, Limits())

    def snapshots(self) -> list[dict[str, Any]]:
        """As that of the plain server, for each that is served."""
        return [each.server.snapshot() for each in self._places.values() if each.server.addresses]


class _Place:
    def __init__(self, on: str, units: Mapping[int, Unit], limits: Limits) -> None:
        self._units = units
        self.server = ModbusServer(units, identity=self._identity, limits=limits)
        self.listening = Listening(What.MODBUS_MAP, self.server, on)

    def serve(self, units: Mapping[int, Unit], limits: Limits) -> None:
        self._units = units
        self.server.serve(units)
        self.server.update(limits)

    def _identity(self, unit: int) -> Identity:
        return self._units[unit].identity()
