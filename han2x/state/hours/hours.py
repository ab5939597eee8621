"""One meter's clock hours: what this one has so far, and the month's highest. Pure: time is an argument."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timezone
from typing import Any, Final

from han2x.estimator import Discontinuity, DiscontinuityCause, Estimate
from han2x.estimator.integral import SAMPLE_S
from han2x.estimator.output import VALID_S
from han2x.meters.clock import Zone, central_european
from han2x.model import Quantity, Reading
from han2x.state.hours import keeping
from han2x.state.hours.clock import HOUR_S, STEP_S, Clock
from han2x.state.hours.clock_hour import EARLY_S, ENERGIES, IMPORT, LATE_S, SILENCE_S, ClockHour, Total
from han2x.state.hours.figures import NO_FIGURES, HighHour, HourFigures
from han2x.state.hours.highest import HighestHours, Hour
from han2x.state.hours.powers import LastMinute, RecentMean
from han2x.state.hours.told import ToldTime

Estimates = Mapping[Quantity, Estimate]

_EXPORT: Final = Quantity.ACTIVE_ENERGY_EXPORT
_POWERS: Final = (Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT)
_WATCHED_S: Final = 90.0
"""So long before an hour ends the estimates are followed with each telegram."""
_LATE_LIST_S: Final = 600.0
"""So long after it began the list with the totals of that moment may come."""
_MILLI: Final = 1000
_AT_ITS_END: Final = (DiscontinuityCause.REGISTER_WENT_BACK, DiscontinuityCause.REGISTER_JUMPED)


class Hours:
    """The clock hours of one meter, which stands in `zone`. `due` says that something is not to be lost."""

    def __init__(self, zone: Zone = central_european) -> None:
        self.zone = zone
        self.due = False
        self._clock = Clock()
        self._told = ToldTime()
        self._steps = 0
        self._hour = ClockHour()
        self._days = HighestHours()
        self._began: datetime | None = None
        self._highest: tuple[HighHour, ...] = ()
        self._minute = LastMinute()
        self._recent = RecentMean()
        self._peak: float | None = None  # W
        self._heard: float | None = None  # when the import power last came
        self._uncounted = False
        self._kept_at: float | None = None  # when an earlier run kept the hour in progress
        self._exports = False

    def of_computer(self, unix_time: float, now: float) -> None:
        """Take what the computer's clock shows at the moment `now`; 0 where there is none."""
        self._clock.of_computer(unix_time, now)

    def take(self, reading: Reading, now: float, estimates: Callable[[], Estimates]) -> None:
        """Take a reading that came at the moment `now`; `estimates` gives the energies with it."""
        stamp = self._clock.of_meter(self._told.of_now(reading, self.zone), now)
        moment = self._clock.at(now)
        if moment is None:
            return
        has_totals = any(energy in reading.values for energy in ENERGIES)
        if self._heard is not None and moment - self._heard > SILENCE_S and not has_totals:
            self._hour.was_silent()
        if not self._is_amid(moment):
            self.advance(now, estimates())
            if has_totals:
                self._take_totals(reading, now)
        taken = moment if stamp is None or reading.header_time is None else stamp
        self._take_powers(reading, now, taken - SAMPLE_S / 2)

    def stepped(self, discontinuity: Discontinuity) -> None:
        """An estimate has taken a step that is no energy."""
        self._hour.forget(discontinuity.quantity, closed_too=discontinuity.cause in _AT_ITS_END)
        self._rank()

    def advance(self, now: float, estimates: Estimates) -> None:
        """Go on to the moment `now`, at which the energies are these."""
        moment = self._clock.at(now)
        if moment is None:
            return
        if self._clock.steps != self._steps:
            self._clock_was_set(moment)
        begin = self._hour.begin
        if begin is None or not begin <= moment < begin + HOUR_S:
            self._turn(moment, estimates)
        else:
            self._hour.see(moment, estimates)
        if self._uncounted and self._clock.is_settled(now):
            self._count()

    def figures(self, now: float, estimates: Estimates) -> HourFigures:
        """What is known at the moment `now`, at which the energies are these."""
        self.advance(now, estimates)
        moment, begin = self._clock.at(now), self._hour.begin
        if moment is None or begin is None:
            return NO_FIGURES
        # As long as nothing is heard, all stays as it was when the estimate came to a stand.
        idle = 0.0 if self._heard is None else max(moment - self._heard - VALID_S, 0.0)
        mean = self._recent.mean(now - idle)
        hour_wh = max(mean or 0.0, 0.0)
        imported = self._hour.so_far(IMPORT, estimates.get(IMPORT), hour_wh)
        rest = min(max(begin + HOUR_S - moment + idle, 0.0), HOUR_S) / HOUR_S
        return HourFigures(
            begin=self._began,
            import_wh=imported,
            export_wh=self._hour.so_far(_EXPORT, estimates.get(_EXPORT), hour_wh),
            expected_wh=None if imported is None or mean is None else imported + mean * rest,
            minute_w=self._minute.mean,
            highest_w=self._peak,
            highest=self._highest,
        )

    def dump(self, now: float) -> dict[str, Any]:
        """What must survive a restart, as JSON has it, to be written now."""
        self.due = False
        return keeping.dump(keeping.Kept(self._clock.at(now), self._heard, self._hour, self._days, self._peak))

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `dump` gave in an earlier run.

        Raises:
            ValueError: the data are not such a dump; nothing was taken.
        """
        kept = keeping.load(data)
        self._clock.not_before = max(self._clock.not_before, kept.moment or 0.0)
        self._kept_at, self._heard = kept.moment, kept.heard
        self._uncounted = kept.hour.closed is not None
        self._hour, self._days, self._peak = kept.hour, kept.days, kept.peak
        self._rank()

    def _is_amid(self, moment: float) -> bool:
        """Whether the present hour goes on and neither its end is near nor the totals of its beginning may come."""
        begin = self._hour.begin
        return begin is not None and _LATE_LIST_S <= moment - begin < HOUR_S - _WATCHED_S

    def _clock_was_set(self, moment: float) -> None:
        """The hour in progress is lost, except one that an earlier run kept, which knew when it began."""
        self._steps = self._clock.steps
        self._minute.stop()
        if self._kept_at is not None and moment >= self._kept_at:
            return
        self._lose()

    def _lose(self) -> None:
        self._keep_closed()
        self._hour.lose()
        self._uncounted = False
        self._peak = self._kept_at = None

    def _turn(self, moment: float, estimates: Estimates) -> None:
        """Enter another hour. What is a little before this one began is still of it: the clock was corrected."""
        begin, before = self._hour_of(moment), self._hour.begin
        if before is not None and moment < before - STEP_S:
            self._lose()
        elif before is not None and begin <= before:
            return
        self._kept_at = None
        self._keep_closed()
        self._hour.enter(begin, moment, estimates)
        self._uncounted = before is not None
        self._peak = None
        self._rank()

    def _take_powers(self, reading: Reading, now: float, moment: float) -> None:
        """Take the powers, which were those of that moment."""
        imported, exported = (reading.values.get(power) for power in _POWERS)
        self._exports = self._exports or exported is not None
        if imported is not None or exported:
            self._heard = moment
            self._recent.add(now, (imported or 0) / _MILLI)
        net = self._net(imported, exported, reading)
        if net is None:
            return
        self._minute.add(moment, net)
        begin = self._hour.begin
        if begin is not None and begin <= moment and (self._peak is None or net > self._peak):
            self._peak = net

    def _net(self, imported: int | None, exported: int | None, reading: Reading) -> float | None:
        """Import less export, in W. The import alone is 0 also while something is exported."""
        if imported is None:
            return -exported / _MILLI if exported else None
        if exported is None and not imported and (self._exports or len(reading.values) == 1):
            return None
        return (imported - (exported or 0)) / _MILLI

    def _take_totals(self, reading: Reading, now: float) -> None:
        begin = self._hour.begin
        told = self._clock.meant(self._told.of_totals(reading, self.zone), now)
        if begin is None or told is None or not -EARLY_S <= told - begin <= LATE_S:
            return
        for energy in ENERGIES:
            milli = reading.values.get(energy)
            if milli is not None:
                step = (reading.energy_step or _MILLI) / _MILLI
                watt = (reading.values.get(_POWERS[ENERGIES.index(energy)]) or 0) / _MILLI
                if self._hour.take_total(energy, Total(milli / _MILLI, step, told - begin), watt):
                    self.due = True
        self._rank()

    def _count(self) -> None:
        """The clock that said when the last hour was over will not be set, so it was."""
        self._uncounted = False
        closed = self._hour.closed
        if closed is not None:
            closed.count()
            self.due = self.due or closed.hour is not None
        self._rank()

    def _keep_closed(self) -> None:
        closed, self._hour.closed = self._hour.closed, None
        if closed is not None and closed.hour is not None:
            self._days.add(closed.hour, self.zone)

    def _rank(self) -> None:
        """Find the month's highest hours, and how the place calls this one."""
        begin, closed = self._hour.begin, self._hour.closed
        if begin is None:
            self._began, self._highest = None, ()
            return
        self._began = self._there(begin)
        latest = closed.hour if closed is not None else None
        found = self._days.of_month(begin, self.zone, latest)
        self._highest = tuple(self._high(hour) for hour in found)

    def _high(self, hour: Hour) -> HighHour:
        return HighHour(self._there(hour.begin), hour.wh)

    def _hour_of(self, moment: float) -> float:
        """When the hour of the place began in which a moment lies."""
        offset = self.zone(datetime.fromtimestamp(moment, UTC)).total_seconds()
        return math.floor((moment + offset) / HOUR_S) * HOUR_S - offset

    def _there(self, moment: float) -> datetime:
        at = datetime.fromtimestamp(moment, UTC)
        return at.astimezone(timezone(self.zone(at)))
