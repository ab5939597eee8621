"""What is known of an energy at a full hour or quarter: the estimate there, or what the meter's register showed. Pure.

Energies are in Wh, unscaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from han2x.estimator import Estimate
from han2x.model import Quantity

ENERGIES: Final = (Quantity.ACTIVE_ENERGY_IMPORT, Quantity.ACTIVE_ENERGY_EXPORT)
IMPORT: Final = Quantity.ACTIVE_ENERGY_IMPORT
NEAR_WH: Final = 50.0
"""The error bar with which an energy is still near enough."""
NEAR_SHARE: Final = 0.03
"""The same, as a share of the energy of a whole hour, where that is more."""
ALIKE_S: Final = 2.0
"""Two totals make an hour when they were taken at the same second of it."""


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

    def is_alike(self, other: Total) -> bool:
        """Whether both were taken at the same second of their hours."""
        return abs(self.late_s - other.late_s) <= ALIKE_S


def marks(estimates: Mapping[Quantity, Estimate]) -> dict[Quantity, Mark]:
    """Those of the estimates of a moment."""
    return {each: Mark(estimates[each].wh, estimates[each].bar_wh) for each in ENERGIES if each in estimates}


def between(begin: Mark | None, end: Mark | None, *, in_an_hour: int = 1) -> float | None:
    """The energy between two estimates, of which there are so many `in_an_hour`; None where one is not near enough."""
    if begin is None or end is None:
        return None
    energy = max(end.wh - begin.wh, 0.0)
    hour_wh = in_an_hour * energy
    return energy if begin.is_near(hour_wh) and end.is_near(hour_wh) else None
