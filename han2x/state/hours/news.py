"""What becomes known of hours and quarters, for whoever remembers them. Pure.

Moments are in seconds since 1970-01-01 UTC, energies in Wh, unscaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from han2x.model import Quantity
from han2x.state.hours.clock_hour import ClockHour
from han2x.state.hours.closed import Closed
from han2x.state.hours.marks import Total

KEPT: Final = 16
"""News that nobody takes are no more than those of a restart, or of some hours."""


class Known(NamedTuple):
    """An energy, and whether it is the difference of two totals of the meter's own."""

    wh: float
    by_totals: bool


@dataclass(frozen=True, slots=True)
class HourNews:
    """An hour is over, or it has just begun and the meter's totals of that moment have come, or it was corrected.

    `totals` are those of its beginning. `quarters` are its energies by the quarter, None for what is not known.
    """

    begin: float
    over: bool
    energies: Mapping[Quantity, Known] = field(default_factory=dict)
    totals: Mapping[Quantity, Total] = field(default_factory=dict)
    quarters: Mapping[Quantity, Sequence[float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuarterNews:
    """A quarter is over, and its hour goes on."""

    begin: float
    energies: Mapping[Quantity, float]


@dataclass(frozen=True, slots=True)
class StepNews:
    """An energy took a step that was not consumed: totals before it and after it have nothing between them."""

    quantity: Quantity


News: TypeAlias = HourNews | QuarterNews | StepNews


def of_closed(over: Mapping[Quantity, Closed]) -> HourNews | None:
    """What is known of the hour before the present one."""
    if not over:
        return None
    return HourNews(
        next(iter(over.values())).begin,
        over=True,
        energies={each: Known(one.wh, one.by_totals) for each, one in over.items() if one.wh is not None},
        totals={each: one.total for each, one in over.items() if one.total is not None},
        quarters={
            each: tuple(one.quarters) for each, one in over.items() if one.quarters.count(None) < len(one.quarters)
        },
    )


def of_present(hour: ClockHour) -> HourNews | None:
    """What the meter's totals said when the hour in progress began."""
    if hour.begin is None or not hour.totals:
        return None
    return HourNews(hour.begin, over=False, totals=dict(hour.totals))
