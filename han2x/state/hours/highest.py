"""The highest hour of each day, for the capacity charge. Pure: moments in seconds since 1970-01-01 UTC, Wh unscaled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from han2x.meters.clock import Zone

MOST_DAYS: Final = 62
"""Of this month and of the one before, should the clock have been in another for a while."""
COUNTED: Final = 3
"""Days whose highest hours make the capacity charge (NVE: mean of the three highest hours, on three different days)."""


class Hour(NamedTuple):
    """A clock hour: when it began, and its energy in Wh."""

    begin: float
    wh: float


def local_day(moment: float, zone: Zone) -> date:
    """The day of the place on which a moment lies."""
    there = datetime.fromtimestamp(moment, UTC)
    return (there + zone(there)).date()


class HighestHours:
    """The highest hour of each of the last days."""

    def __init__(self, hours: Sequence[Hour] = ()) -> None:
        self._hours = list(hours)

    def add(self, hour: Hour, zone: Zone) -> None:
        """Take an hour that is over."""
        day = local_day(hour.begin, zone)
        known = next((each for each in self._hours if local_day(each.begin, zone) == day), None)
        if known is not None:
            if known.wh >= hour.wh:
                return
            self._hours.remove(known)
        self._hours.append(hour)
        del self._hours[:-MOST_DAYS]

    def of_month(self, moment: float, zone: Zone, latest: Hour | None = None) -> tuple[Hour, ...]:
        """The highest hours of the month in which a moment lies, of as many days as count, the highest first.

        `latest` is one more that may still be corrected.
        """
        month = local_day(moment, zone).replace(day=1)
        days: dict[date, Hour] = {}
        for hour in (*self._hours, *((latest,) if latest else ())):
            day = local_day(hour.begin, zone)
            if day.replace(day=1) == month and (day not in days or hour.wh > days[day].wh):
                days[day] = hour
        return tuple(sorted(days.values(), key=lambda hour: (-hour.wh, hour.begin))[:COUNTED])

    def dump(self) -> list[Any]:
        """What must survive a restart, as JSON has it."""
        return [[hour.begin, round(hour.wh, 3)] for hour in self._hours]
