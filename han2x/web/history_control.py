"""What is asked of the history; the composition root fulfils it, as it does `han2x.web.control`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from han2x.api.history import (
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    VoltageQuery,
    VoltageWeek,
)


class HistoryControl(Protocol):
    """The history. Any of these may raise a `RefusalError`, as those of `Control` may."""

    async def points(self, asked: HistoryQuery) -> bytes:
        """A `History` as JSON: long ones are written where that keeps nobody waiting."""

    async def capacity(self, asked: CapacityQuery) -> list[CapacityMonth]:
        """What a capacity charge goes by, the newest month last."""

    async def voltage(self, asked: VoltageQuery) -> list[VoltageWeek]:
        """The newest week last; weeks without a voltage are left out."""

    async def state(self) -> HistoryState: ...

    async def export(self, asked: ExportQuery) -> AsyncIterator[bytes]:
        """The lines of a file, in pieces."""

    async def delete(self, asked: HistoryDeletion) -> None: ...

    async def backup(self) -> AsyncIterator[bytes]:
        """All of it as one packed file, in pieces."""

    async def restore(self, packed: AsyncIterator[bytes]) -> HistoryRestored:
        """Take from such a file what is not there already, or nothing where something is wrong with it."""
