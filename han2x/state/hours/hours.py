"""One meter's clock hours: what this one has so far, and the month's highest. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from han2x.estimator import Discontinuity, DiscontinuityCause, Estimate
from han2x.estimator.integral import SAMPLE_S
from han2x.estimator.output import VALID_S
from han2x.meters.clock import Zone, central_european
from han2x.model import Quantity, Reading
from han2x.state.hours import keeping, news
from han2x.state.hours.clock import HOUR_S, STEP_S, Clock
from han2x.state.hours.clock_hour import EARLY_S, LATE_S, SILENCE_S, ClockHour
from han2x.state.hours.figures import NO_FIGURES, HighHour, HourFigures
from han2x.state.hours.highest import HighestHours
from han2x.state.hours.marks import ENERGIES, IMPORT, Total, marks
from han2x.state.hours.news import HourNews, Known, News, QuarterNews, StepNews
from han2x.state.hours.place import hour_of, local_time
from han2x.state.hours.powers import LastMinute, NetPower, RecentMean
from han2x.state.hours.quarters import QUARTER_S
from han2x.state.hours.told import ToldTime

Estimates = Mapping[Quantity, Estimate]

_EXPORT: Final = Quantity.ACTIVE_ENERGY_EXPORT
_POWERS: Final = (Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT)
_WATCHED_S: Final = 90.0
"""So long before an hour ends the estimates are followed with each telegram."""
_WATCHED_QUARTER_S: Final = 30.0
"""The same before a quarter of it ends."""
_LATE_LIST_S: Final = 600.0
"""So long after it began the list with the totals of that moment may come."""
_MILLI: Final = 1000
_AT_ITS_END: Final = (DiscontinuityCause.REGISTER_WENT_BACK, DiscontinuityCause.REGISTER_JUMPED)


class Hours:
    """The clock hours of one meter, which stands in `zone`. `due` says that something is not to be lost.

    `taken_at` is the moment of which the powers of the last reading were, in seconds since 1970-01-01 UTC, None where
    no clock could be believed. `news` is what became known of hours and quarters: whoever remembers them takes it away,
    else the oldest goes first.
    """

    def __init__(self, zone: Zone = central_european) -> None:
        self.zone = zone
        self.due = False
        self.taken_at: float | None = None
        self.news: deque[News] = deque(maxlen=news.KEPT)
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
        self._net = NetPower()

    @property
    def times_set(self) -> int:
        """How often the clock that the hours go by was set so far that the hour is another, or may be."""
        return self._clock.steps

    def moment(self, now: float) -> float | None:
        """Which moment it is, in seconds since 1970-01-01 UTC; None while no clock can be believed."""
        return self._clock.at(now)

    def is_settled(self, now: float) -> bool:
        """Whether it is unlikely that the clock will be set soon."""
        return self._clock.is_settled(now)

    def of_computer(self, unix_time: float, now: float) -> None:
        """Take what the computer's clock shows at the moment `now`; 0 where there is none."""
        self._clock.of_computer(unix_time, now)

    def take(self, reading: Reading, now: float, estimates: Callable[[], Estimates]) -> None:
        """Take a reading that came at the moment `now`; `estimates` gives the energies with it."""
        stamp = self._clock.of_meter(self._told.of_now(reading, self.zone), now)
        moment = self.taken_at = self._clock.at(now)
        if moment is None:
            return
        has_totals = any(energy in reading.values for energy in ENERGIES)
        if self._heard is not None and moment - self._heard > SILENCE_S and not has_totals:
            self._hour.was_silent()
        if not self._is_amid(moment):
            self.advance(now, estimates())
        if has_totals and not self._hour.has_totals_of(reading.values):
            self._take_totals(reading, now)
        taken = moment if stamp is None or reading.header_time is None else stamp
        self.taken_at = taken - SAMPLE_S / 2
        self._take_powers(reading, now, self.taken_at)

    def stepped(self, discontinuity: Discontinuity) -> None:
        """An estimate has taken a step that is no energy."""
        quantity = discontinuity.quantity
        self.news.append(StepNews(quantity))
        self._hour.forget(quantity, closed_too=discontinuity.cause in _AT_ITS_END)
        if quantity is IMPORT:
            self._days.settle({}, float("inf"), self.zone)
        self._tell(news.of_closed(self._hour.over))
        self._rank()

    def settle(self, quantity: Quantity, corrected: Mapping[float, float], until: float) -> None:
        """A total of the moment `until`, with an earlier one, has told what the hours between them had in all.

        Those in `corrected` have that energy, in Wh, and no longer what was estimated, if anything was.
        """
        closed = self._hour.over.get(quantity)
        if closed is not None and closed.begin < until:
            closed.wh = corrected.get(closed.begin, closed.wh)
            closed.settled = closed.wh is not None
        if quantity is IMPORT:
            self._days.settle(corrected, until, self.zone)
        self.due = True
        self._rank()

    def advance(self, now: float, estimates: Estimates) -> None:
        """Go on to the moment `now`, at which the energies are these."""
        moment = self._clock.at(now)
        if moment is None:
            return
        if self._clock.steps != self._steps:
            self._clock_was_set(moment)
        if self._heard is not None and moment - self._heard > SILENCE_S:
            estimates = {}  # they stand still, and tell nothing of a full hour that nobody heard
        begin = self._hour.begin
        if begin is None or not begin <= moment < begin + HOUR_S:
            self._turn(moment, estimates)
        else:
            for quarter in self._hour.see(moment, estimates):
                energies = self._hour.quarters.over[quarter]
                self.news.append(QuarterNews(begin + quarter * QUARTER_S, energies))
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

    def present(self, now: float, estimates: Estimates) -> tuple[HourNews, QuarterNews] | None:
        """The hour and the quarter in progress up to the moment `now`, at which the energies are these."""
        figures, begin = self.figures(now, estimates), self._hour.begin
        if begin is None:
            return None
        so_far = zip(ENERGIES, (figures.import_wh, figures.export_wh), strict=True)
        hour = HourNews(
            begin,
            over=False,
            energies={each: Known(wh, by_totals=False) for each, wh in so_far if wh is not None},
            totals=dict(self._hour.totals),
        )
        quarters = self._hour.quarters
        return hour, QuarterNews(begin + len(quarters.over) * QUARTER_S, quarters.so_far(marks(estimates)))

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
        self._uncounted = bool(kept.hour.over)
        self._hour, self._days, self._peak = kept.hour, kept.days, kept.peak
        self._tell(news.of_closed(self._hour.over))
        self._tell(news.of_present(self._hour))
        self._rank()

    def _is_amid(self, moment: float) -> bool:
        """Whether the present quarter goes on and neither its end is near nor the hour's totals are soon to come."""
        begin = self._hour.begin
        if begin is None or not _LATE_LIST_S <= moment - begin < HOUR_S - _WATCHED_S:
            return False
        return moment - begin < self._hour.quarters.next_s - _WATCHED_QUARTER_S

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
        begin, before = hour_of(moment, self.zone), self._hour.begin
        if before is not None and moment < before - STEP_S:
            self._lose()
        elif before is not None and begin <= before:
            return
        self._kept_at = None
        self._keep_closed()
        self._hour.enter(begin, moment, estimates)
        self._uncounted = before is not None
        self._tell(news.of_closed(self._hour.over))
        self._peak = None
        self._rank()

    def _take_powers(self, reading: Reading, now: float, moment: float) -> None:
        """Take the powers, which were those of that moment."""
        imported, exported = (reading.values.get(power) for power in _POWERS)
        if imported is not None or exported:
            self._heard = moment
            self._recent.add(now, (imported or 0) / _MILLI)
        net = self._net.of(imported, exported, alone=len(reading.values) == 1)
        if net is None:
            return
        self._minute.add(moment, net)
        begin = self._hour.begin
        if begin is not None and begin <= moment and (self._peak is None or net > self._peak):
            self._peak = net

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
        self._tell(news.of_closed(self._hour.over))
        self._tell(news.of_present(self._hour))
        self._rank()

    def _count(self) -> None:
        """The clock that said when the last hour was over will not be set, so it was."""
        self._uncounted = False
        for closed in self._hour.over.values():
            closed.count()
            self.due = self.due or closed.hour is not None
        self._tell(news.of_closed(self._hour.over))
        self._rank()

    def _keep_closed(self) -> None:
        over, self._hour.over = self._hour.over, {}
        closed = over.get(IMPORT)
        if closed is not None and closed.hour is not None:
            self._days.add(closed.hour, self.zone, final=closed.is_final)

    def _tell(self, told: HourNews | None) -> None:
        if told is not None:
            self.news.append(told)

    def _rank(self) -> None:
        """Find the month's highest hours, and how the place calls this one."""
        begin, closed = self._hour.begin, self._hour.over.get(IMPORT)
        if begin is None:
            self._began, self._highest = None, ()
            return
        self._began = local_time(begin, self.zone)
        latest = closed.hour if closed is not None else None
        found = self._days.of_month(begin, self.zone, latest)
        self._highest = tuple(HighHour(local_time(hour.begin, self.zone), hour.wh) for hour in found)
