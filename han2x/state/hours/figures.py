"""What is known of the clock hour, and of the month's highest ones, as a value that does not change any more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class HighHour:
    """One of the highest hours: when it began, by the place's clock and with its offset, and its energy in Wh."""

    begin: datetime
    wh: float


@dataclass(frozen=True, slots=True)
class HourFigures:
    """The clock hour of a moment: energies in Wh and powers in W, unscaled; None for what is not known.

    `begin` is when the hour began, by the place's clock and with its offset. `import_wh` and `export_wh` are those of
    the hour so far, `expected_wh` is the import that it will have if the mean power of the last five minutes goes on.
    `minute_w` is the mean net power of the last full minute, `highest_w` the highest net power of the hour. `highest`
    are the hours of this month so far with the highest import, on different days, three at most, the highest first.
    """

    begin: datetime | None = None
    import_wh: float | None = None
    export_wh: float | None = None
    expected_wh: float | None = None
    minute_w: float | None = None
    highest_w: float | None = None
    highest: tuple[HighHour, ...] = ()

    @property
    def highest_wh(self) -> float | None:
        """The highest hour of this month so far."""
        return self.highest[0].wh if self.highest else None

    @property
    def mean_of_highest_wh(self) -> float | None:
        """The mean of the month's highest hours: what a capacity charge goes by."""
        return sum(hour.wh for hour in self.highest) / len(self.highest) if self.highest else None

    def without(self, *, imported: bool, exported: bool, powers: bool) -> HourFigures:
        """The same without what comes from the estimate of the import, from that of the export, or from powers."""
        figures = self
        if imported:
            figures = replace(figures, import_wh=None, expected_wh=None, highest=())
        if exported:
            figures = replace(figures, export_wh=None)
        if powers:
            figures = replace(figures, minute_w=None, highest_w=None)
        return figures


NO_FIGURES: Final = HourFigures()
"""Those of a moment at which nothing is known."""
