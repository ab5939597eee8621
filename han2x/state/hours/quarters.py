"""The quarters of the clock hour in progress, by the estimates at their ends. Pure: energies in Wh, unscaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from han2x.model import Quantity
from han2x.state.hours.marks import ENERGIES, Mark, between

QUARTER_S: Final = 900.0
IN_AN_HOUR: Final = 4


@dataclass(slots=True)
class Quarters:
    """The energies of the quarters that are over, and the estimates when the present one began."""

    marks: dict[Quantity, Mark] = field(default_factory=dict)
    over: list[dict[Quantity, float]] = field(default_factory=list)

    @property
    def next_s(self) -> float:
        """When the next one begins, in seconds since the hour began."""
        return (len(self.over) + 1) * QUARTER_S

    def turn(self, marks: Mapping[Quantity, Mark]) -> None:
        """The present one is over, with these estimates."""
        self.over.append(self.so_far(marks))
        self.marks = dict(marks)

    def so_far(self, marks: Mapping[Quantity, Mark]) -> dict[Quantity, float]:
        """The energies of the present one up to a moment with these estimates."""
        found = ((each, between(self.marks.get(each), marks.get(each), in_an_hour=IN_AN_HOUR)) for each in ENERGIES)
        return {each: wh for each, wh in found if wh is not None}

    def of(self, quantity: Quantity) -> list[float | None]:
        """Those of one energy, in their order; None for what is not known."""
        known = [each.get(quantity) for each in self.over]
        return known + [None] * (IN_AN_HOUR - len(known))
