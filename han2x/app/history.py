"""The history of all meters: remembered while it is switched on, and written seldom by a thread of its own.

Nothing of it is imported while it is switched off.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from han2x.app.audit import AuditTrail
from han2x.gateway.meter import Consumer, Meter
from han2x.model import Event, Reading

if TYPE_CHECKING:
    from han2x.app.history_keeping import HistoryKeeping, Remembered

log = logging.getLogger("han2x.history")

TICK_S: Final = 1.0
WRITTEN_S: Final = 300
"""How often rows are written."""
AFTER_S: Final = 30
"""So long after each five minutes of the clock: an hour that has just ended is written with them."""
LEAST_S: Final = WRITTEN_S - 5.0
"""How long after the last time at least, whatever the clock does; a tick comes late now and then."""


class History:
    """What is remembered of the meters that `meters` gives, in a file of the state directory.

    `clock` is the meters' own. What goes wrong here is told in `failures` and stops nothing else.
    """

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], float],
        meters: Callable[[], Sequence[Meter]],
        audit: AuditTrail,
    ) -> None:
        self.keeping: HistoryKeeping | None = None
        self.given_up = False
        self._directory = directory
        self._clock = clock
        self._meters = meters
        self._audit = audit
        self._slot: int | None = None
        self._written = float("-inf")
        self._wanted = asyncio.Event()

    @property
    def failures(self) -> list[str]:
        """Why a restart would lose something of it."""
        fault = self.keeping.fault if self.keeping is not None else None
        return [] if fault is None else [str(fault)]

    def consumer(self, meter: Meter) -> Consumer:
        """What takes the readings of one meter."""
        remembered = self.keeping.begin(meter) if self.keeping is not None else None

        def take(event: Event, now: float) -> None:
            nonlocal remembered
            keeping = self.keeping
            if keeping is None:
                remembered = None
                return
            if remembered is None or remembered.keeping is not keeping:
                remembered = keeping.begin(meter)
            _take(remembered, event, now)

        return take

    def begin(self, *, enabled: bool) -> None:
        """Remember from now on what comes; it is written once `run` runs."""
        if enabled:
            self._make()

    async def run(self) -> None:
        """Bring together what is completed and write it, until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            if self.keeping is not None and not self.given_up:
                try:
                    await self._tick(self.keeping)
                except Exception:
                    log.exception("the history does not go on because of a fault in this program")
                    await asyncio.sleep(WRITTEN_S)

    async def change(self, *, enabled: bool) -> None:
        """The meters are others now, or it is switched on or off."""
        keeping = self.keeping
        if enabled and keeping is None:
            self._make()
        elif keeping is not None and not enabled:
            await keeping.write(stopping=True)
            self.keeping = None
            await keeping.close()
        elif keeping is not None:
            await keeping.arrange(self._meters())

    async def settle(self) -> None:
        """The settings are what they are: rows of meters that are gone are nobody's from now on."""
        if self.keeping is not None:
            await self.keeping.settle()

    @contextmanager
    def giving_up(self) -> Iterator[None]:
        """Write nothing any more: within, everything is forgotten. Where that raises, all goes on as before."""
        self.given_up = True
        try:
            yield
        except BaseException:
            self.given_up = False
            raise

    async def delete(self, series: int, before: int | None) -> None:
        """Delete what a series has that began before a moment, or all of it.

        Raises:
            LookupError: there is no such series.
            OSError: it cannot be deleted.
        """
        from han2x.app.history_keeping import delete

        what = await delete(self.keeping, self._directory, series, before)
        self._audit.record("history-deleted", what, after=before)

    async def delete_asked(self, asked: Mapping[str, object]) -> dict[str, object]:
        """The same for a command on this computer, which says `series` and `before`.

        Raises:
            ValueError: it says something else.
        """
        series, before = asked.get("series"), asked.get("before")
        if not isinstance(series, int) or not (before is None or isinstance(before, int)):
            raise ValueError("series and before are whole numbers")
        await self.delete(series, before)
        return {}

    async def forget(self) -> None:
        """Have nothing of it any more, on the disk or elsewhere.

        Raises:
            OSError: the file cannot be removed.
        """
        from han2x.app.history_keeping import forget

        await forget(self.keeping, self._directory)

    def finish(self) -> None:
        """Write what is not written yet, and wait for the disk."""
        if self.keeping is not None:
            self.keeping.finish(write=not self.given_up)

    def _make(self) -> None:
        from han2x.app.history_keeping import HistoryKeeping

        self.keeping = HistoryKeeping(self._directory)
        for meter in self._meters():
            self.keeping.begin(meter)

    async def _tick(self, keeping: HistoryKeeping) -> None:
        if not keeping.opened:
            await keeping.open()
        keeping.gather(self._clock())
        if self._is_due():
            await keeping.write()

    def _is_due(self) -> bool:
        """Whether another five minutes of the clock are over."""
        slot, now = int(time.time() - AFTER_S) // WRITTEN_S, time.monotonic()
        if self._slot is None:
            self._slot = slot
        if slot == self._slot or now - self._written < LEAST_S:
            return False
        self._slot, self._written = slot, now
        return True


def _take(remembered: Remembered, event: Event, now: float) -> None:
    remembered.history.take(event, now)
    if isinstance(event, Reading) and event.meter_id is not None:
        remembered.series.meter_id = event.meter_id
