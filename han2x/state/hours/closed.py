"""One energy of an hour that is over, which a total may still correct. Pure: energies in Wh, unscaled."""

from __future__ import annotations

from dataclasses import dataclass, field

from han2x.state.hours.highest import Hour
from han2x.state.hours.marks import Mark, Total, between
from han2x.state.hours.quarters import IN_AN_HOUR


@dataclass(slots=True)
class Closed:
    """What was known of the hour's beginning and its end, and its energy in all and by the quarter.

    The energy is the difference of two totals (`by_totals`), or `settled` with the totals of earlier and later hours,
    or else the difference of the estimates.
    """

    begin: float
    mark: Mark | None = None
    total: Total | None = None
    at_end: Mark | None = None
    wh: float | None = None
    by_totals: bool = False
    settled: bool = False
    quarters: list[float | None] = field(default_factory=lambda: [None] * IN_AN_HOUR)

    @property
    def hour(self) -> Hour | None:
        """The hour, if it is known whole."""
        return None if self.wh is None else Hour(self.begin, self.wh)

    @property
    def is_final(self) -> bool:
        """Whether no total of a later hour changes it."""
        return self.by_totals or self.settled

    def count(self) -> None:
        """Take the estimates at both ends for its energy, where totals have not told that."""
        if not self.is_final and self.mark is not None and self.at_end is not None:
            self.wh = between(self.mark, self.at_end)

    def total_at_end(self, total: Total, mark: Mark) -> None:
        """Take the total at its end, and what the estimate there was found to be with it."""
        before = self.total
        self.at_end = mark
        if before is not None and total.is_alike(before) and total.wh >= before.wh:
            self.wh, self.by_totals = total.wh - before.wh, True
        else:
            self.count()

    def forget(self, *, closed_too: bool) -> None:
        """The energy took a step that was not consumed; `closed_too`, perhaps in this hour."""
        self.mark = self.total = self.at_end = None
        if closed_too and not self.is_final:
            self.wh = None
