"""Power over the last day, minute by minute, for the page's chart: scaled, as clients read it. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from han2x.model import Event, Problem, Quantity
from han2x.registers import scaling_factor

STEP_S: Final = 60
MINUTES: Final = 24 * 60

_QUANTITIES: Final = (Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT)

Point = tuple[int, float | None, float | None]


class History:
    """The mean import and export power of each of the last `MINUTES` minutes, in W.

    `factor` tells the scaling factor in force, in thousandths; each reading is scaled with that of its moment.
    """

    def __init__(self, factor: Callable[[], int] = lambda: scaling_factor.DEFAULT) -> None:
        self._factor = factor
        self._points: deque[Point] = deque(maxlen=MINUTES)
        self._minute: int | None = None
        self._sums = [0, 0]
        self._counts = [0, 0]

    def take(self, event: Event, now: float) -> None:
        """Take the powers of a reading; a list without one leaves that one out."""
        if isinstance(event, Problem):
            return
        minute = int(now // STEP_S)
        if minute != self._minute:
            self._close()
            self._minute = minute
        for place, quantity in enumerate(_QUANTITIES):
            milli = event.values.get(quantity)
            if milli is not None:
                self._sums[place] += milli * self._factor()
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
            round(total / count / 1000 / scaling_factor.DEFAULT, 1) if count else None
            for total, count in zip(self._sums, self._counts, strict=True)
        )
        return (minute * STEP_S, imported, exported)
