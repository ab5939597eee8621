"""Which moments a meter's clock can mean, as its telegrams tell it. Pure."""

from __future__ import annotations

from typing import Final

from han2x.estimator.timebase import UNSTAMPED_LIST_AGE_S, clock_seconds
from han2x.meters.clock import Zone, possible
from han2x.model import MeterTime, Reading

_YEARS: Final = range(2010, 2100)


class ToldTime:
    """The clock of one meter's telegrams. Moments are in seconds since 1970-01-01 UTC."""

    def __init__(self) -> None:
        self._live_lists = False  # whether the clock inside lists without a header's is that of the moment
        self._hour: tuple[object, ...] = ()  # of the clock, and all else that its offsets depend on
        self._offsets: tuple[float, ...] = ()  # seconds

    def of_now(self, reading: Reading, zone: Zone) -> list[float]:
        """What a telegram that has just come says that the time is: nothing, one moment, or the few that it may be."""
        if reading.header_time is not None:
            return self._moments(reading, reading.header_time, zone)
        time = reading.register_time
        if time is None:
            return []
        self._live_lists = self._live_lists or bool(time.local.minute or time.local.second)
        age = 0.0 if self._live_lists else UNSTAMPED_LIST_AGE_S
        return [moment + age for moment in self._moments(reading, time, zone)]

    def of_totals(self, reading: Reading, zone: Zone) -> list[float]:
        """To which moment the totals of energy in a telegram may belong."""
        time = reading.register_time or reading.header_time
        return [] if time is None else self._moments(reading, time, zone)

    def _moments(self, reading: Reading, time: MeterTime, zone: Zone) -> list[float]:
        """All that a clock in this telegram can mean; clocks are only turned at full hours."""
        local = time.local
        if local.year not in _YEARS:
            return []
        seconds = clock_seconds(time)
        hour = reading.maker, reading.push_list, seconds // 3600, time.deviation_min, time.status, zone
        if hour != self._hour:
            meant = possible(reading.maker, reading.push_list, time, zone)
            self._offsets = tuple(seconds - moment.timestamp() for moment in meant)
            self._hour = hour
        return [seconds - offset for offset in self._offsets]
