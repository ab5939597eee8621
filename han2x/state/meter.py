"""One meter's truth: what it last said, how old that is, and the energies estimated since.

One writer applies what the decoder found; any number of readers take frozen snapshots. Time is an argument, in seconds
on a scale that never steps while the program runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from han2x.estimator import EnergyEstimator, Estimate
from han2x.model import Event, MeterTime, Problem, ProblemKind, PushList, Quantity, Reading

STALE_AFTER_S: Final = 60.0
"""How long a telegram counts, as the product document has it for the HAN light ("Indikatorlys")."""
TOTALS_KEPT_S: Final = 9000.0
"""How old the meter's hourly totals may be to be shown again after a restart: two of them missed, and half an hour."""
_TOTALS: Final = (
    Quantity.ACTIVE_ENERGY_IMPORT,
    Quantity.ACTIVE_ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value in thousandths of its unit, and when the telegram that carried it came."""

    milli: int
    at: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of one meter at the moment `now`.

    `stale` says that no good telegram has come for so long that the values are not current any more, or that none has
    come at all. A quantity that the meter never sent has no entry in `values`, and one without an estimate none in
    `estimates`.
    """

    now: float
    stale: bool = True
    last_reading_at: float | None = None
    maker: str | None = None
    meter_id: str | None = None
    meter_type: str | None = None
    list_version: str | None = None
    push_list: PushList | None = None
    meter_time: MeterTime | None = None
    values: Mapping[Quantity, Value] = field(default_factory=dict)
    estimates: Mapping[Quantity, Estimate] = field(default_factory=dict)
    readings: int = 0
    problems: Mapping[ProblemKind, int] = field(default_factory=dict)
    last_problem: Problem | None = None

    def age(self, quantity: Quantity) -> float | None:
        """Seconds since a telegram carried this quantity; None when none ever did."""
        value = self.values.get(quantity)
        return None if value is None else self.now - value.at


class MeterState:
    """What one line has said so far. `revision` rises with everything applied, `readings` with every good telegram."""

    def __init__(self, estimator: EnergyEstimator | None = None, stale_after_s: float = STALE_AFTER_S) -> None:
        self.estimator = estimator or EnergyEstimator()
        self.stale_after_s = stale_after_s
        self.revision = 0
        self._values: dict[Quantity, Value] = {}
        self._last: Reading | None = None
        self._last_at: float | None = None
        self._meter_id: str | None = None
        self._meter_type: str | None = None
        self._list_version: str | None = None
        self._meter_time: MeterTime | None = None
        self.readings = 0
        self._problems: dict[ProblemKind, int] = {}
        self._last_problem: Problem | None = None

    def apply(self, event: Event, now: float) -> None:
        """Take what the decoder found at the moment `now`."""
        self.revision += 1
        if isinstance(event, Problem):
            self._problems[event.kind] = self._problems.get(event.kind, 0) + 1
            self._last_problem = event
            return
        if event.meter_id and self._meter_id and event.meter_id != self._meter_id:
            self._forget_meter()
        self.readings += 1
        self._last, self._last_at = event, now
        self._values.update((quantity, Value(milli, now)) for quantity, milli in event.values.items())
        self._meter_id = event.meter_id or self._meter_id
        self._meter_type = event.meter_type or self._meter_type
        self._list_version = event.list_version or self._list_version
        self._meter_time = event.meter_time or self._meter_time
        self.estimator.apply(event, now)

    def is_stale(self, now: float) -> bool:
        """Whether no good telegram has come for `stale_after_s`, or none at all."""
        return self._last_at is None or now - self._last_at >= self.stale_after_s

    def snapshot(self, now: float) -> Snapshot:
        """What is known at the moment `now`, as a value that does not change any more."""
        last = self._last
        return Snapshot(
            now=now,
            stale=self.is_stale(now),
            last_reading_at=self._last_at,
            maker=last.maker if last else None,
            push_list=last.push_list if last else None,
            meter_id=self._meter_id,
            meter_type=self._meter_type,
            list_version=self._list_version,
            meter_time=self._meter_time,
            values=MappingProxyType(dict(self._values)),
            estimates=MappingProxyType(dict(self.estimator.at(now))),
            readings=self.readings,
            problems=MappingProxyType(dict(self._problems)),
            last_problem=self._last_problem,
        )

    def dump(self) -> dict[str, Any]:
        """What must survive a restart besides the estimates, as JSON has it: whose totals they are, and the totals."""
        totals = {each.value: self._values[each] for each in _TOTALS if each in self._values}
        return {
            "meter_id": self._meter_id,
            "totals": {key: [value.milli, value.at] for key, value in totals.items()},
        }

    def restore(self, data: Mapping[str, Any], now: float) -> None:
        """Take back what `dump` gave in an earlier run, as far as it is not too old at the moment `now`.

        Raises:
            ValueError: the data are not such a dump; nothing was taken.
        """
        try:
            meter_id = data.get("meter_id")
            kept = {each: data["totals"][each.value] for each in _TOTALS if each.value in data.get("totals", {})}
            values = {quantity: Value(int(milli), min(float(at), now)) for quantity, (milli, at) in kept.items()}
        except (TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"totals are damaged: {type(error).__name__}: {error}") from error
        self._meter_id = None if meter_id is None else str(meter_id)
        self._values.update((each, value) for each, value in values.items() if now - value.at < TOTALS_KEPT_S)

    def _forget_meter(self) -> None:
        """Another meter hangs on the line: nothing that the old one said is true of it."""
        self._values.clear()
        self._meter_type = self._list_version = self._meter_time = None
