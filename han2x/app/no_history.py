"""What is returned of the history while it is switched off: that there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NoReturn

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
from han2x.web.control import ConflictError


class NoHistory:
    """A `HistoryControl` that has nothing."""

    async def points(self, asked: HistoryQuery) -> bytes:
        resolution = "minute" if asked.resolution is UNSET else asked.resolution
        return to_json(History(unit=asked.unit, resolution=resolution, step_s=0, zone="", columns=["begin"], points=[]))

    async def capacity(self, asked: CapacityQuery) -> list[CapacityMonth]:
        return []

    async def voltage(self, asked: VoltageQuery) -> list[VoltageWeek]:
        return []

    async def state(self) -> HistoryState:
        return HistoryState(enabled=False, fault=None, octets=0, written_at=None, zone="", meters=[])

    async def export(self, asked: ExportQuery) -> AsyncIterator[bytes]:
        _refuse()

    async def delete(self, asked: HistoryDeletion) -> None:
        _refuse()

    async def backup(self) -> AsyncIterator[bytes]:
        _refuse()

    async def restore(self, packed: AsyncIterator[bytes]) -> HistoryRestored:
        _refuse()


def _refuse() -> NoReturn:
    raise ConflictError("the history is switched off", code="history-off")
