"""What the page may ask of the history, as `han2x.web.HistoryControl` has it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import UNSET

from han2x.api.base import to_json
from han2x.api.history import (
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    History,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    VoltageQuery,
    VoltageWeek,
)
from han2x.app.protocols import ForPage
from han2x.gateway.history import STEP_S
from han2x.web.control import ConflictError, MissingError


class HistoryAnswers:
    """The last day in memory; nothing longer is kept yet."""

    def __init__(self, gateway: ForPage) -> None:
        self._gateway = gateway

    async def points(self, asked: HistoryQuery) -> bytes:
        meter = next((each for each in self._gateway.meters if each.config.unit == asked.unit), None)
        if meter is None:
            raise MissingError(f"no meter has the unit id {asked.unit}")
        if asked.resolution is not UNSET:
            raise ConflictError("no history is kept")
        points = meter.history.points(self._gateway.clock(), 24 if asked.hours is UNSET else asked.hours)
        return to_json(
            History(
                unit=asked.unit,
                resolution="minute",
                step_s=STEP_S,
                zone="",
                columns=["begin", "import_w", "export_w"],
                points=[list(point) for point in points],
            )
        )

    async def capacity(self, asked: CapacityQuery) -> list[CapacityMonth]:
        raise ConflictError("no history is kept")

    async def voltage(self, asked: VoltageQuery) -> list[VoltageWeek]:
        raise ConflictError("no history is kept")

    async def state(self) -> HistoryState:
        return HistoryState(enabled=False, fault=None, octets=0, written_at=None, meters=[])

    async def export(self, asked: ExportQuery) -> AsyncIterator[bytes]:
        raise ConflictError("no history is kept")

    async def delete(self, asked: HistoryDeletion) -> None:
        raise ConflictError("no history is kept")

    async def backup(self) -> AsyncIterator[bytes]:
        raise ConflictError("no history is kept")

    async def restore(self, packed: AsyncIterator[bytes]) -> HistoryRestored:
        raise ConflictError("no history is kept")
