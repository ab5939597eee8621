"""The published energy: continuous, never decreasing, without jumps."""

from __future__ import annotations

HOUR_S = 3600.0
CATCH_UP_S = 10.0  # in which a small difference is made good
EXCESS_WH_PER_S = 0.7  # as fast as that is done, on top of the power: 2.5 kW, no more than a kettle
LONG_CATCH_UP_S = 60.0  # for a large difference, as an outage leaves it
LONG_EXCESS_WH_PER_S = 5.0  # 18 kW: a peak filter takes it for a load
LAST_CATCH_UP_S = 3600.0  # for a difference that even so would never be made good
SLOWEST = 0.5  # of the power, while the published value waits for an estimate that it is slightly ahead of
SLIGHTLY_WH = 5.0
VALID_S = 30.0
IDLE_W = 0.1  # what a power of 0 may be: meters round it to whole watts
IDLE_FOR_S = 900.0  # after a load was last on; later a 0 is believed


class Output:
    """A value in Wh that grows with the power, and makes good over time what it is behind or ahead of the estimate.

    Between two telegrams it is `value` + power x time + as much of the difference as the time has sufficed for. No more
    than `limit` is ever published, in Wh; None while nothing may be.
    """

    def __init__(self) -> None:
        self.value: float | None = None
        self._since = 0.0
        self._until = 0.0
        self._natural = 0.0  # Wh a second
        self._behind = 0.0  # Wh
        self._correction = 0.0  # Wh a second, of the sign of `_behind`
        self._loaded = float("-inf")  # now of the last telegram with a power
        self._held_back = False
        self.limit: float | None = float("inf")

    def at(self, now: float) -> float | None:
        """The value at a moment; it stands still when no telegram has come for half a minute, and at the limit."""
        wanted = self.wanted(now)
        return None if wanted is None or self.limit is None else min(wanted, self.limit)

    def wanted(self, now: float) -> float | None:
        """What would be published at that moment if there were no limit."""
        if self.value is None:
            return None
        seconds = max(min(now, self._until) - self._since, 0.0)
        corrected = self._correction * seconds
        if abs(corrected) > abs(self._behind):
            corrected = self._behind
        return self.value + max(self._natural * seconds + corrected, 0.0)

    def set(self, value: float | None, now: float) -> None:
        """Publish this value from now on, whatever was before."""
        self._held_back = False
        self.value = value
        self._since = self._until = now

    def follow(self, estimate: float, power: float, now: float) -> None:
        """Head for an estimate that grows with a power in W."""
        value = self.at(now)
        if value is None or self._held_back:
            # A declared step is taken whole, as soon as the limit lets it; nothing goes back of what it let by.
            value = estimate if value is None else max(estimate, value)
            self._held_back = self.limit is None or estimate > self.limit
        self.value = value
        self._since, self._until = now, now + VALID_S
        if power > 0:
            self._loaded = now
        elif now - self._loaded < IDLE_FOR_S:
            power = IDLE_W
        self._natural = power / HOUR_S
        self._behind = estimate - value
        self._correction = correction(self._behind, self._natural)


def correction(behind: float, natural: float) -> float:
    """Wh a second, to make good `behind` Wh on top of a natural growth; never more negative than that growth."""
    if behind >= 0:
        long = min(behind / LONG_CATCH_UP_S, LONG_EXCESS_WH_PER_S)
        return max(min(behind / CATCH_UP_S, EXCESS_WH_PER_S), long, behind / LAST_CATCH_UP_S)
    slowest = SLOWEST * natural * min(SLIGHTLY_WH / -behind, 1.0)
    return max(behind / CATCH_UP_S, slowest - natural)
