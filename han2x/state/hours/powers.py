"""The net power, and its means: of the last full minute, and of the last five.

Pure: moments are in seconds, powers in W.

Between two telegrams a power is taken to go evenly from one to the other, as the energies are summed. Where none comes
for longer than `LONGEST_GAP_S`, nothing is known.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

MINUTE_S: Final = 60.0
LONGEST_GAP_S: Final = 75.0
"""No meter known here sends its powers more seldom than once a minute."""
WINDOW_S: Final = 300.0
LEAST_S: Final = 60.0
"""Of so much of the window the power must be known for its mean to say what goes on."""
_STEP_S: Final = 5.0
_MILLI: Final = 1000
_WHOLE_S: Final = MINUTE_S - 0.01


class NetPower:
    """Import less export, of a meter that may send both in one list and the import alone in another."""

    def __init__(self) -> None:
        self._exports = False

    def of(self, imported: int | None, exported: int | None, *, alone: bool) -> float | None:
        """The net power in W of powers in mW; `alone` says that the telegram had nothing else. None if not known."""
        self._exports = self._exports or exported is not None
        if imported is None:
            return -exported / _MILLI if exported else None
        if exported is None and not imported and (self._exports or alone):
            return None  # the import alone is 0 also while something is exported
        return (imported - (exported or 0)) / _MILLI


class LastMinute:
    """The mean power of the last minute of the clock; None where that was not heard from its beginning to its end."""

    def __init__(self) -> None:
        self.mean: float | None = None
        self._last: tuple[float, float] | None = None
        self._minute: float | None = None
        self._area = self._known = 0.0

    def add(self, at: float, watt: float) -> None:
        """Take the power at a moment; one that is no later than the last is no news."""
        last = self._last
        if last is not None and -LONGEST_GAP_S <= at - last[0] <= 0:
            return
        self._last = at, watt
        if last is None or not 0 < at - last[0] <= LONGEST_GAP_S:
            self._minute = self.mean = None
            return
        begin, before = last
        rise = (watt - before) / (at - begin)
        while begin < at:
            end = min(at, (math.floor(begin / MINUTE_S) + 1) * MINUTE_S)
            then = before + rise * (end - begin)
            self._take(begin, end, (before + then) / 2)
            begin, before = end, then

    def stop(self) -> None:
        """The clock was set: the minute in progress is none."""
        self._last = self._minute = self.mean = None

    def _take(self, begin: float, end: float, mean: float) -> None:
        minute = math.floor(begin / MINUTE_S) * MINUTE_S
        if minute != self._minute:
            self._minute, self._area, self._known = minute, 0.0, 0.0
        self._area += mean * (end - begin)
        self._known += end - begin
        if end - minute >= MINUTE_S and self._known >= _WHOLE_S:
            self.mean = self._area / self._known


class _Sum(NamedTuple):
    """Up to a moment: watt-seconds, and of how many seconds they are."""

    at: float
    area: float
    known: float


class RecentMean:
    """The mean power of the last `WINDOW_S`."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None
        self._sum = _Sum(0.0, 0.0, 0.0)
        self._sums: deque[_Sum] = deque()

    def add(self, at: float, watt: float) -> None:
        """Take the power at a moment; one that is no later than the last is no news."""
        last = self._last
        if last is not None and at <= last[0]:
            return
        self._last = at, watt
        seconds = 0.0 if last is None or at - last[0] > LONGEST_GAP_S else at - last[0]
        mean = 0.0 if last is None else (watt + last[1]) / 2
        self._sum = _Sum(at, self._sum.area + mean * seconds, self._sum.known + seconds)
        if not self._sums or at - self._sums[-1].at >= _STEP_S:
            self._sums.append(self._sum)
        while len(self._sums) > 1 and at - self._sums[1].at >= WINDOW_S:
            self._sums.popleft()

    def mean(self, at: float) -> float | None:
        """The mean up to that moment; None where too little of it is known."""
        if self._last is None:
            return None
        held = min(max(at - self._last[0], 0.0), LONGEST_GAP_S)
        before = self._before(at - WINDOW_S)
        known = self._sum.known - before.known + held
        if known < LEAST_S:
            return None
        return (self._sum.area - before.area + self._last[1] * held) / known

    def _before(self, at: float) -> _Sum:
        """The sum at a moment, between those that are kept."""
        earlier = self._sums[0]
        if at <= earlier.at:
            return earlier
        for later in (*self._sums, self._sum):
            if later.at > at:
                part = (at - earlier.at) / (later.at - earlier.at)
                area, known = later.area - earlier.area, later.known - earlier.known
                return _Sum(at, earlier.area + part * area, earlier.known + part * known)
            earlier = later
        return self._sum
