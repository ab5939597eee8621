"""How the rows of one meter come from its readings. Pure: `now` is in seconds on a scale that never steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from han2x.history.balance import Balance
from han2x.history.kept_hour import QUARTER_S
from han2x.history.minutes import Minutes, Spans
from han2x.history.records import By, Energy, Hour, Minute, Quarter, Record
from han2x.history.rows import Rows
from han2x.history.voltages import Voltages
from han2x.model import Event, Problem, Quantity
from han2x.state import MeterState
from han2x.state.hours import ENERGIES, HourNews, QuarterNews, StepNews, hour_of

GRACE_S: Final = 5.0
"""How long after a minute its last telegram may come: a long list takes two seconds at 2400 baud."""
MOST_WAITING: Final = 15
"""Minutes that wait for a computer's clock which may still be set: it is taken for settled after ten."""
_MILLI: Final = 1000


class MeterHistory:
    """The rows of one meter, as they are completed: minutes, quarters, hours, and the hours' voltages.

    Minutes of a clock that may still be set wait until it is settled; if it is set, they were of no minute. Quarters do
    the same, hours by themselves. `factor` gives the scaling factor in force, in thousandths.
    """

    def __init__(self, state: MeterState, factor: Callable[[], int]) -> None:
        self._state = state
        self._factor = factor
        self._now: float | None = None
        self._minutes = Minutes()
        self._voltages = Voltages()
        self._balance = Balance()
        self._rows = Rows()
        self._waiting: deque[Minute | Quarter] = deque(maxlen=MOST_WAITING + MOST_WAITING // 5)
        self._times_set = state.hours.times_set
        self._meters = state.meters

    def take(self, event: Event, now: float) -> None:
        """Take what was decoded at the moment `now`, after the state and its hours have."""
        if isinstance(event, Problem):
            return
        self._now = now
        self._follow()
        at = self._state.hours.taken_at
        if at is not None:
            ended = self._minutes.add(at, event.values)
            if ended is not None:
                self._end_minute(ended)

    def tick(self, now: float) -> None:
        """Go on to the moment `now`; to be called about once a second."""
        self._now = now
        self._follow()
        hours = self._state.hours
        moment = hours.moment(now)
        if moment is None:
            return
        ended = self._minutes.end(moment - GRACE_S)
        if ended is not None:
            self._end_minute(ended)
        if self._waiting and hours.is_settled(now):
            self._release()
        if not self._waiting:
            self._end_voltages(moment - 2 * GRACE_S)

    def resume(self, hours: Sequence[Hour]) -> None:
        """Go on from the hours of earlier runs: those of the last 40 days, in any order."""
        self._follow()
        moment = None if self._now is None else self._state.hours.moment(self._now)
        known = [hour for hour in hours if moment is None or hour.begin <= moment]
        self._balance.resume(known, self._factor())
        self._write_hours()

    def taken(self) -> list[Record]:
        """The rows that were completed since this was last called.

        Among them is that of the hour in progress with the meter's totals alone, as soon as those have come.
        """
        return self._rows.take()

    def present(self) -> list[Record]:
        """Those that were completed and not taken yet, and then what is in progress, as it is now."""
        rows = [*self._rows.all(), *self._waiting]
        minute, voltages = self._minutes.present(), self._voltages.present()
        if minute is not None:
            rows.append(Minute(minute.begin, self._factor(), minute.values))
        if voltages is not None:
            rows.append(voltages)
        if self._now is not None:
            present = self._state.hours.present(self._now, self._state.estimator.at(self._now))
            rows += [] if present is None else self._in_progress(*present)
        return rows

    def _in_progress(self, hour: HourNews, quarter: QuarterNews) -> list[Record]:
        begin, factor, kept = round(hour.begin), self._factor(), self._balance.hours.get(round(hour.begin))
        rows: list[Record] = []
        energies = {each: _estimated(known.wh) for each, known in hour.energies.items()}
        totals = dict(kept.totals) if kept is not None else {}
        if energies or totals:
            rows.append(Hour(begin, factor, energies, totals))
        if quarter.energies:
            rows.append(_quarter(quarter, factor))
        return rows

    def _follow(self) -> None:
        """Take what became known of the clock, of the meter, and of hours."""
        hours = self._state.hours
        if hours.times_set != self._times_set or self._state.meters != self._meters:
            self._begin_again()
        while hours.news:
            news = hours.news.popleft()
            if isinstance(news, HourNews):
                self._balance.take(news, self._factor())
                self._write_hours()
            elif isinstance(news, QuarterNews):
                self._end_quarter(news)
            else:
                self._step(news)

    def _begin_again(self) -> None:
        """The clock was set, or another meter speaks."""
        hours = self._state.hours
        self._minutes.stop()
        if hours.times_set != self._times_set:
            self._times_set = hours.times_set
            self._waiting.clear()
            moment = None if self._now is None else hours.moment(self._now)
            if moment is not None:
                self._balance.clock_set(moment)
        if self._state.meters != self._meters:
            self._meters = self._state.meters
            for energy in ENERGIES:
                self._balance.step(energy)

    def _step(self, news: StepNews) -> None:
        if news.quantity in ENERGIES:
            self._balance.step(news.quantity)

    def _end_quarter(self, news: QuarterNews) -> None:
        row, factor = _quarter(news, self._factor()), self._factor()
        begin = round(hour_of(news.begin, self._state.hours.zone))
        self._balance.hour(begin, factor).factors[(row.begin - begin) // QUARTER_S] = factor
        if row.energies:
            self._complete(row)

    def _end_minute(self, spans: Spans) -> None:
        self._complete(Minute(spans.begin, self._factor(), spans.values))

    def _complete(self, row: Minute | Quarter) -> None:
        self._waiting.append(row)
        if self._now is not None and self._state.hours.is_settled(self._now):
            self._release()

    def _release(self) -> None:
        while self._waiting:
            row = self._waiting.popleft()
            self._rows.put(row)
            if isinstance(row, Minute):
                begin = round(hour_of(row.begin, self._state.hours.zone))
                ended = self._voltages.add(begin, row.values)
                if ended is not None:
                    self._rows.put(ended)

    def _end_voltages(self, moment: float) -> None:
        ended = self._voltages.end(moment)
        if ended is not None:
            self._rows.put(ended)

    def _write_hours(self) -> None:
        """Make the rows of the hours that changed, and let the clock hours know what the totals told."""
        balance = self._balance
        for begin in sorted(balance.changed):
            for row in balance.hours[begin].rows(begin):
                self._rows.put(row)
        balance.changed.clear()
        while balance.settled:
            self._state.hours.settle(*balance.settled.pop(0))


def _estimated(wh: float) -> Energy:
    return Energy(round(wh * _MILLI), By.ESTIMATED)


def _quarter(news: QuarterNews, factor: int) -> Quarter:
    energies: dict[Quantity, Energy] = {each: _estimated(wh) for each, wh in news.energies.items()}
    return Quarter(round(news.begin), factor, energies)
