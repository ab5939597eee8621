"""The hours since the meter's last total, which the next one balances: together they have what the meter counted. Pure.

An hour that was heard has the difference of two totals, or of two estimates. One that was not heard, because the meter
was silent or the gateway off, has its share of what is left between two totals of the same meter. Nothing is shared out
across an exchanged meter, a register that went back or jumped, or a gap of more than `MOST_HOURS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from han2x.estimator import LIMIT_W
from han2x.history.kept_hour import KeptHour
from han2x.history.records import By, Energy, Hour
from han2x.history.shares import shared_out
from han2x.model import Quantity
from han2x.state.hours import ALIKE_S, ENERGIES, HourNews, Total

HOUR_S: Final = 3600
MOST_HOURS: Final = 40 * 24
MISFITS: Final = 3
"""Totals in a row at another second of the hour that show that they will all be: fewer were late ones."""
QUARTERED: Final = 48
"""Hours without a total from which on those far from the others have no quarters."""
KEPT: Final = 4
"""Hours that are kept while there is no total."""
_MILLI: Final = 1000


class Anchor(NamedTuple):
    """A total in mWh, of the full hour at `begin`; so many seconds after it, None where that is not known."""

    begin: int
    milli: int
    late_s: float | None

    def is_alike(self, later: Anchor) -> bool:
        """Whether both were taken at the same second of their hours, as far as is known."""
        return self.late_s is None or later.late_s is None or abs(self.late_s - later.late_s) <= ALIKE_S


class Settled(NamedTuple):
    """What two totals told of an energy: the hours in Wh that are known by more than a share; all before `until`."""

    quantity: Quantity
    hours: Mapping[float, float]
    until: float


class Balance:
    """The hours of one meter that may still be corrected.

    `changed` are the beginnings of those with another row, and `settled` what its clock hours have to know: whoever
    takes either away empties it.
    """

    def __init__(self) -> None:
        self.hours: dict[int, KeptHour] = {}
        self.changed: set[int] = set()
        self.settled: list[Settled] = []
        self._anchors: dict[Quantity, Anchor] = {}
        self._first: dict[Quantity, Anchor] = {}  # of this run
        self._misfits: dict[Quantity, set[int]] = {}  # their beginnings
        self._broken: set[Quantity] = set()

    def take(self, news: HourNews, factor: int) -> None:
        """Take what became known of an hour, while this scaling factor is in force."""
        begin = round(news.begin)
        if news.over:
            self._close(begin, news, factor)
        for quantity, total in news.totals.items():
            self._take_total(quantity, begin, total, factor, over=news.over)
        self._prune()

    def hour(self, begin: int, factor: int) -> KeptHour:
        """What is kept of an hour, which is made where nothing was."""
        if begin not in self.hours:
            self.hours[begin] = KeptHour(factor)
        return self.hours[begin]

    def step(self, quantity: Quantity) -> None:
        """This energy took a step that was not consumed."""
        self._anchors.pop(quantity, None)
        if quantity not in self._first:
            self._broken.add(quantity)

    def clock_set(self, moment: float) -> None:
        """The clock was set, to this moment: what it told of later ones was wrong."""
        for known in (self._anchors, self._first):
            for quantity in [each for each, anchor in known.items() if anchor.begin > moment]:
                del known[quantity]

    def resume(self, hours: Sequence[Hour], factor: int) -> None:
        """Go on from the hours of earlier runs, of which the last one with a total is what the next total goes with."""
        for quantity in ENERGIES:
            first = self._first.get(quantity)
            earlier = [hour for hour in hours if first is None or hour.begin < first.begin]
            last = max((hour for hour in earlier if quantity in hour.totals), key=lambda hour: hour.begin, default=None)
            if last is None or quantity in self._broken:
                continue
            anchor = Anchor(last.begin, last.totals[quantity], None)
            for hour in earlier:
                if hour.begin >= anchor.begin:
                    self.hours.setdefault(hour.begin, KeptHour.of_file(hour)).learn(hour)
            if first is not None:
                self._settle(quantity, anchor, first, factor)
            else:
                self._anchors.setdefault(quantity, anchor)
        self._prune()

    def _close(self, begin: int, news: HourNews, factor: int) -> None:
        is_new = begin not in self.hours
        hour = self.hour(begin, factor)
        hour.close(factor)
        for quantity in ENERGIES:
            anchor = self._anchors.get(quantity)
            if not is_new and anchor is not None and begin < anchor.begin:
                continue  # balanced already
            known = news.energies.get(quantity)
            if known is None:
                hour.energies.pop(quantity, None)
            else:
                by = By.METER if known.by_totals else By.ESTIMATED
                hour.energies[quantity] = Energy(round(known.wh * _MILLI), by)
            if quantity in news.quarters:
                hour.quarters[quantity] = [None if wh is None else round(wh * _MILLI) for wh in news.quarters[quantity]]
        self.changed.add(begin)

    def _take_total(self, quantity: Quantity, begin: int, total: Total, factor: int, *, over: bool) -> None:
        new, last = Anchor(begin, round(total.wh * _MILLI), total.late_s), self._anchors.get(quantity)
        if last is not None and begin <= last.begin and (over or new.milli == last.milli):
            if last.is_alike(new):
                self.hour(begin, factor).totals.setdefault(quantity, new.milli)
            return
        if last is not None and begin > last.begin:  # else the clock was set back
            if self._is_misfit(quantity, last, new):
                return
            self._settle(quantity, last, new, factor)
        self._misfits.pop(quantity, None)
        self._anchors[quantity] = new
        self._first.setdefault(quantity, new)
        self.hour(begin, factor).totals[quantity] = new.milli
        self.changed.add(begin)

    def _is_misfit(self, quantity: Quantity, last: Anchor, new: Anchor) -> bool:
        """Whether a total was late, and those of the same second of their hours go on."""
        if last.is_alike(new):
            return False
        misfits = self._misfits.setdefault(quantity, set())
        misfits.add(new.begin)
        return len(misfits) < MISFITS

    def _settle(self, quantity: Quantity, last: Anchor, new: Anchor, factor: int) -> None:
        """Let the hours between two totals have what was counted between them."""
        hours, rest = divmod(new.begin - last.begin, HOUR_S)
        counted = new.milli - last.milli
        if rest or hours > MOST_HOURS or not 0 <= counted <= LIMIT_W * _MILLI * hours:
            return
        begins = range(last.begin, new.begin, HOUR_S)
        if hours == 1 and last.is_alike(new):
            energies = [Energy(counted, By.METER)]
        else:
            energies = list(_balanced(counted, [self.hours.get(begin) for begin in begins], quantity))
        shares = [energy.by is By.SPREAD for energy in energies]
        for place, (begin, energy) in enumerate(zip(begins, energies, strict=True)):
            hour = self.hours.get(begin)
            if hour is None:
                before = self.hours.get(begin - HOUR_S)
                hour = self.hour(begin, factor if before is None else before.factor)
            hour.close(hour.factor)
            beside = not all(shares[max(place - 1, 0) : place + 2]) or begin in (begins[0], begins[-1])
            hour.partly = beside or hours <= QUARTERED
            if hour.energies.get(quantity) != energy or not hour.from_file:
                hour.energies[quantity] = energy
                self.changed.add(begin)
        known = zip(begins, energies, strict=True)
        found = {float(begin): each.milli / _MILLI for begin, each in known if each.by is not By.SPREAD}
        self.settled.append(Settled(quantity, found, float(new.begin)))

    def _prune(self) -> None:
        newest = max(self.hours, default=0)
        for quantity in [each for each, one in self._anchors.items() if newest - one.begin > MOST_HOURS * HOUR_S]:
            del self._anchors[quantity]
        oldest = min((anchor.begin for anchor in self._anchors.values()), default=newest - KEPT * HOUR_S) - HOUR_S
        for begin in [each for each in self.hours if each < oldest and each not in self.changed]:
            del self.hours[begin]


def _balanced(counted: int, hours: Sequence[KeptHour | None], quantity: Quantity) -> Iterator[Energy]:
    """What each hour has of what was counted over all, in mWh. Those of an earlier run, or by totals, stay if they can:
    there are quarters of them already, or they are what the bill goes by.
    """
    known = [None if hour is None else hour.known(quantity) for hour in hours]
    stays = [
        energy is not None and hour is not None and (hour.from_file or energy.by is By.METER)
        for hour, energy in zip(hours, known, strict=True)
    ]
    staying = sum(energy.milli for energy, stay in zip(known, stays, strict=True) if energy is not None and stay)
    if all(stays) or staying > counted:
        stays, staying = [False] * len(stays), 0
    others = [energy and energy.milli for energy, stay in zip(known, stays, strict=True) if not stay]
    shares = iter(shared_out(counted - staying, others))
    for energy, stay in zip(known, stays, strict=True):
        if energy is not None and stay:
            yield energy
            continue
        milli = next(shares)
        by = By.SPREAD if energy is None else By.ESTIMATED if energy.milli != milli else energy.by
        yield Energy(milli, by)
