"""The energies of the clock hour in progress, and of the one before while the meter's totals may still come. Pure.

An hour is the difference of the estimates at its ends. What the estimate is off by, and makes good later, must not
count as energy of a later hour: an estimate counts only while its own error bar says that it is near enough, and the
meter's total of the full hour, which comes some seconds later, puts right where the hour began. Where there is a total
at both ends, the hour is their difference: the bill goes by those.

Moments are in seconds since 1970-01-01 UTC, energies in Wh, unscaled.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from han2x.estimator import Estimate
from han2x.model import Quantity
from han2x.state.hours.clock import HOUR_S, STEP_S
from han2x.state.hours.closed import Closed
from han2x.state.hours.marks import ENERGIES, Mark, Total, marks
from han2x.state.hours.quarters import IN_AN_HOUR, Quarters

LATE_S: Final = 60.0
"""How far after the full hour the meter's clock may be with the totals of that hour; Kamstrup: 5 to 55 s."""
EARLY_S: Final = 1.0
SILENCE_S: Final = 300.0
"""After a longer silence the load in it is anybody's guess, whatever the powers before and after it were."""


class ClockHour:
    """The hour that began at `begin`, and the one before it in `over`, by its energies; none when that was lost."""

    def __init__(self) -> None:
        self.begin: float | None = None
        self.marks: dict[Quantity, Mark] = {}
        self.totals: dict[Quantity, Total] = {}
        self.quarters = Quarters()
        self.over: dict[Quantity, Closed] = {}
        self.seen_at = float("-inf")
        self.seen: dict[Quantity, Mark] = {}

    def see(self, moment: float, estimates: Mapping[Quantity, Estimate]) -> list[int]:
        """The estimates at a moment of this hour. Returns which of its quarters, from 0 on, are over with that."""
        found = marks(estimates)
        turned = []
        if self.begin is not None:
            turned = self._turn_quarters(min(moment, self.begin + HOUR_S - 1), moment, found)
        self.seen_at, self.seen = moment, found
        return turned

    def enter(self, begin: float, moment: float, estimates: Mapping[Quantity, Estimate]) -> None:
        """Another hour has begun, and the one before is closed: its energy is known when it is counted."""
        found = marks(estimates)
        next_to_it = self.begin is not None and begin <= self.begin + HOUR_S
        at_begin = self._at(begin, moment, found) if next_to_it else {}
        if self.begin is not None:
            self._turn_quarters(begin - 1, moment, found)
            self.quarters.turn(at_begin)
            self.over = {each: self._closed(self.begin, each, at_begin.get(each)) for each in ENERGIES}
        self.begin, self.marks, self.totals = begin, at_begin, {}
        self.quarters = Quarters(dict(at_begin))
        self.see(moment, estimates)

    def has_totals_of(self, quantities: Container[Quantity]) -> bool:
        """Whether the totals of this hour are known of all these."""
        return all(each in self.totals for each in ENERGIES if each in quantities)

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
        if not self.quarters.over:
            self.quarters.marks[quantity] = mark
        closed = self.over.get(quantity)
        if closed is not None and self.begin <= closed.begin + HOUR_S:
            closed.total_at_end(total, mark)
        return True

    def forget(self, quantity: Quantity, *, closed_too: bool) -> None:
        """This energy took a step that was not consumed; `closed_too`, perhaps before the hour began."""
        self.marks.pop(quantity, None)
        self.quarters.marks.pop(quantity, None)
        self.totals.pop(quantity, None)
        self.seen.pop(quantity, None)
        closed = self.over.get(quantity)
        if closed is not None:
            closed.forget(closed_too=closed_too)

    def was_silent(self) -> None:
        """What was consumed lately is not known: only totals can tell the energy of this hour."""
        self.marks, self.seen = {}, {}
        self.quarters.marks = {}

    def lose(self) -> None:
        """The clock was set: it is not known when this hour began, nor of which hour its energy was."""
        self.begin, self.over = None, {}
        self.marks, self.totals, self.seen = {}, {}, {}
        self.quarters = Quarters()

    def so_far(self, quantity: Quantity, estimate: Estimate | None, hour_wh: float) -> float | None:
        """The energy since the hour began; `hour_wh` is about what the whole hour will have."""
        mark = self.marks.get(quantity)
        if mark is None or estimate is None:
            return None
        near = mark.is_near(hour_wh) and Mark(estimate.wh, estimate.bar_wh).is_near(hour_wh)
        return max(estimate.wh - mark.wh, 0.0) if near else None

    def _closed(self, begin: float, quantity: Quantity, at_end: Mark | None) -> Closed:
        quarters = self.quarters.of(quantity)
        return Closed(begin, self.marks.get(quantity), self.totals.get(quantity), at_end, quarters=quarters)

    def _turn_quarters(self, until: float, moment: float, found: Mapping[Quantity, Mark]) -> list[int]:
        """End the quarters that were over at `until`, but never the last one, which ends with the hour."""
        assert self.begin is not None  # noqa: S101 - whoever calls this has looked
        turned = []
        while len(self.quarters.over) < IN_AN_HOUR - 1 and until >= self.begin + self.quarters.next_s:
            turned.append(len(self.quarters.over))
            end = self.begin + self.quarters.next_s
            self.quarters.turn(self._at(end, moment, found) if end > self.seen_at - STEP_S else {})
        return turned

    def _at(self, instant: float, moment: float, found: Mapping[Quantity, Mark]) -> dict[Quantity, Mark]:
        """What the estimates were at an instant, if they grew evenly since they were last seen."""
        seconds = moment - self.seen_at
        if not 0 < seconds <= SILENCE_S:
            return {}
        part = min(max((instant - self.seen_at) / seconds, 0.0), 1.0)
        return {each: seen.towards(found[each], part) for each, seen in self.seen.items() if each in found}
