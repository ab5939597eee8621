"""What may be asked of the history, as `han2x.web.HistoryControl` has it."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from msgspec import UNSET, UnsetType

from han2x.api.base import to_json
from han2x.api.history import (
    MOST_POINTS,
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    HighestHour,
    History,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    VoltagePhase,
    VoltageQuery,
    VoltageWeek,
)
from han2x.app import history_state
from han2x.app.history_asked import Asked, asked_of
from han2x.app.history_keeping import HistoryKeeping, Remembered
from han2x.app.protocols import ForPage
from han2x.app.time_zone import name_of_zone
from han2x.faults import reason, told
from han2x.history import By
from han2x.history_file import export, highest
from han2x.history_file.backup import Packer
from han2x.history_file.faults import BackupError, HistoryFault
from han2x.history_file.pending import Rows
from han2x.history_file.points import spans as told_spans
from han2x.history_file.points import steps
from han2x.history_file.reading import Source
from han2x.history_file.series import Series
from han2x.history_file.spans import back, local, spans
from han2x.meters.clock import Zone, central_european
from han2x.web.control import ConflictError, InvalidValuesError, MissingError

Result = TypeVar("Result")

_NO_POINTS: Final = b"[]"


class HistoryAnswers:
    """Answers from what `keeping` has."""

    def __init__(self, gateway: ForPage, keeping: HistoryKeeping) -> None:
        self._gateway = gateway
        self._keeping = keeping

    async def points(self, asked: HistoryQuery) -> bytes:
        zone = self._zone(asked.unit)
        found = asked_of(asked, zone, int(time.time()))

        def work(source: Source) -> bytes:
            within = found.within(source)
            if within is None:
                return _NO_POINTS
            if found.count(*within) > MOST_POINTS:
                raise TooLongError
            if found.shape.step_s:
                return steps(source, found.shape, *within)
            return told_spans(source, found.shape, found.spans(*within), found.now)

        try:
            points = await self._read(asked.unit, work)
        except TooLongError:
            raise InvalidValuesError.of({"begin": HistoryFault("history-too-long", most=MOST_POINTS)}) from None
        return _with_points(asked.unit, found, self._zone_name(), points)

    async def capacity(self, asked: CapacityQuery) -> list[CapacityMonth]:
        zone, now = self._zone(asked.unit), int(time.time())
        wanted = spans("month", back("month", now, asked.months, zone), now, zone)
        months = await self._read(asked.unit, lambda source: highest.months(source, wanted, zone))
        first = next((place for place, month in enumerate(months) if month.hours_known), len(months))
        return [_capacity(month, zone, now) for month in months[first:]]

    async def voltage(self, asked: VoltageQuery) -> list[VoltageWeek]:
        zone, now = self._zone(asked.unit), int(time.time())
        wanted = spans("week", back("week", now, asked.weeks, zone), now, zone)
        weeks = await self._read(asked.unit, lambda source: highest.weeks(source, wanted))
        return [
            VoltageWeek(begin=local(span.begin, zone).isoformat(), phases=[_phase(phase, zone) for phase in phases])
            for span, phases in weeks
        ]

    async def state(self) -> HistoryState:
        return await history_state.state(self._keeping, self._zone_name())

    async def export(self, asked: ExportQuery) -> AsyncIterator[bytes]:
        keeping = self._keeping
        series = await self._series(asked.unit, asked.series)
        zone = self._zone(asked.unit) if asked.series is UNSET else self._default_zone()
        now = int(time.time())
        begin = 0 if asked.begin is UNSET else asked.begin
        end = now + 3600 if asked.end is UNSET else asked.end
        wanted = export.Wanted(asked.resolution, begin, end, asked.format, zone)
        fresh = self._fresh(series)

        async def lines() -> AsyncIterator[bytes]:
            yield export.header(wanted)
            ranges = await keeping.read(series, fresh, lambda source: list(export.pieces(source, wanted)))
            for of_range in ranges:
                yield await keeping.read(series, fresh, lambda source: export.lines(source, wanted, *of_range, now))  # noqa: B023

        return lines()

    async def delete(self, asked: HistoryDeletion) -> None:
        series = await self._series(asked.unit, asked.series)
        try:
            await self._gateway.history.delete(series.id or 0, None if asked.before is UNSET else asked.before)
        except OSError as error:
            raise ConflictError(str(self._keeping.fault or told(error)), code="not-stored") from None
        except LookupError as error:
            raise MissingError(str(error)) from None

    async def backup(self) -> AsyncIterator[bytes]:
        keeping = self._keeping
        await keeping.write()
        packer, nobody = Packer(), Series(None)

        async def pieces() -> AsyncIterator[bytes]:
            while piece := await keeping.read(nobody, {}, packer.next):
                yield piece

        return pieces()

    async def restore(self, packed: AsyncIterator[bytes]) -> HistoryRestored:
        keeping = self._keeping
        try:
            with tempfile.TemporaryFile(dir=self._gateway.state_dir, buffering=0) as file:
                async for piece in packed:
                    await asyncio.to_thread(file.write, piece)
                rows = await keeping.in_write_thread(keeping.file.restore, file.fileno())
        except BackupError as error:
            fault = error.fault
            raise ConflictError(str(fault), code=fault.code, values=fault.values) from None
        except OSError as error:
            raise ConflictError(f"the history cannot be written: {reason(error)}", code="not-stored") from None
        self._gateway.audit.record("history-restored", after=rows)
        return HistoryRestored(rows=rows)

    async def _read(self, unit: int, work: Callable[[Source], Result]) -> Result:
        remembered = self._of_unit(unit)
        return await self._keeping.read(remembered.series, self._keeping.fresh(remembered), work)

    async def _series(self, unit: int | UnsetType, number: int | UnsetType) -> Series:
        if number is UNSET:
            if unit is UNSET:
                raise InvalidValuesError({"unit": "is needed"}, codes={"unit": {"code": "missing"}})
            return self._of_unit(unit).series
        found = await self._keeping.in_write_thread(self._keeping.file.series)
        for series in found:
            if series.id == number:
                return series
        raise MissingError(f"there is no series {number}")

    def _fresh(self, series: Series) -> Rows:
        remembered = self._keeping.of_unit(series.unit) if series.unit is not None else None
        return self._keeping.fresh(remembered) if remembered is not None else {}

    def _of_unit(self, unit: int) -> Remembered:
        remembered = self._keeping.of_unit(unit)
        if remembered is None:
            raise MissingError(f"no meter has the unit id {unit}")
        return remembered

    def _zone(self, unit: int) -> Zone:
        for meter in self._gateway.meters:
            if meter.config.unit == unit:
                return meter.config.zone
        raise MissingError(f"no meter has the unit id {unit}")

    def _default_zone(self) -> Zone:
        return next((meter.config.zone for meter in self._gateway.meters), central_european)

    def _zone_name(self) -> str:
        return name_of_zone(self._gateway.effective.settings.device.time_zone)


class TooLongError(Exception):
    """More points were asked for than one answer has."""


def _with_points(unit: int, found: Asked, zone: str, points: bytes) -> bytes:
    """A `History` with points that are JSON already."""
    shape = found.shape
    empty = to_json(
        History(unit=unit, resolution=found.resolution, step_s=shape.step_s, zone=zone, columns=shape.names, points=[])
    )
    beginning, _, end = empty.rpartition(_NO_POINTS)
    return b"".join((beginning, points, end))


def _capacity(month: highest.Month, zone: Zone, now: int) -> CapacityMonth:
    return CapacityMonth(
        month=f"{local(month.span.begin, zone):%Y-%m}",
        highest=[
            HighestHour(
                begin=local(high.begin, zone).isoformat(),
                wh=high.wh,
                by="meter" if high.by is By.METER else "estimated",
            )
            for high in month.highest
        ],
        mean_wh=month.mean_wh,
        hours=max(-((month.span.begin - min(month.span.end, now)) // 3600), 0),
        hours_known=month.hours_known,
    )


def _phase(phase: highest.Phase, zone: Zone) -> VoltagePhase:
    return VoltagePhase(
        phase=phase.phase,
        lowest_v=round(phase.lowest / 1000, 1),
        lowest_at=local(phase.lowest_at, zone).isoformat(),
        highest_v=round(phase.highest / 1000, 1),
        highest_at=local(phase.highest_at, zone).isoformat(),
        minutes=phase.minutes,
        minutes_low=phase.below,
        minutes_high=phase.above,
    )
