"""The energies of the clock hour in progress, and of the one before while the meter's totals may still come. Pure.

An hour is the difference of the estimates at its ends. What the estimate is off by, and makes good later, must not
count as energy of a later hour: an estimate counts only while its own error bar says that it is near enough, and the
meter's total of the full hour, which comes some seconds later, puts right where the hour began. Where there is a total
at both ends, the hour is their difference: the bill goes by those.

Moments are in seconds since 1970-01-01 UTC, energies in Wh, unscaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from han2x.estimator import Estimate
from han2x.model import Quantity
from han2x.state.hours.clock import HOUR_S
from han2x.state.hours.highest import Hour

ENERGIES: Final = (Quantity.ACTIVE_ENERGY_IMPORT, Quantity.ACTIVE_ENERGY_EXPORT)
IMPORT: Final = Quantity.ACTIVE_ENERGY_IMPORT
NEAR_WH: Final = 50.0
"""The error bar with which an energy is still near enough."""
NEAR_SHARE: Final = 0.03
"""The same, as a share of the energy of a whole hour, where that is more."""
LATE_S: Final = 60.0
"""How far after the full hour the meter's clock may be with the totals of that hour; Kamstrup: 5 to 55 s."""
EARLY_S: Final = 1.0
ALIKE_S: Final = 2.0
"""Two totals make an hour when they were taken at the same second of it."""
SILENCE_S: Final = 300.0
"""After a longer silence the load in it is anybody's guess, whatever the powers before and after it were."""


class Mark(NamedTuple):
    """An estimate and its error bar."""

    wh: float
    bar_wh: float

    def towards(self, later: Mark, part: float) -> Mark:
        """The estimate between this one and a later one."""
        grown = later.wh - self.wh
        return Mark(self.wh + part * grown, max(self.bar_wh, later.bar_wh) + abs(grown) / 4)

    def is_near(self, hour_wh: float) -> bool:
        """Whether it is near enough for an hour with so much energy."""
        return self.bar_wh <= max(NEAR_WH, NEAR_SHARE * hour_wh)


class Total(NamedTuple):
    """What a register showed, in steps of `step_wh`, so many seconds after the full hour."""

    wh: float
    step_wh: float
    late_s: float


@dataclass(slots=True)
class Closed:
    """An hour that is over: what was known of its beginning and its end, and its energy, which totals may correct."""

    begin: float
    mark: Mark | None = None
    total: Total | None = None
    at_end: Mark | None = None
    wh: float | None = None
    by_totals: bool = False

    @property
    def hour(self) -> Hour | None:
        """The hour, if it is known whole."""
        return None if self.wh is None else Hour(self.begin, self.wh)

    def count(self) -> None:
        """Take the estimates at both ends for its energy, where totals have not told that."""
        if self.by_totals or self.mark is None or self.at_end is None:
            return
        energy = max(self.at_end.wh - self.mark.wh, 0.0)
        near = self.mark.is_near(energy) and self.at_end.is_near(energy)
        self.wh = energy if near else None

    def total_at_end(self, total: Total, mark: Mark) -> None:
        """Take the total at its end, and what the estimate there was found to be with it."""
        before = self.total
        self.at_end = mark
        if before is not None and abs(total.late_s - before.late_s) <= ALIKE_S and total.wh >= before.wh:
            self.wh, self.by_totals = total.wh - before.wh, True
        else:
            self.count()


class ClockHour:
    """The hour that began at `begin`, and the `closed` one before it."""

    def __init__(self) -> None:
        self.begin: float | None = None
        self.marks: dict[Quantity, Mark] = {}
        self.totals: dict[Quantity, Total] = {}
        self.closed: Closed | None = None
        self.seen_at = float("-inf")
        self.seen: dict[Quantity, Mark] = {}

    def see(self, moment: float, estimates: Mapping[Quantity, Estimate]) -> None:
        """The estimates at a moment of this hour."""
        self.seen_at = moment
        self.seen = _marks(estimates)

    def enter(self, begin: float, moment: float, estimates: Mapping[Quantity, Estimate]) -> None:
        """Another hour has begun, and the one before is closed: its energy is known when it is counted."""
        next_to_it = self.begin is not None and begin <= self.begin + HOUR_S
        marks = self._at(begin, moment, _marks(estimates)) if next_to_it else {}
        if self.begin is not None:
            self.closed = Closed(self.begin, self.marks.get(IMPORT), self.totals.get(IMPORT), marks.get(IMPORT))
        self.begin, self.marks, self.totals = begin, marks, {}
        self.see(moment, estimates)

    def take_total(self, quantity: Quantity, total: Total, watt: float) -> bool:
        """Take the meter's total of when this hour began; `watt` is the power since. Returns whether it is news."""
        if quantity in self.totals or self.begin is None:
            return False
        self.totals[quantity] = total
        low = total.wh - max(watt, 0.0) * max(total.late_s, 0.0) / HOUR_S
        high = total.wh + total.step_wh
        known = self.marks.get(quantity)
        bar = (high - low) / 2
        if known is not None and known.bar_wh <= bar:
            mark = Mark(min(max(known.wh, low), high), known.bar_wh)
        else:
            mark = Mark(low + bar if known is None else min(max(known.wh, low), high), bar)
        self.marks[quantity] = mark
        closed = self.closed
        if quantity is IMPORT and closed is not None and self.begin <= closed.begin + HOUR_S:
            closed.total_at_end(total, mark)
        return True

    def forget(self, quantity: Quantity, *, closed_too: bool) -> None:
        """This energy took a step that was not consumed; `closed_too`, perhaps before the hour began."""
        self.marks.pop(quantity, None)
        self.totals.pop(quantity, None)
        self.seen.pop(quantity, None)
        if self.closed is not None and quantity is IMPORT:
            self.closed.mark = self.closed.total = self.closed.at_end = None
            if closed_too and not self.closed.by_totals:
                self.closed.wh = None

    def was_silent(self) -> None:
        """What was consumed lately is not known: only totals can tell the energy of this hour."""
        self.marks, self.seen = {}, {}

    def lose(self) -> None:
        """The clock was set: it is not known when this hour began, nor of which hour its energy was."""
        self.begin, self.closed = None, None
        self.marks, self.totals, self.seen = {}, {}, {}

    def so_far(self, quantity: Quantity, estimate: Estimate | None, hour_wh: float) -> float | None:
        """The energy since the hour began; `hour_wh` is about what the whole hour will have."""
        mark = self.marks.get(quantity)
        if mark is None or estimate is None:
            return None
        near = mark.is_near(hour_wh) and Mark(estimate.wh, estimate.bar_wh).is_near(hour_wh)
        return max(estimate.wh - mark.wh, 0.0) if near else None

    def _at(self, begin: float, moment: float, marks: Mapping[Quantity, Mark]) -> dict[Quantity, Mark]:
        """What the estimates were at the full hour, if they grew evenly since they were last seen."""
        seconds = moment - self.seen_at
        if not 0 < seconds <= SILENCE_S:
            return {}
        part = min(max((begin - self.seen_at) / seconds, 0.0), 1.0)
        return {each: seen.towards(marks[each], part) for each, seen in self.seen.items() if each in marks}


def _marks(estimates: Mapping[Quantity, Estimate]) -> dict[Quantity, Mark]:
    return {each: Mark(estimates[each].wh, estimates[each].bar_wh) for each in ENERGIES if each in estimates}
