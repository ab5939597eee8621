"""The highest hour of each day, for the capacity charge. Pure: moments in seconds since 1970-01-01 UTC, Wh unscaled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from han2x.meters.clock import Zone
from han2x.state.hours.place import local_day

MOST_DAYS: Final = 62
"""Of this month and of the one before, should the clock have been in another for a while."""
MOST_OPEN: Final = 48
"""Hours that may wait for the total that settles them: lists that are lost for two days."""
COUNTED: Final = 3
"""Days whose highest hours make the capacity charge (NVE: mean of the three highest hours, on three different days)."""


class Hour(NamedTuple):
    """A clock hour: when it began, and its energy in Wh."""

    begin: float
    wh: float


class HighestHours:
    """The highest hour of each of the last days, and all the `open` ones, which a total may still correct."""

    def __init__(self, hours: Sequence[Hour] = (), open_hours: Sequence[Hour] = ()) -> None:
        self._hours = list(hours)
        self._open = {hour.begin: hour for hour in open_hours}

    def add(self, hour: Hour, zone: Zone, *, final: bool = True) -> None:
        """Take an hour that is over."""
        self._open.pop(hour.begin, None)
        if final:
            self._take(hour, zone)
            return
        self._open[hour.begin] = hour
        while len(self._open) > MOST_OPEN:
            self._take(self._open.pop(next(iter(self._open))), zone)

    def settle(self, corrected: Mapping[float, float], until: float, zone: Zone) -> None:
        """The meter's totals have told what the hours before `until` had in all: those in `corrected` have these
        energies, in Wh, and all are final.
        """
        self._hours = [hour._replace(wh=corrected.get(hour.begin, hour.wh)) for hour in self._hours]
        settled = {begin: self._open.pop(begin).wh for begin in [each for each in self._open if each < until]}
        for begin, wh in (settled | dict(corrected)).items():
            self._take(Hour(begin, wh), zone)

    def of_month(self, moment: float, zone: Zone, latest: Hour | None = None) -> tuple[Hour, ...]:
        """The highest hours of the month in which a moment lies, of as many days as count, the highest first.

        `latest` is one more that may still be corrected.
        """
        month = local_day(moment, zone).replace(day=1)
        days: dict[date, Hour] = {}
        for hour in (*self._hours, *self._open.values(), *((latest,) if latest else ())):
            day = local_day(hour.begin, zone)
            if day.replace(day=1) == month and (day not in days or hour.wh > days[day].wh):
                days[day] = hour
        return tuple(sorted(days.values(), key=lambda hour: (-hour.wh, hour.begin))[:COUNTED])

    def dump(self) -> list[Any]:
        """What must survive a restart of those that are final, as JSON has it."""
        return _listed(self._hours)

    def dump_open(self) -> list[Any]:
        """The same of those that are open."""
        return _listed(self._open.values())

    def _take(self, hour: Hour, zone: Zone) -> None:
        day = local_day(hour.begin, zone)
        known = next((each for each in self._hours if local_day(each.begin, zone) == day), None)
        if known is not None:
            if known.wh >= hour.wh:
                return
            self._hours.remove(known)
        self._hours.append(hour)
        del self._hours[:-MOST_DAYS]


def _listed(hours: Iterable[Hour]) -> list[Any]:
    return [[hour.begin, round(hour.wh, 3)] for hour in hours]
