"""Power over the last day, minute by minute, for the page's chart. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from han2x.model import Quantity, Reading

STEP_S: Final = 60
MINUTES: Final = 24 * 60

_QUANTITIES: Final = (Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT)

Point = tuple[int, float | None, float | None]


class History:
    """The mean import and export power of each of the last `MINUTES` minutes, in W."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=MINUTES)
        self._minute: int | None = None
        self._sums = [0, 0]
        self._counts = [0, 0]

    def add(self, reading: Reading, now: float) -> None:
        """Take up the powers of a reading; a list without one leaves that one out."""
        minute = int(now // STEP_S)
        if minute != self._minute:
            self._close()
            self._minute = minute
        for place, quantity in enumerate(_QUANTITIES):
            milli = reading.values.get(quantity)
            if milli is not None:
                self._sums[place] += milli
                self._counts[place] += 1

    def points(self, now: float, hours: float) -> list[Point]:
        """Begin of the minute in epoch seconds, import and export in W; minutes without a telegram are None, None."""
        last = int(now // STEP_S)
        first = last - round(hours * 3600 / STEP_S) + 1
        known = {point[0] // STEP_S: point for point in self._all() if first <= point[0] // STEP_S <= last}
        if not known:
            return []
        return [known.get(minute, (minute * STEP_S, None, None)) for minute in range(min(known), last + 1)]

    def _all(self) -> Iterator[Point]:
        yield from self._points
        if self._minute is not None:
            yield self._present(self._minute)

    def _close(self) -> None:
        if self._minute is not None:
            self._points.append(self._present(self._minute))
        self._sums, self._counts = [0, 0], [0, 0]

    def _present(self, minute: int) -> Point:
        imported, exported = (
            round(total / count / 1000, 1) if count else None
            for total, count in zip(self._sums, self._counts, strict=True)
        )
        return (minute * STEP_S, imported, exported)
