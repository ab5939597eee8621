"""The meters that run: made from the settings, and changed while the others go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from han2x.app.audit import AuditTrail
from han2x.app.keeper import Keeper
from han2x.app.options import Effective
from han2x.app.readers import Readers
from han2x.gateway.config import MeterConfig
from han2x.gateway.keeping import Store
from han2x.gateway.meter import Meter, Output
from han2x.registers import DeviceFacts

log = logging.getLogger("han2x")


class Meters:
    """All meters in the order of the settings; `effective` is what they run with.

    `outputs` take each meter's readings besides its own parts.
    """

    def __init__(
        self,
        effective: Effective,
        clock: Callable[[], float],
        store: Store,
        facts: Callable[[float], DeviceFacts],
        audit: AuditTrail,
        outputs: Sequence[Output] = (),
    ) -> None:
        self.effective = effective
        self.all: list[Meter] = []
        self._clock = clock
        self._store = store
        self._facts = facts
        self._audit = audit
        self._outputs = outputs
        self._readers: Readers | None = None
        self.keeper: Keeper | None = None
        self.all = [self._new(effective.meter(place)) for place in range(len(effective.settings.meters))]

    def place_in_file(self, meter: Meter) -> int | None:
        """Where in the settings file a meter stands; None for one that the command line added."""
        place = self.all.index(meter) if meter in self.all else None
        return place if place is not None and place < self.effective.in_file else None

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Read all lines, in tasks of the group."""
        self._readers = Readers(group)
        for place, meter in enumerate(self.all):
            self._readers.begin(meter, self.effective.simulated.get(place))

    @property
    def readers(self) -> Sequence[asyncio.Task[object]]:
        """The tasks that should be running."""
        return self._readers.tasks if self._readers is not None else []

    def end(self) -> None:
        """Stop reading all lines."""
        if self._readers is not None:
            self._readers.cancel()

    async def change(self, new: Effective) -> None:
        """Run with other settings. A meter that is still there goes on; only a line that changed is opened again."""
        configs = [new.meter(place) for place in range(len(new.settings.meters))]
        kept = _paired(self.all, configs)
        simulated = {meter: self.effective.simulated.get(place) for place, meter in enumerate(self.all)}
        units = {meter: meter.config.unit for meter in self.all}
        places = {meter: meter.config.place for meter in self.all}
        for meter in self.all:
            if meter not in kept.values():
                await self._stop_reading(meter)
        self.effective = new
        reopened = {meter for place, meter in kept.items() if meter.change(configs[place])}
        if self.keeper is not None:
            await self.keeper.rename(meter for meter in kept.values() if units[meter] != meter.config.unit)
            left = set(units.values()) - {meter.config.unit for meter in kept.values()}
            # Before the new meters are made: one that begins under an old number has nothing of who had it.
            await self.keeper.forget(left & {config.unit for config in configs})
            self.keeper.leave(left)
        self.all = [kept.get(place) or self._new(config) for place, config in enumerate(configs)]
        for place, meter in enumerate(self.all):
            kind = new.simulated.get(place)
            if meter not in units:
                self._read(meter, kind)
            elif meter in reopened or simulated[meter] != kind:
                await self._begin_again(
                    meter, kind, stays=places[meter] == meter.config.place and simulated[meter] == kind
                )

    def _read(self, meter: Meter, simulated: str | None) -> None:
        if self._readers is not None:
            self._readers.begin(meter, simulated)

    async def _begin_again(self, meter: Meter, simulated: str | None, *, stays: bool) -> None:
        """Decode with other keys or scales, or read another line; a port that `stays` is not closed for it."""
        if stays and self._readers is not None:
            meter.renew_line()
            if self._readers.go_on(meter):
                return
        await self._stop_reading(meter)
        meter.renew_line()
        self._read(meter, simulated)

    async def _stop_reading(self, meter: Meter) -> None:
        if self._readers is not None:
            await self._readers.end(meter)

    def _factor_changed(self, meter: Meter, before: int, after: int) -> None:
        self._audit.record("factor", f"unit {meter.config.unit}", before=before, after=after)
        if self.keeper is not None:
            self.keeper.keep_factor(meter)

    def _new(self, config: MeterConfig) -> Meter:
        meter = Meter(
            config,
            self._clock,
            store=self._store,
            facts=self._facts,
            on_factor=lambda before, after: self._factor_changed(meter, before, after),
            wake=lambda: self.keeper.wake() if self.keeper is not None else None,
            outputs=self._outputs,
        )
        return meter


def _paired(meters: Sequence[Meter], configs: Sequence[MeterConfig]) -> dict[int, Meter]:
    """Which meter goes on at which place: that on the same port, else with the same unit id, else at the same place."""
    left = list(meters)
    paired: dict[int, Meter] = {}

    def pair(alike: Callable[[int, MeterConfig, Meter], bool]) -> None:
        for place, config in enumerate(configs):
            found = next((meter for meter in left if place not in paired and alike(place, config, meter)), None)
            if found is not None:
                paired[place] = found
                left.remove(found)

    pair(lambda _, config, meter: config.port != "" and config.port == meter.config.port)
    pair(lambda _, config, meter: config.unit == meter.config.unit)
    if len(configs) == len(meters):
        pair(lambda place, _, meter: meters[place] is meter)
    return paired
