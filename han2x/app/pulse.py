"""What the gateway does again and again: meters take note of time, and systemd hears how all of it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from han2x.app.health import Health, status_line
from han2x.app.meters import Meters
from han2x.app.modbus import Modbus
from han2x.listeners import Listener
from han2x.systemd.notify import ServiceManager

TICK_S: Final = 1.0
STATUS_S: Final = 10.0


class Pulse:
    """Runs until cancelled; `listeners` says where Modbus and the page are reached, or why not."""

    def __init__(
        self,
        meters: Meters,
        modbus: Modbus,
        service: ServiceManager,
        listeners: Callable[[], Sequence[Listener]],
        clock: Callable[[], float],
    ) -> None:
        self._meters = meters
        self._modbus = modbus
        self._service = service
        self._listeners = listeners
        self._clock = clock

    async def tick(self) -> NoReturn:
        """Let each meter know that time goes by."""
        while True:
            await asyncio.sleep(TICK_S)
            for meter in self._meters.all:
                meter.tick()

    async def report(self) -> NoReturn:
        """Tell systemd how the gateway stands."""
        while True:
            self._service.status(status_line(self._meters.all, self._clock(), self._modbus.clients, self._listeners()))
            await asyncio.sleep(STATUS_S)

    async def fault(self) -> str | None:
        """What keeps the gateway from doing what it is for, for systemd's watchdog."""
        modbus = self._modbus
        unit, register = modbus.always_there
        health = Health(unit, lambda: modbus.addresses, modbus.limits.allows, modbus.reason, register)
        return await health.fault(self._meters.readers)
