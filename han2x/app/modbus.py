"""Modbus as the gateway serves it: the plain server, the one with TLS beside it, and the meters behind both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

from han2x.app.keeper import Keeper
from han2x.app.listening import Listening
from han2x.app.map_listeners import MapListeners
from han2x.app.meters import Meters
from han2x.app.secure_modbus import SecureModbus
from han2x.app.units import Served, Unit, served
from han2x.listeners import Listener, What
from han2x.modbus_server import CannotListenError, Identity, Limits, ModbusServer, Writers
from han2x.settings import ModbusSettings, parse_listen

log = logging.getLogger("han2x.modbus")

CHECK_S: Final = 5.0
"""How often it is looked at where Modbus is served: more often than systemd's watchdog asks whether it answers."""
SOON_S: Final = 1.0
"""The same, while it is not served at all."""


class Modbus:
    """Serves the meters, each under its unit id."""

    def __init__(self, meters: Meters, keeper: Keeper) -> None:
        self._meters = meters
        self._keeper = keeper
        settings = meters.effective.settings.modbus
        self.limits = _limits(settings)
        self._served = self._all_served()
        units = self._served.ordinary
        self._plain = ModbusServer(units, identity=self._identity, limits=self.limits)
        self._listening = Listening(What.MODBUS, self._plain, settings.listen)
        self._secure = SecureModbus(units, self._identity, self.limits)
        self._maps = MapListeners()
        self._changing = asyncio.Lock()
        self._beside: ModbusServer | None = None

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where the plain server listens; empty while it cannot."""
        return self._plain.addresses

    @property
    def listeners(self) -> Sequence[Listener]:
        """Where it is served, with TLS and as other makers' meters too, or why not."""
        return [self._listening.listener, *self._secure.listeners, *self._maps.listeners]

    def reason(self) -> str:
        """Why it is not served at all; "" where nothing outside this program is the reason."""
        return str(self._listening.listener.fault or "")

    async def begin(self, settings: ModbusSettings) -> None:
        """Serve as these settings say, or as near to that as can be; `run` goes on trying."""
        async with self._changing:
            self._listening.wanted = settings.listen
            await self._keep_listening()
            await self._take(settings)
            await self._maps.serve(self._served.elsewhere, self.limits)

    async def change(self, settings: ModbusSettings, *, insist: bool = True) -> None:
        """Serve as these settings say. Where the address is not another one, it may go on missing, as at the start.

        Raises:
            CannotListenError: another address is wanted and cannot be had; nothing has changed then. Without `insist`
                it is done without instead, as at the start.
        """
        async with self._changing:
            if settings.listen != self._listening.wanted:
                await self._move(settings.listen, insist)
            else:
                self._listening.hurry()
                await self._keep_listening()
            await self._take(settings)

    async def run(self) -> NoReturn:
        """Keep it served, until cancelled: try again what could not be had, and take certificates that have changed."""
        while True:
            await asyncio.sleep(CHECK_S if self.addresses else SOON_S)
            try:
                async with self._changing:
                    await self._keep_listening()
                    await self._secure.check()
                    await self._maps.check()
            except Exception:
                log.exception("a fault in this program: Modbus is served as it was")

    async def serve_beside(self, listen: str) -> None:
        """Serve there too, where that is possible, until `end_beside`."""
        await self.end_beside()
        server = ModbusServer(self._served.ordinary, identity=self._identity, limits=self.limits)
        with suppress(CannotListenError):
            await server.start(*parse_listen(listen, lowest_port=0))
            self._beside = server

    async def end_beside(self) -> None:
        """End the connections to where it is served besides."""
        server, self._beside = self._beside, None
        if server is not None:
            await server.stop()

    async def serve_meters(self) -> None:
        """Serve the meters of now; connections stay."""
        self._served = self._all_served()
        units = self._served.ordinary
        self._plain.serve(units)
        self._secure.serve(units)
        if self._beside is not None:
            self._beside.serve(units)
        async with self._changing:
            await self._maps.serve(self._served.elsewhere, self.limits)

    async def stop(self) -> None:
        """End all connections."""
        await self.end_beside()
        await self._maps.stop()
        await self._secure.stop()
        await self._plain.stop()

    async def _move(self, listen: str, insist: bool) -> None:
        await self._maps.make_way(listen)
        try:
            await self._listening.move(listen)
        except CannotListenError:
            if insist:
                await self._maps.check()
                raise
            self._listening.wanted = listen
            await self._keep_listening()

    async def _keep_listening(self) -> None:
        """Serve where it is wanted; on all addresses while that one is not there, so that no map has its port."""
        if (port := self._listening.wanted_everywhere) is not None:
            await self._maps.make_way(f"*:{port}")
        await self._listening.check()

    async def _take(self, settings: ModbusSettings) -> None:
        self.limits = _limits(settings)
        self._plain.update(self.limits)
        await self._secure.apply(settings, self.limits)
        self._maps.update(self.limits)
        if self._beside is not None:
            self._beside.update(self.limits)

    @property
    def clients(self) -> int:
        """How many are connected, without TLS."""
        return sum(len(each["connections"]) for each in (self._plain.snapshot(), *self._maps.snapshots()))

    @property
    def always_there(self) -> tuple[int, int]:
        """Unit id and PDU address of a register that is answered whether or not a meter speaks."""
        unit, first = next(iter(self._served.ordinary.items()))
        return unit, first.always_there()

    @property
    def imitated(self) -> dict[int, str]:
        """By unit id whose registers are where Modbus is served in place of the HAN2X map, "" for nobody's."""
        return {unit: each.imitates for unit, each in self._served.ordinary.items()}

    def units(self) -> list[tuple[str, int, Unit]]:
        """Everything that is served: its place ("" for where Modbus is, else that of a map), its unit id, and what."""
        places = {"": self._served.ordinary, **self._served.elsewhere}
        return [(on, number, unit) for on, units in places.items() for number, unit in units.items()]

    def unit(self, number: int, on: str = "") -> Unit | None:
        """What a unit id serves at a place, as `units` has it; None for nothing."""
        units = self._served.elsewhere.get(on, {}) if on else self._served.ordinary
        return units.get(number)

    def snapshots(self) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]]]:
        """Clients, counters and last requests of the plain server; of that with TLS, None while there is none; and of
        those of maps.
        """
        return self._plain.snapshot(), self._secure.snapshot(), self._maps.snapshots()

    def _all_served(self) -> Served:
        return served(self._meters.all, self._meters.effective.settings.meters, self._keeper.factor_written)

    def _identity(self, unit: int) -> Identity:
        return self._served.ordinary[unit].identity()


def _limits(modbus: ModbusSettings) -> Limits:
    return Limits(
        # One more than clients may take: the watchdog's own request.
        max_connections=modbus.max_connections + 1,
        idle_timeout_s=modbus.idle_timeout_s,
        writes_per_minute=modbus.writes_per_minute,
        allow=modbus.allow,
        read_only=modbus.read_only,
        write=Writers(modbus.write),
        writers=modbus.writers,
    )
