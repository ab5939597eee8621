"""What the gateway tells of itself: to the page, to `han2x status`, to Prometheus and to outputs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from han2x import __version__
from han2x.app.audit import AuditTrail
from han2x.app.facts import Facts, SteadyClock
from han2x.app.history import History
from han2x.app.keeper import Keeper
from han2x.app.meters import Meters
from han2x.app.modbus import Modbus
from han2x.app.outputs import Outputs
from han2x.app.people import People
from han2x.app.reach import Reach
from han2x.app.settings_file import SettingsFile
from han2x.app.telegrams import Telegrams
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

    def __init__(
        self,
        clock: SteadyClock,
        facts: Facts,
        meters: Meters,
        modbus: Modbus,
        people: People,
        outputs: Outputs,
        telegrams: Telegrams,
        keeper: Keeper,
        audit: AuditTrail,
        file: SettingsFile,
        reach: Reach,
        gateway_id: Callable[[], str],
        history: History,
    ) -> None:
        self._clock = clock
        self._facts = facts
        self._meters = meters
        self._modbus = modbus
        self._people = people
        self._outputs = outputs
        self._telegrams = telegrams
        self._keeper = keeper
        self._audit = audit
        self._file = file
        self._reach = reach
        self._gateway_id = gateway_id
        self._history = history

    def listeners(self) -> list[Listener]:
        """Where Modbus and the page are reached, or why not."""
        return [*self._modbus.listeners, *self._people.listeners]

    def live(self) -> Live:
        """What the page shows."""
        from han2x.app import answers

        return answers.live(
            self._meters.all,
            self._uptime_s(),
            self._modbus.addresses,
            self.listeners(),
            self._reach,
            self._outputs.states,
            self._modbus.imitated,
        )

    def status(self) -> Status:
        """What `han2x status` asks for."""
        from han2x.app import answers

        return answers.status(
            self._meters.all,
            self._uptime_s(),
            self.modbus(),
            self._people.urls,
            [*self._keeper.failures, *self._audit.failures, *self._history.failures],
            str(self._file.report or ""),
            self._people.page_access(),
            self.listeners(),
            self._people.fingerprint,
            self._outputs.states,
        )

    def modbus(self) -> api_modbus.Modbus:
        """Clients, counters and the last requests; those of other servers under "tls" and "maps"."""
        from han2x.app import answers

        return answers.modbus(*self._modbus.snapshots())

    async def metrics(self) -> bytes:
        """All of it in Prometheus's text format."""
        from han2x.app import metrics

        temperature = self._facts(self._clock()).temperature_c
        facts = metrics.facts(await asyncio.to_thread(self._gateway_id), self._uptime_s(), temperature)
        return await metrics.metrics(facts, self.modbus(), self._outputs.states, self._meters.all, self._telegrams.of)

    def for_outputs(self, store: Store) -> Gateway:
        """The gateway that outputs speak for; may wait for the disk the first time."""
        from han2x.outputs import Gateway

        return Gateway(
            self._gateway_id(),
            __version__,
            self._clock,
            meters=lambda: self._meters.all,
            page_url=lambda: next(iter(self._people.urls), ""),
            modbus_port=lambda: next((port for _, port in self._modbus.addresses), None),
            listeners=self.listeners,
            store=store,
            name=lambda: self._file.settings.device.name.strip(),
        )

    def _uptime_s(self) -> float:
        return self._clock() - self._clock.started
