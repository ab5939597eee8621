"""What is known of one meter at a moment, as a value that does not change any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from han2x.estimator import Estimate
from han2x.model import MeterTime, Problem, ProblemKind, PushList, Quantity
from han2x.state.hours import NO_FIGURES, HourFigures


class Value(NamedTuple):
    """A measured value in thousandths of its unit, and when the telegram that carried it came."""

    milli: int
    at: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of one meter at the moment `now`.

    A quantity that the meter never sent has no entry in `values`, and one without an estimate none in `estimates`.
    Those that are too old to be current are in `stale_values` and `stale_estimates`, each by itself; `stale` says that
    no good telegram has come at all for so long. `awaited` are the quantities that this meter sends and that have not
    come yet in this run, `gone` those that it no longer sends. `overdue` are those that should have come by now, and
    the moments since when they have not. The meter's clock told `meter_time` at the moment `meter_time_at`.
    It has 1 or 3 `phases`, None while neither this run nor an earlier one has shown that.
    Unless something comes, all this stays so before the moment `until`. `dropped` are values that `current` left out.
    `hours` is what this clock hour has so far, and the highest of the month.
    """

    now: float
    stale: bool = True
    last_reading_at: float | None = None
    maker: str | None = None
    meter_id: str | None = None
    phases: int | None = None
    meter_type: str | None = None
    list_version: str | None = None
    push_list: PushList | None = None
    meter_time: MeterTime | None = None
    meter_time_at: float | None = None
    values: Mapping[Quantity, Value] = field(default_factory=dict)
    estimates: Mapping[Quantity, Estimate] = field(default_factory=dict)
    stale_values: frozenset[Quantity] = frozenset()
    stale_estimates: frozenset[Quantity] = frozenset()
    awaited: frozenset[Quantity] = frozenset()
    gone: frozenset[Quantity] = frozenset()
    overdue: Mapping[Quantity, float] = field(default_factory=dict)
    dropped: frozenset[Quantity] = frozenset()
    hours: HourFigures = NO_FIGURES
    until: float = float("inf")
    readings: int = 0
    problems: Mapping[ProblemKind, int] = field(default_factory=dict)
    last_problem: Problem | None = None

    def age(self, quantity: Quantity) -> float | None:
        """Seconds since a telegram carried this quantity; None when none ever did."""
        value = self.values.get(quantity)
        return None if value is None else self.now - value.at

    def estimate_age(self, quantity: Quantity) -> float | None:
        """Seconds since a telegram moved this energy's estimate; None when none has."""
        estimate = self.estimates.get(quantity)
        return None if estimate is None or estimate.fed_at is None else self.now - estimate.fed_at

    def is_stale(self, quantity: Quantity) -> bool:
        """Whether this value is not current. One that the meter does not send is no older than the line."""
        if quantity in self.values:
            return quantity in self.stale_values
        return self.stale or quantity in self.awaited

    def is_estimate_stale(self, quantity: Quantity) -> bool:
        """Whether the estimate of this energy is not current."""
        if quantity in self.estimates:
            return quantity in self.stale_estimates
        return self.stale or quantity in self.awaited

    def current(self) -> Snapshot:
        """The same without what is stale; `dropped` says which values those were."""
        return replace(
            self,
            values={each: value for each, value in self.values.items() if each not in self.stale_values},
            estimates={each: value for each, value in self.estimates.items() if each not in self.stale_estimates},
            stale_values=frozenset(),
            stale_estimates=frozenset(),
            awaited=frozenset(),
            dropped=self.stale_values,
            hours=self.hours.without(
                imported=self.is_estimate_stale(Quantity.ACTIVE_ENERGY_IMPORT),
                exported=self.is_estimate_stale(Quantity.ACTIVE_ENERGY_EXPORT),
                powers=any(map(self.is_stale, (Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT))),
            ),
        )
