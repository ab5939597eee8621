"""Writes what must survive a restart: meters' states when they are due, scaling factors before they are acknowledged.

Writing waits for the disk, which can take seconds, and therefore happens in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from han2x import settings
from han2x.gateway.keeping import Saved, kept_name
from han2x.gateway.meter import Meter
from han2x.settings import KnownFile, Settings
from han2x.store import Store

log = logging.getLogger("han2x.keeper")

FACTOR_RETRY_S: Final = 600.0

Result = TypeVar("Result")


class Keeper:
    """Keeps every meter's state in the state directory, and the scaling factors in the settings file.

    `meters` are those that there are at the moment, `place_of` says where in the settings file a meter stands (None for
    one that is not there), and `on_settings` is called with what the file says after a factor was written. `known` is
    told of every factor written. Whoever changes the settings file holds `editing`.
    """

    def __init__(
        self,
        store: Store,
        settings_file: Path,
        *,
        meters: Callable[[], Iterable[Meter]],
        place_of: Callable[[Meter], int | None],
        on_settings: Callable[[Settings], None] = lambda _settings: None,
        known: KnownFile | None = None,
    ) -> None:
        self.editing = asyncio.Lock()
        self._saving = asyncio.Lock()  # one at a time, lest an older state or number gets the better of a newer one
        self._store = store
        self._settings_file = settings_file
        self._meters = meters
        self._place_of = place_of
        self._on_settings = on_settings
        self._known = known or KnownFile(settings_file)
        self._state_due = asyncio.Event()
        self._factor_due = asyncio.Event()
        self._changed: dict[Meter, None] = {}  # in the order of the writes
        self._written: asyncio.Future[None] | None = None
        self._left: set[int] = set()
        self._given_up = False
        self._factor_failure: str | None = None

    @property
    def failures(self) -> list[str]:
        """Why a restart would lose something; empty while it would not."""
        return [*self._store.failures, *filter(None, [self._factor_failure])]

    def wake(self) -> None:
        """A meter has something to keep."""
        self._state_due.set()

    def keep_factor(self, meter: Meter) -> None:
        """Write the meter's scaling factor, which has just changed, into the settings file."""
        if self._place_of(meter) is None:
            log.info("%s is not in the settings file, so its scaling factor will not survive a restart", meter.label)
            return
        self._changed[meter] = None
        self._factor_due.set()

    def factor_written(self) -> asyncio.Future[None] | None:
        """What ends when every factor of now is on the disk, or cannot be had there; None when all are already."""
        if not self._changed or self._given_up:
            return None
        self._factor_due.set()  # what failed before is tried again, for now somebody waits for it
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        return self._written

    async def run_states(self) -> None:
        """Write the meters' states whenever they are due, until cancelled."""
        while True:
            await self._state_due.wait()
            self._state_due.clear()
            for meter in list(self._meters()):
                async with self._saving:
                    if self._keeps(meter) and meter.must_be_kept(meter.clock()):
                        await self._save(meter)
            self.log_messages()

    async def run_factors(self) -> None:
        """Write scaling factors whenever there are new ones, until cancelled; what cannot be written is tried again."""
        while True:
            wait_s = FACTOR_RETRY_S if self._factor_failure else None
            try:
                await asyncio.wait_for(self._factor_due.wait(), wait_s)
            except TimeoutError:
                log.debug("trying again to write the scaling factors")
            async with self.editing:
                await self.write_factors()

    async def write_factors(self) -> None:
        """Write the factors that are not on the disk yet; for who holds `editing`."""
        self._factor_due.clear()
        changed, self._changed = self._changed, {}
        written, self._written = self._written, None
        factors = self._factors(changed)
        try:
            self._stored(factors, await _seen_through(partial(self._store_factors, factors)))
        finally:
            if written is not None:
                written.set_result(None)

    async def rename(self, meters: Iterable[Meter]) -> None:
        """Keep meters under the unit ids that they have got."""
        async with self._saving:
            for meter in list(meters):
                await self._save(meter)

    def leave(self, units: Iterable[int]) -> None:
        """These unit ids are nobody's for now: see `forget_left`."""
        self._left.update(units)

    async def forget_left(self) -> None:
        """Forget what was kept of the unit ids that are nobody's, now that the settings are what they are."""
        left, self._left = self._left, set()
        await self.forget(left - {meter.config.unit for meter in self._meters()})

    async def forget(self, units: Iterable[int]) -> None:
        """Forget what was kept under these unit ids."""
        async with self._saving:
            for unit in units:
                await asyncio.to_thread(self._store.forget, kept_name(unit))
        self.log_messages()

    @asynccontextmanager
    async def giving_up(self) -> AsyncIterator[None]:
        """Write nothing any more once what is under way is written: within, everything is forgotten.

        Where that raises, all goes on as before.
        """
        self._given_up = True
        try:
            async with self.editing:
                async with self._saving:
                    pass
                yield
        except BaseException:
            self._given_up = False
            raise

    def finish(self) -> None:
        """Write everything that is not yet written, and wait for the disk."""
        if self._given_up:
            return
        factors = self._factors(self._changed)
        self._stored(factors, self._store_factors(factors))
        for meter in self._meters():
            if meter.state.revision:
                meter.keep(self._store, running=False)
        self.log_messages()

    def log_messages(self) -> None:
        """Tell what went wrong with what is kept since the last time."""
        for message in self._store.take_messages():
            log.warning("%s", message)

    def _keeps(self, meter: Meter) -> bool:
        return not self._given_up and meter in self._meters()

    async def _save(self, meter: Meter) -> None:
        saved = Saved.FAILED
        try:
            document = meter.document(running=True)
            saved = await _seen_through(partial(self._store.save, kept_name(meter.config.unit), document))
        finally:
            meter.kept(saved)

    def _factors(self, changed: Iterable[Meter]) -> dict[Meter, tuple[int, int]]:
        """Place in the file and factor in force, of the meters that stand in the file; none once it is given up."""
        if self._given_up:
            return {}
        places = ((meter, self._place_of(meter)) for meter in changed)
        return {meter: (place, meter.bank.factor.active) for meter, place in places if place is not None}

    def _store_factors(self, factors: Mapping[Meter, tuple[int, int]]) -> Settings | None:
        """Write them; the settings that the file then has, or None when it cannot be written. Waits for the disk."""
        if not factors:
            return None
        changes: dict[tuple[str | int, ...], int] = {
            ("meters", place, "scaling_factor"): value for place, value in factors.values()
        }
        report = settings.mend(self._settings_file, self._known)
        if report is not None:
            log.warning("%s", report)
        try:
            # A file that somebody left with mistakes may count its meters otherwise than we do.
            settings.load(self._settings_file)
            new = settings.set_values(self._settings_file, changes)
            self._known.note()
        except settings.SettingsError as error:
            failure = f"the scaling factor is in force, but would not survive a restart: {error}"
            log.log(logging.DEBUG if failure == self._factor_failure else logging.ERROR, "%s", failure)
            self._factor_failure = failure
            return None
        if self._factor_failure:
            log.info("the scaling factor is kept again")
        self._factor_failure = None
        return new

    def _stored(self, factors: Mapping[Meter, tuple[int, int]], new: Settings | None) -> None:
        if new is None:
            self._changed = dict.fromkeys(factors) | self._changed
            return
        for meter, (_, value) in factors.items():
            meter.factor_stored(value)
        self._on_settings(new)


async def _seen_through(work: Callable[[], Result]) -> Result:
    """Work done in a thread. Who is cancelled meanwhile is so afterwards: the thread could not be stopped, and what it
    writes late would replace what is newer.
    """
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    cancelled = False
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            cancelled = True
    task = asyncio.current_task()
    if cancelled and task is not None:
        task.cancel()
    return doing.result()
