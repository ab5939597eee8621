"""The minute in progress: what has come in it of powers, currents and voltages. Pure.

Moments are in seconds since 1970-01-01 UTC, values in thousandths of their unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from han2x.history.records import Span
from han2x.model import Quantity

MINUTE_S: Final = 60
QUANTITIES: Final = (
    Quantity.ACTIVE_POWER_IMPORT,
    Quantity.ACTIVE_POWER_EXPORT,
    Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_POWER_EXPORT,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.CURRENT_L3,
    Quantity.VOLTAGE_L1,
    Quantity.VOLTAGE_L2,
    Quantity.VOLTAGE_L3,
)


class Spans(NamedTuple):
    """What came in the minute that began at `begin`."""

    begin: int
    values: Mapping[Quantity, Span]


class Minutes:
    """One minute after the other. What comes when its minute is over is left out: it would replace the rest."""

    def __init__(self) -> None:
        self._begin: int | None = None
        self._over = float("-inf")  # until then all minutes are over
        self._sums: dict[Quantity, list[int]] = {}  # sum, count, lowest, highest

    def add(self, at: float, values: Mapping[Quantity, int]) -> Spans | None:
        """Take the values of a moment; returns the minute before, if that is over with them."""
        begin = int(at // MINUTE_S) * MINUTE_S
        ended = None
        if begin != self._begin:
            if begin < self._over or (self._begin is not None and begin < self._begin):
                return None
            ended = self.end(begin)
            self._begin = begin
        sums = self._sums
        for quantity in QUANTITIES:
            milli = values.get(quantity)
            if milli is None:
                continue
            known = sums.get(quantity)
            if known is None:
                sums[quantity] = [milli, 1, milli, milli]
                continue
            known[0] += milli
            known[1] += 1
            if milli < known[2]:
                known[2] = milli
            elif milli > known[3]:
                known[3] = milli
        return ended

    def end(self, moment: float) -> Spans | None:
        """It is this late: returns the minute that is over with that, if there is one in which something came."""
        begin = self._begin
        if begin is None or moment < begin + MINUTE_S:
            return None
        ended = self.present()
        self._begin, self._sums, self._over = None, {}, begin + MINUTE_S
        return ended

    def present(self) -> Spans | None:
        """The minute in progress, if something has come in it."""
        if self._begin is None or not self._sums:
            return None
        values = {each: Span((2 * sums[0] + sums[1]) // (2 * sums[1]), *sums[2:]) for each, sums in self._sums.items()}
        return Spans(self._begin, values)

    def stop(self) -> None:
        """The clock was set, or another meter speaks: what came in the minute in progress is of no minute."""
        self._begin, self._sums, self._over = None, {}, float("-inf")
