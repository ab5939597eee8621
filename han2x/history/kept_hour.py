"""An hour as long as it may still be corrected, and the rows that it makes. Pure: energies in mWh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from han2x.history.records import By, Energy, Hour, Quarter, Record
from han2x.history.shares import shared_out
from han2x.model import Quantity
from han2x.state.hours import ENERGIES

QUARTER_S: Final = 900
QUARTERS: Final = 4


@dataclass(slots=True)
class KeptHour:
    """What is known of an hour: its energies, the totals at its beginning, and its quarters as they were estimated.

    `factor` is the scaling factor at its end once it is `over`, `factors` are those at the ends of its quarters. One
    `from_file` is an earlier run's, of which the quarters are not at hand. One that was `told` has a row already.
    """

    factor: int
    over: bool = False
    told: bool = False
    from_file: bool = False
    partly: bool = False
    energies: dict[Quantity, Energy] = field(default_factory=dict)
    totals: dict[Quantity, int] = field(default_factory=dict)
    quarters: dict[Quantity, list[int | None]] = field(default_factory=dict)
    factors: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of_file(cls, hour: Hour) -> Self:
        """One that an earlier run has written."""
        return cls(hour.factor, over=True, told=True, from_file=True, totals=dict(hour.totals))

    def learn(self, hour: Hour) -> None:
        """Take the energies that an earlier run knew, where this one does not."""
        for quantity, energy in hour.energies.items():
            self.energies.setdefault(quantity, energy)

    def close(self, factor: int) -> None:
        """It is over, and this scaling factor is in force."""
        if not self.over:
            self.over, self.factor = True, factor

    def known(self, quantity: Quantity) -> Energy | None:
        """The energy, if it is more than a share of a longer time's."""
        energy = self.energies.get(quantity)
        return None if energy is None or energy.by is By.SPREAD else energy

    def rows(self, begin: int) -> Iterator[Record]:
        """The row of the hour, and those of its quarters; one of which nothing is known has none, unless it had one.

        While the hour goes on, its row has the totals alone: the next run of the program goes on from them.
        """
        if self.energies or self.totals or self.told:
            self.told = True
            yield Hour(begin, self.factor, dict(self.energies), dict(self.totals))
        if not self.over:
            return
        by_quantity = {quantity: self._quarters(quantity) for quantity in ENERGIES}
        for place in range(QUARTERS):
            energies = {each: of[place] for each, of in by_quantity.items()}
            known = {each: energy for each, energy in energies.items() if energy is not None}
            if known:
                yield Quarter(begin + place * QUARTER_S, self.factors.get(place, self.factor), known)

    def _quarters(self, quantity: Quantity) -> list[Energy | None]:
        """Those of an energy: they add up to the hour's. An hour far within a long time that was not heard has none."""
        estimated = self.quarters.get(quantity, [None] * QUARTERS)
        whole = self.energies.get(quantity)
        if whole is None:
            return [None if milli is None else Energy(milli, By.ESTIMATED) for milli in estimated]
        if whole.by is By.SPREAD and not self.partly and estimated.count(None) == QUARTERS:
            return [None] * QUARTERS
        by = (By.SPREAD if milli is None else By.ESTIMATED for milli in estimated)
        return [Energy(*each) for each in zip(shared_out(whole.milli, estimated), by, strict=True)]
