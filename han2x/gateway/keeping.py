"""When a meter's state is written: seldom enough for an SD card, soon enough for a power cut.

Pure: whoever has the disk asks `Keeping.is_due`, writes the document, and reports what became of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final, Protocol

EVERY_S: Final = 60.0
"""How often a meter that sends telegrams is written, when nothing asks for it sooner."""
MOST_A_MINUTE: Final = 12
"""How often it is written at most: a meter asks for some writes an hour, a hostile line for one with each telegram."""


class Saved(Enum):
    """What became of a save."""

    WRITTEN = auto()
    UNCHANGED = auto()
    FAILED = auto()


class Store(Protocol):
    """Named JSON documents that survive a restart; `han2x.store` has them on a disk. Each call may wait for it."""

    def load(self, name: str) -> dict[str, Any] | None: ...
    def save(self, name: str, data: Mapping[str, Any]) -> Saved: ...
    def forget(self, name: str) -> None: ...


def kept_name(unit: int) -> str:
    """The name under which the meter with this unit id is kept."""
    return f"meter-{unit}"


class Keeping:
    """When one meter is due to be written. `revision` is that of its state, `now` any steady scale of seconds."""

    def __init__(self) -> None:
        self._written_revision = 0
        self._written_at = float("-inf")
        self._writing: int | None = None
        self._ends: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def is_due(self, revision: int, now: float, *, soon: bool) -> bool:
        """Whether to write now: at once where something must not be lost, else every minute when something came.

        What must not be lost and is not written yet is not published either, so it can wait when there is too much.
        """
        if self._writing is not None:
            return False
        if soon and (len(self._ends) < MOST_A_MINUTE or now - self._ends[0] >= EVERY_S):
            return True
        return revision != self._written_revision and now - self._written_at >= EVERY_S

    def begins(self, revision: int) -> None:
        """A document of this revision is being written."""
        self._writing = revision

    def ended(self, saved: Saved, now: float) -> None:
        """It is written, or could not be: then the next attempt comes with the next minute."""
        if self._writing is not None and saved is not Saved.FAILED:
            self._written_revision = self._writing
        self._writing, self._written_at = None, now
        self._ends.append(now)
