"""The history while it is switched on: rows of each meter, those that wait to be written, and who reads and writes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from han2x.faults import because
from han2x.gateway.meter import Meter
from han2x.history import MeterHistory, Minute, VoltageHour
from han2x.history_file.faults import HistoryFault
from han2x.history_file.pending import Pending, Rows, rows_of
from han2x.history_file.reading import DamagedError, HistoryReader, Source
from han2x.history_file.series import Series
from han2x.history_file.writing import HistoryFile

log = logging.getLogger("han2x.history")

RESUMED_S: Final = 40 * 86400
"""Hours of so long ago are what `MeterHistory` goes on from."""
RETRY_S: Final = 300.0

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One meter, whose rows are made by `history` and go into `series`."""

    keeping: HistoryKeeping
    meter: Meter
    history: MeterHistory
    series: Series


class HistoryKeeping:
    """Begins with the file that there is, opened by `open`. `fault` is what keeps rows from the disk."""

    def __init__(self, directory: Path) -> None:
        self.fault: HistoryFault | None = None
        self.opened = False
        self.written_at: float | None = None
        self.file = HistoryFile(directory)
        self._reader = HistoryReader(self.file.path)
        self._of: dict[Meter, Remembered] = {}
        self._left: dict[int, Series] = {}
        self._pending = Pending()
        self._arranged: list[tuple[int | None, str, str | None]] = []
        self._retry_at = float("-inf")
        self._writing = asyncio.Lock()
        self._write_thread = ThreadPoolExecutor(1, "history-write")
        self._read_thread = ThreadPoolExecutor(1, "history-read")

    def begin(self, meter: Meter) -> Remembered:
        """Remember a meter from now on."""
        known = self._of.get(meter)
        if known is not None:
            return known
        unit = meter.config.unit
        series = self._left.pop(unit, None) or Series(unit, meter.config.name, since=int(time.time()))
        history = MeterHistory(meter.state, lambda: meter.bank.factor.active)
        self._of[meter] = remembered = Remembered(self, meter, history, series)
        return remembered

    def of_unit(self, unit: int) -> Remembered | None:
        """The meter with this unit id."""
        return next((each for each in self._of.values() if each.meter.config.unit == unit), None)

    async def open(self, since: int | None = None) -> None:
        """Open the file and go on from its hours; where it cannot be had, that is tried again from time to time.

        Those hours are of the last 40 days, or begin at the moment `since` or later.
        """
        if time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + RETRY_S
        since = int(time.time()) - RESUMED_S if since is None else since
        try:
            await self._arrange()
            for each in list(self._of.values()):
                each.history.resume(await self.in_write_thread(self.file.hours, each.series, since))
        except OSError as error:
            self._failed(error)
            return
        self.opened = True
        self.fault = None

    def gather(self, now: float) -> None:
        """Take the rows that were completed up to the moment `now` of the meters' clock."""
        for each in self._of.values():
            each.history.tick(now)
            self._pending.add(each.series, each.history.taken())

    async def write(self, *, stopping: bool = False) -> None:
        """Write the rows that wait; those that cannot be written go on waiting."""
        async with self._writing:
            if stopping:
                self._gather_last()
            rows, series = self._pending.all(), self._changed()
            if not rows and not series:
                return
            try:
                await self.in_write_thread(self._write, rows, series)
            except OSError as error:
                self._failed(error)
                return
            self._wrote(rows)

    async def arrange(self, meters: Sequence[Meter]) -> None:
        """These are the meters now. Rows of one that is gone keep its unit id until `settle`, or another takes that."""
        for meter in [meter for meter in self._of if meter not in meters]:
            gone = self._of.pop(meter)
            gone.history.tick(meter.clock())
            self._pending.add(gone.series, gone.history.taken())
            self._left[gone.series.unit or 0] = gone.series
        for each in self._of.values():
            each.series.unit, each.series.name = each.meter.config.unit, each.meter.config.name
        taken = {each.series.unit for each in self._of.values()}
        await self._leave([unit for unit in self._left if unit in taken])

    async def settle(self) -> None:
        """Rows of meters that are gone are nobody's from now on."""
        await self._leave(list(self._left))

    async def read(self, series: Series, fresh: Rows, work: Callable[[Source], Result]) -> Result:
        """Do `work` with what there is of a series, in a thread that only reads.

        Raises:
            OSError: the file cannot be read.
        """
        read = asyncio.get_running_loop().run_in_executor
        try:
            return await read(self._read_thread, self._reader.asked, series.id, fresh, work)
        except DamagedError:
            await self.in_write_thread(self.file.mend)
            return await read(self._read_thread, self._reader.asked, series.id, fresh, work)

    def fresh(self, remembered: Remembered) -> Rows:
        """A meter's rows that are not on the disk, and those in progress."""
        rows = self._pending.of(remembered.series)
        for table, present in rows_of(remembered.history.present()).items():
            rows.setdefault(table, {}).update(present)
        return rows

    async def in_write_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Do something with the file; raises what that raises."""
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, work, *arguments)

    def forget_pending(self, series: int, before: int | None) -> None:
        """Forget what waits of a series that began before a moment, or all."""
        for each in self._all():
            if each.id == series:
                self._pending.forget(each, before)

    async def forget_all(self) -> None:
        """Have nothing any more. Raises OSError: the file cannot be removed."""
        async with self._writing:
            self._pending.forget_all()
            await self.in_write_thread(self.file.forget)
            for each in self._of.values():
                each.series.id = None

    async def close(self) -> None:
        """Let go of the file."""
        await self.in_write_thread(self.file.close)
        self._end_threads()

    def finish(self, *, write: bool) -> None:
        """Write what waits, let go of the file, and wait for the disk: the last that is done."""
        if write:
            self._gather_last()
            rows = self._pending.all()
            try:
                if rows:
                    self._write_thread.submit(self._write, rows, self._changed()).result()
            except OSError as error:
                self._failed(error)
        self._write_thread.submit(self.file.close).result()
        self._end_threads()

    def _end_threads(self) -> None:
        self._read_thread.submit(self._reader.close).result()
        self._read_thread.shutdown()
        self._write_thread.shutdown()

    def _gather_last(self) -> None:
        """What is in progress and would be lost: energies are known again after a restart, minutes are not."""
        for each in self._of.values():
            now = each.meter.clock()
            each.history.tick(now)
            self._pending.add(each.series, each.history.taken())
            present = [row for row in each.history.present() if isinstance(row, Minute | VoltageHour)]
            self._pending.add(each.series, present)

    async def _leave(self, units: Iterable[int]) -> None:
        gone = [self._left.pop(unit) for unit in units]
        for series in gone:
            series.unit = None
        if self.opened and (gone or self._names() != self._arranged):
            try:
                await self._arrange(gone)
            except OSError as error:
                self._failed(error)

    async def _arrange(self, gone: Sequence[Series] = ()) -> None:
        await self.in_write_thread(self.file.arrange, [*self._all(), *gone])
        self._arranged = self._names()

    def _all(self) -> list[Series]:
        return [*(each.series for each in self._of.values()), *self._left.values()]

    def _names(self) -> list[tuple[int | None, str, str | None]]:
        return [(series.unit, series.name, series.meter_id) for series in self._all()]

    def _changed(self) -> list[Series]:
        """All series, where one of them is told otherwise than the file has it."""
        return self._all() if self._names() != self._arranged else []

    def _write(self, rows: dict[Series, Rows], series: Sequence[Series]) -> None:
        self.file.write(rows, time.time(), series)

    def _wrote(self, rows: dict[Series, Rows]) -> None:
        self._pending.written(rows)
        self._arranged = self._names()
        self.written_at = time.time()
        if self.fault is not None:
            log.info("the history is written again")
        self.fault = None

    def _failed(self, error: OSError) -> None:
        code = "history-lost" if self._pending.lost else "history-not-written"
        fault = HistoryFault(code, file=self.file.path, **because(error))
        if fault != self.fault:
            log.warning("%s", fault)
        self.fault = fault


async def delete(keeping: HistoryKeeping | None, directory: Path, series: int, before: int | None) -> str:
    """Delete what a series has that began before a moment, or all; returns what it is called.

    Raises:
        LookupError: there is no such series.
        OSError: it cannot be deleted.
    """
    if keeping is not None:
        keeping.forget_pending(series, before)
        return await keeping.in_write_thread(deleted, keeping.file, series, before)
    file = HistoryFile(directory)
    try:
        return await asyncio.to_thread(deleted, file, series, before)
    finally:
        await asyncio.to_thread(file.close)


def deleted(file: HistoryFile, number: int, before: int | None) -> str:
    """Do that, and wait for the disk."""
    for series in file.series():
        if series.id == number:
            file.delete(number, before)
            return series.name or (f"unit {series.unit}" if series.unit is not None else f"series {number}")
    raise LookupError(f"there is no series {number}")


async def forget(keeping: HistoryKeeping | None, directory: Path) -> None:
    """Have nothing of the history any more. Raises OSError: the file cannot be removed."""
    if keeping is not None:
        await keeping.forget_all()
    else:
        await asyncio.to_thread(HistoryFile(directory).forget)
