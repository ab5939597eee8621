"""What the gateway tells of itself: to the page, to `han2x status`, to Prometheus and to outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from han2x import __version__
from han2x.app.parts import Parts
from han2x.listeners import Listener
from han2x.store import Store

if TYPE_CHECKING:
    from han2x.api import modbus as api_modbus
    from han2x.api.live import Live
    from han2x.api.status import Status
    from han2x.outputs import Gateway


class Reports:
    """Made from the parts as they are when somebody asks; `gateway_id` may wait for the disk the first time.

    What turns them into answers is imported when somebody asks: Modbus is served before that.
    """

    def __init__(self, parts: Parts, gateway_id: Callable[[], str]) -> None:
        self._parts = parts
        self._gateway_id = gateway_id

    def listeners(self) -> list[Listener]:
        """Where Modbus and the page are reached, or why not."""
        return [*self._parts.modbus.listeners, *self._parts.people.listeners]

    def live(self) -> Live:
        """What the page shows."""
        from han2x.app import answers

        return answers.live(
            self._parts.meters.all,
            self._uptime_s(),
            self._parts.modbus.addresses,
            self.listeners(),
            self._parts.reach,
            [*self._parts.outputs.states, *self._parts.people.panel],
            self._parts.modbus.imitated,
            self._parts.upgrade.taken_back,
            report.outcome.value if (report := self._parts.file.report) is not None else None,
        )

    def status(self) -> Status:
        """What `han2x status` asks for."""
        from han2x.app import answers

        return answers.status(
            self._parts.meters.all,
            self._uptime_s(),
            self.modbus(),
            self._parts.people.urls,
            [*self._parts.keeper.failures, *self._parts.audit.failures, *self._parts.history.failures],
            str(self._parts.file.report or ""),
            self._parts.people.page_access(),
            self.listeners(),
            self._parts.people.fingerprint,
            [*self._parts.outputs.states, *self._parts.people.panel],
            self._parts.upgrade.taken_back,
        )

    def modbus(self) -> api_modbus.Modbus:
        """Clients, counters and the last requests; those of other servers under "tls" and "maps"."""
        from han2x.app import answers

        return answers.modbus(*self._parts.modbus.snapshots())

    async def metrics(self) -> bytes:
        """All of it in Prometheus's text format."""
        from han2x.app import metrics

        temperature = self._parts.facts(self._parts.clock()).temperature_c
        facts = metrics.facts(await asyncio.to_thread(self._gateway_id), self._uptime_s(), temperature)
        return await metrics.metrics(
            facts, self.modbus(), self._parts.outputs.states, self._parts.meters.all, self._parts.telegrams.of
        )

    def for_outputs(self, store: Store) -> Gateway:
        """The gateway that outputs speak for; may wait for the disk the first time."""
        from han2x.outputs import Gateway

        return Gateway(
            self._gateway_id(),
            __version__,
            self._parts.clock,
            meters=lambda: self._parts.meters.all,
            page_url=lambda: next(iter(self._parts.people.urls), ""),
            modbus_port=lambda: next((port for _, port in self._parts.modbus.addresses), None),
            listeners=self.listeners,
            store=store,
            name=lambda: self._parts.file.settings.device.name.strip(),
        )

    def _uptime_s(self) -> float:
        return self._parts.clock() - self._parts.clock.started
