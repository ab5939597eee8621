"""How old a value may be before it is stale: each by itself, since its own telegram.

What holds for a moment only (power, current, voltage, power factor) is current for the time that the settings give, or
for three times the interval at which this meter sends it where that is longer: else the values of a meter that sends
once a minute would be stale before the next ones come. That stops at `LONGEST_S`, whatever was learned.

A total is still the total when the next one is a while off. Hourly ones count for `TOTALS_KEPT_S`. Those of a meter
that sends them more often, as P1 meters do with each telegram, go by their own interval: whoever reads those counts on
their being of now, and takes one that stands still for no consumption.

The interval is learned from when the value came. A line that loses telegrams makes gaps of all lengths, a meter's own
interval is always the same: so it is taken from gaps in a row that agree, and one longer than that known only from
many.

Pure: time is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from han2x.model import Quantity, Unit

TIMES: Final = 3
"""How many intervals a value counts for: two telegrams in a row may be damaged."""
LONGEST_S: Final = 300.0
"""The longest that a value of the moment counts for by its interval. No meter known here sends powers more seldom than
once a minute; and a current of five minutes ago is nothing to control a charger by, however seldom the meter sends it.
"""
TOTALS_KEPT_S: Final = 9000.0
"""How old a total may be that comes once an hour, or of which nothing is known yet: two of them missed, and half an
hour.
"""
AGREEING: Final = 3
"""Gaps in a row of the same length that make an interval."""
AGREEING_ON_MORE: Final = 16
"""Those that make a longer interval than the known one: a line that loses half of its telegrams has three by chance."""
SPREAD: Final = 1.25
JITTER_S: Final = 2.0
"""Gaps agree when the longest is no longer than `SPREAD` times the shortest and `JITTER_S`: a long list takes a second
and a half at 2400 baud, and a computer may be busy.
"""

ENERGIES: Final = frozenset(quantity for quantity in Quantity if quantity.unit in (Unit.WH, Unit.VARH))


class Interval:
    """The interval at which something comes, in `seconds`; None until it is known."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        self._last: float | None = None
        self._agreeing = 0
        self._shortest = self._longest = 0.0

    def came(self, now: float) -> bool:
        """It came at the moment `now`; several at the same moment are one. Returns whether the interval is another."""
        last, self._last = self._last, now
        return last is not None and now > last and self._take(now - last)

    def _take(self, gap: float) -> bool:
        if not self._shortest <= gap <= self._longest:
            shortest, longest = min(self._shortest, gap), max(self._longest, gap)
            if not self._agreeing or longest > SPREAD * shortest + JITTER_S:
                self._agreeing, shortest, longest = 0, gap, gap
            self._shortest, self._longest = shortest, longest
        self._agreeing += 1
        longest, before = self._longest, self.seconds
        if longest == before or self._agreeing < (AGREEING if before is None or longest < before else AGREEING_ON_MORE):
            return False
        self.seconds = longest
        return True


class Freshness:
    """How long each of one meter's values counts."""

    def __init__(self) -> None:
        self._line = Interval()
        self._values: dict[Quantity, Interval] = {}
        self._least = 0.0
        self._counts: dict[Quantity, float] = {}  # what `counts_s` returned, until the interval is another

    def came(self, quantities: Iterable[Quantity], now: float) -> None:
        """A good telegram with these quantities came at the moment `now`."""
        self._line.came(now)
        for quantity in quantities:
            interval = self._values.get(quantity)
            if interval is None:
                interval = self._values[quantity] = Interval()
            if interval.came(now):
                self._counts.pop(quantity, None)

    def line_counts_s(self, stale_after_s: float) -> float:
        """How long a telegram counts, whatever it carries, in seconds."""
        return _counts_s(self._line, stale_after_s, LONGEST_S)

    def counts_s(self, quantity: Quantity, stale_after_s: float) -> float:
        """How long a value of this quantity counts, in seconds; `stale_after_s` is the least."""
        if stale_after_s != self._least:
            self._least = stale_after_s
            self._counts.clear()
        known = self._counts.get(quantity)
        if known is None:
            known = self._counts[quantity] = self._of(quantity, stale_after_s)
        return known

    def _of(self, quantity: Quantity, stale_after_s: float) -> float:
        interval = self._values.get(quantity)
        if quantity not in ENERGIES:
            return _counts_s(interval, stale_after_s, LONGEST_S)
        if interval is None or interval.seconds is None:
            return TOTALS_KEPT_S
        return _counts_s(interval, stale_after_s, TOTALS_KEPT_S)


def comes_within_s(quantity: Quantity) -> float:
    """How long after a meter was first heard each value that it sends has surely come, in seconds."""
    return TOTALS_KEPT_S if quantity in ENERGIES else LONGEST_S


def _counts_s(interval: Interval | None, least: float, most: float) -> float:
    if interval is None or interval.seconds is None:
        return least
    return max(least, min(TIMES * interval.seconds, most))
