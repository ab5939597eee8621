"""Homes whose meter's history is remembered: rows as a file would have them, by their kind and beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from han2x.history import By, Hour, MeterHistory, Minute, Quarter, Record, VoltageHour
from han2x.model import Quantity
from tests.state.hours.homes import A_IMPORT, HOUR_S, Home

QUARTER_S = 900
RESUMED_S = 40 * 24 * HOUR_S


@dataclass
class File:
    """What was written of a meter: the latest row of each kind and beginning."""

    minutes: dict[int, Minute] = field(default_factory=dict)
    quarters: dict[int, Quarter] = field(default_factory=dict)
    hours: dict[int, Hour] = field(default_factory=dict)
    voltages: dict[int, VoltageHour] = field(default_factory=dict)

    def write(self, rows: list[Record]) -> None:
        for row in rows:
            if isinstance(row, Minute):
                self.minutes[row.begin] = row
            elif isinstance(row, Quarter):
                self.quarters[row.begin] = row
            elif isinstance(row, Hour):
                self.hours[row.begin] = row
            else:
                self.voltages[row.begin] = row

    def energy(self, hour: datetime | float, quantity: Quantity = A_IMPORT) -> tuple[int, By] | None:
        """The energy of an hour in mWh, and how it is known."""
        begin = int(hour.timestamp() if isinstance(hour, datetime) else hour)
        row = self.hours.get(begin)
        known = None if row is None else row.energies.get(quantity)
        return None if known is None else (known.milli, known.by)

    def of_quarters(self, begin: int, quantity: Quantity = A_IMPORT) -> list[int | None]:
        """The energies of an hour's quarters in mWh."""
        rows = [self.quarters.get(begin + place * QUARTER_S) for place in range(4)]
        known = [None if row is None else row.energies.get(quantity) for row in rows]
        return [None if each is None else each.milli for each in known]

    def between_totals(self, quantity: Quantity = A_IMPORT) -> tuple[int, int, int]:
        """The first and the last hour with a total, and the difference of both in mWh."""
        begins = sorted(begin for begin, hour in self.hours.items() if quantity in hour.totals)
        first, last = self.hours[begins[0]], self.hours[begins[-1]]
        return first.begin, last.begin, last.totals[quantity] - first.totals[quantity]

    def assert_balanced(self, quantity: Quantity = A_IMPORT) -> int:
        """No hour between two totals is missing, and together they have what the meter counted. Returns how many."""
        first, last, counted = self.between_totals(quantity)
        hours = [self.energy(begin, quantity) for begin in range(first, last, HOUR_S)]
        assert None not in hours
        assert sum(each[0] for each in hours if each) == counted
        return len(hours)

    def assert_quarters_add_up(self, quantity: Quantity = A_IMPORT) -> int:
        """Where there are quarters of an hour, they have its energy. Returns of how many hours there are."""
        found = 0
        for begin in self.hours:
            quarters, hour = self.of_quarters(begin, quantity), self.energy(begin, quantity)
            if hour is not None and quarters != [None] * 4:
                found += 1
                assert sum(each for each in quarters if each is not None) == hour[0], datetime.fromtimestamp(begin, UTC)
        return found


class Remembered:
    """A home with the history of its meter, whose rows are written every `every_s`, and read again at each restart."""

    def __init__(self, home: Home, every_s: int = 300) -> None:
        self.home, self.file = home, File()
        self._every_s = every_s
        self._next = home.now
        self.begin()

    def begin(self, *, resume: bool = True) -> None:
        """Follow the meter that the home has now."""
        meter = self.home.meter
        self.history = MeterHistory(meter.state, lambda: meter.bank.factor.active)
        meter.consumers.append(self.history.take)
        if resume:
            self.resume()

    def resume(self) -> None:
        since = self.home.now - RESUMED_S
        self.history.resume([hour for hour in self.file.hours.values() if hour.begin >= since])

    def write(self) -> None:
        self.file.write(self.history.taken())

    def until(self, moment: float | datetime) -> None:
        """Let time pass up to a moment, with a tick each ten seconds."""
        end = moment.timestamp() if isinstance(moment, datetime) else moment
        while self.home.now < end:
            self.home.until(min(self.home.now // 10 * 10 + 10, end))
            if not self.home.hears:
                self.home.meter.tick()
                if self.home.meter.must_be_kept(self.home.steady()):
                    self.home.meter.keep(self.home.disk)
            self.history.tick(self.home.steady())
            if self.home.now >= self._next:
                self._next = self.home.now + self._every_s
                self.write()

    def run(self, seconds: float) -> None:
        self.until(self.home.now + seconds)

    def restart(self, off_s: float = 0, *, crash: bool = False, late_s: float | None = 0) -> None:
        """Stop the gateway or let it crash, and start it again; its file is read `late_s` later, None for never."""
        if not crash:
            self.write()
        self.home.restart(off_s, crash=crash)
        self._next = self.home.now
        self.begin(resume=late_s == 0)
        if late_s:
            self.run(late_s)
            self.resume()

    def finish(self) -> File:
        self.write()
        return self.file


def remembered(home: Home, until: datetime | float) -> File:
    """The file of a home that ran until a moment."""
    one = Remembered(home)
    one.until(until)
    return one.finish()
