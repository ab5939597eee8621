"""What one line has said so far: the values with their ages, the meter that says them, and its energies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from han2x.estimator import ENERGY_POWERS, EnergyEstimator, Estimate
from han2x.model import Event, MeterTime, Problem, ProblemKind, PushList, Quantity, Reading
from han2x.state.freshness import Freshness, comes_within_s
from han2x.state.hours import Hours
from han2x.state.identity import MeterIdentity
from han2x.state.sent import Sent
from han2x.state.snapshot import Snapshot, Value

STALE_AFTER_S: Final = 60.0
"""How long a telegram counts, as the product document has it for the HAN light ("Indikatorlys")."""


class MeterState:
    """What one line has said so far. `revision` rises with everything applied, `readings` with every good telegram."""

    def __init__(self, estimator: EnergyEstimator | None = None, stale_after_s: float = STALE_AFTER_S) -> None:
        self.estimator = estimator or EnergyEstimator()
        self.stale_after_s = stale_after_s
        self.hours = Hours()
        self.revision = 0
        self.meters = 1  # rises with each other meter that comes to hang on the line
        self._identity = MeterIdentity()
        self._freshness = Freshness()
        self._sent = Sent()
        self._gone: frozenset[Quantity] = frozenset()
        self._values: dict[Quantity, Value] = {}
        self._last: Reading | None = None
        self._last_at: float | None = None
        self._first_at = 0.0  # when this meter was first heard in this run
        self._meter_type: str | None = None
        self._list_version: str | None = None
        self._meter_time: MeterTime | None = None
        self._meter_time_at: float | None = None
        self._clock_in: PushList | None = None
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
        if self._identity.is_of_another(event):
            self._forget_meter(event, now)
        if self._last_at is None:
            self._first_at = now
        self.readings += 1
        self._last, self._last_at = event, now
        for quantity, milli in event.values.items():
            self._values[quantity] = Value(milli, now)
        self._freshness.came(event.values, now)
        self._note_sent(event, now)
        self._meter_type = event.meter_type or self._meter_type
        self._list_version = event.list_version or self._list_version
        self._set_clock(event, now)
        self.estimator.apply(event, now)

    def is_stale(self, now: float) -> bool:
        """Whether no good telegram has come for so long that none is current, or none at all."""
        return now >= self._line_until()

    def snapshot(self, now: float) -> Snapshot:
        """What is known at the moment `now`, as a value that does not change any more."""
        last = self._last
        estimates = dict(self.estimator.at(now))
        values_until = self._values_until()
        estimates_until = {quantity: self._estimate_until(quantity, each) for quantity, each in estimates.items()}
        stale_values = frozenset([quantity for quantity, until in values_until.items() if now >= until])
        awaited = self._sent.expected.difference(self._values)
        ends = [self._line_until(), *values_until.values(), *estimates_until.values()]
        return Snapshot(
            now=now,
            stale=self.is_stale(now),
            last_reading_at=self._last_at,
            maker=last.maker if last else None,
            push_list=last.push_list if last else None,
            meter_id=self._identity.meter_id,
            phases=self._identity.phases,
            meter_type=self._meter_type,
            list_version=self._list_version,
            meter_time=self._meter_time,
            meter_time_at=self._meter_time_at if self._meter_time is not None else None,
            values=MappingProxyType(dict(self._values)),
            estimates=MappingProxyType(estimates),
            stale_values=stale_values,
            stale_estimates=frozenset([quantity for quantity, until in estimates_until.items() if now >= until]),
            awaited=awaited,
            gone=self._gone,
            overdue=MappingProxyType(dict(self._overdue(stale_values | awaited, now))),
            hours=self.hours.figures(now, estimates),
            until=min([end for end in ends if end > now], default=float("inf")),
            readings=self.readings,
            problems=MappingProxyType(dict(self._problems)),
            last_problem=self._last_problem,
        )

    def dump(self) -> dict[str, Any]:
        """What must survive a restart besides the estimates, as JSON has it: whose totals they are, and the totals."""
        totals = {each.value: self._values[each] for each in ENERGY_POWERS if each in self._values}
        return {
            **self._identity.dump(),
            "totals": {key: [value.milli, value.at] for key, value in totals.items()},
            "sent": self._sent.dump(),
        }

    def restore(self, data: Mapping[str, Any], now: float) -> None:
        """Take back what `dump` gave in an earlier run, at the moment `now`.

        Raises:
            ValueError: the data are not such a dump; nothing was taken.
        """
        try:
            kept = {each: data["totals"][each.value] for each in ENERGY_POWERS if each.value in data.get("totals", {})}
            values = {quantity: Value(int(milli), min(float(at), now)) for quantity, (milli, at) in kept.items()}
            identity = MeterIdentity.restore(data, {each: value.milli for each, value in values.items()})
            sent = Sent.restore(data.get("sent", {}))
        except (TypeError, AttributeError, OverflowError, ValueError) as error:
            raise ValueError(f"totals are damaged: {type(error).__name__}: {error}") from error
        self._identity, self._sent = identity, sent
        self._values.update(values)

    def _forget_meter(self, first: Reading, now: float) -> None:
        """Another meter hangs on the line: nothing that the old one said is true of it."""
        self.meters += 1
        self.estimator.meter_exchanged(self._identity.meter_id, first.meter_id, now)
        self._identity, self._freshness, self._sent = MeterIdentity(), Freshness(), Sent()
        self._identity.learn(first)
        self._values.clear()
        self._gone, self._first_at = frozenset(), now
        self._meter_type = self._list_version = self._meter_time = self._clock_in = None

    def _note_sent(self, reading: Reading, now: float) -> None:
        gone = self._sent.came(reading, now)
        if gone or self._gone:
            self._gone = (self._gone | gone) - self._sent.quantities
        for quantity in gone:
            self._values.pop(quantity, None)

    def _overdue(self, not_current: frozenset[Quantity], now: float) -> Iterator[tuple[Quantity, float]]:
        """Those of the values that are not current for which there was time enough to come, and since when."""
        for quantity in not_current if self._last_at is not None else ():
            value = self._values.get(quantity)
            if value is not None and value.at >= self._first_at:
                yield quantity, value.at
            elif now - self._first_at >= comes_within_s(quantity):
                yield quantity, self._first_at

    def _set_clock(self, reading: Reading, now: float) -> None:
        """The clock stays as it was told until a list of the kind that tells it comes without one."""
        if reading.meter_time is not None:
            self._meter_time, self._clock_in = reading.meter_time, reading.push_list
            self._meter_time_at = now
        elif reading.push_list is self._clock_in:
            self._meter_time = None

    def _line_until(self) -> float:
        """When the line is stale unless a telegram comes."""
        if self._last_at is None:
            return float("-inf")
        return self._last_at + self._freshness.line_counts_s(self.stale_after_s)

    def _values_until(self) -> dict[Quantity, float]:
        """When each value is stale; those that an earlier run kept count once the meter has spoken."""
        if self._last_at is None:
            return dict.fromkeys(self._values, float("-inf"))
        counts_s, least = self._freshness.counts_s, self.stale_after_s
        return {quantity: value.at + counts_s(quantity, least) for quantity, value in self._values.items()}

    def _estimate_until(self, energy: Quantity, estimate: Estimate) -> float:
        """When an estimate is stale: as long after what moved it as that counts, a power or else the total itself."""
        if estimate.fed_at is None:
            return float("-inf")
        moved_by = ENERGY_POWERS[energy] if estimate.by_power else energy
        return estimate.fed_at + self._freshness.counts_s(moved_by, self.stale_after_s)
