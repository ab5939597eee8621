"""Changes that repeat, as of somebody who writes a factor all the time: beyond a bound they are one line an hour.

Otherwise they would push every other change out of the record, which is bounded too. Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MOST_ALIKE: Final = 60
"""Changes of a kind that are recorded one by one in an hour."""
PERIOD_S: Final = 3600.0
MOST_KINDS: Final = 200

Entry = Mapping[str, Any]


@dataclass(slots=True)
class _Kind:
    since: float
    count: int = 0
    first: Entry | None = None
    last: Entry | None = None


class Repeats:
    """Lets through what is to be recorded, and sums up the rest. `now` is any steady scale of seconds."""

    def __init__(self) -> None:
        self._kinds: dict[Hashable, _Kind] = {}

    def waiting(self) -> bool:
        """Whether something is still to be summed up."""
        return any(kind.last is not None for kind in self._kinds.values())

    def take(self, key: Hashable, entry: Entry, now: float) -> Iterator[Entry]:
        """What to record now that this has come: it, or nothing; and what is over."""
        yield from self.over(now)
        if key not in self._kinds and len(self._kinds) >= MOST_KINDS:
            yield from self._sum_up(next(iter(self._kinds)))
        kind = self._kinds.setdefault(key, _Kind(now))
        kind.count += 1
        if kind.count <= MOST_ALIKE:
            yield entry
            return
        kind.first, kind.last = kind.first or entry, entry

    def over(self, now: float) -> Iterator[Entry]:
        """The sums of the hours that are over."""
        for key in [key for key, kind in self._kinds.items() if now - kind.since >= PERIOD_S]:
            yield from self._sum_up(key)

    def rest(self) -> Iterator[Entry]:
        """All sums, as the program ends."""
        for key in list(self._kinds):
            yield from self._sum_up(key)

    def _sum_up(self, key: Hashable) -> Iterator[Entry]:
        """One line for what was not recorded: by whoever came last, from the first value to the last."""
        kind = self._kinds.pop(key)
        if kind.first is not None and kind.last is not None:
            yield {**kind.last, "before": kind.first["before"], "times": kind.count - MOST_ALIKE}
