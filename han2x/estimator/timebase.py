"""When a telegram's values were taken, on one scale that never steps.

A meter stamps its telegrams with its own clock, which is free of the line's and the host's delays but may be set at any
time; some meters stamp nothing. The line time made here runs with the stamps where there are some and with the host's
steady scale elsewhere, and goes on evenly when either clock steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from han2x.model import MeterTime, PushList, Reading

OCTETS_PER_SECOND = 240  # M-Bus HAN interface: 2400 baud, ten bits an octet (NVE/NEK HAN specification)
AHEAD_S = 5.0  # a telegram cannot come from the future: beyond this its clock was put forward
LATE_S = 5.0  # a telegram may be late; that its clock was put back shows only when the next ones agree
STEADY_S = 1.5  # how well the next ones must agree
STREAK = 3
LAG_WINDOW_S = 600.0
HOUR_S = 3600.0
QUARTER_S = 900.0
ALIGNED_S = 20.0  # so near to the full quarter of the host's clock an unstamped list belongs to it without a doubt
LATE_LIST_S = (
    120.0  # so long after it the list may still belong to it: either the list is late or the host's clock wrong
)
UNSTAMPED_LIST_AGE_S = 10.0  # Aidon: the clock in list 3 is the full hour, the list is sent ten seconds later


def clock_seconds(time: MeterTime) -> float:
    """The meter's wall clock as seconds since 1970-01-01T00:00:00 of that clock."""
    local = time.local
    seconds = ((local.toordinal() - 719163) * 24 + local.hour) * 3600 + local.minute * 60 + local.second
    return seconds + local.microsecond / 1e6


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a reading lies: its line time in seconds, and whether its powers are news (not late, not a duplicate)."""

    at: float
    fresh: bool


class SmallestOf:
    """The smallest of the figures of the last ten to twenty minutes."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._before: float | None = None
        self._current: float | None = None

    def add(self, figure: float, now: float) -> float:
        """Take a figure, and return the smallest."""
        if self._since is None or now - self._since >= LAG_WINDOW_S:
            self._since, self._before, self._current = now, self._current, figure
        elif self._current is None or figure < self._current:
            self._current = figure
        assert self._current is not None  # noqa: S101 - set in either branch
        return self._current if self._before is None else min(self._before, self._current)


class Timebase:
    """One line's time. All times are seconds; `now` is the host's steady scale, which starts at epoch time."""

    def __init__(self) -> None:
        self._last: float | None = None  # line time of the newest telegram
        self._ahead: float | None = None  # meter's clock minus line time
        self._lag = 0.0  # host's steady scale minus line time, the line's own delay taken out
        self._smallest = SmallestOf()
        self._streak: list[float] = []
        self._streak_since = 0.0
        self._restored = False
        self._list_ahead: float | None = None  # clock inside a list minus line time, for a line without stamps
        self._zone = 0.0  # clock inside a list minus the header's, for a line with stamps
        self._live_lists = False  # whether the clock inside lists without a header's is that of the moment
        self._moved: list[float] = []  # by how much the lists' clock seems to have been set, list by list
        self._lengths: dict[tuple[PushList, bool], int] = {}
        self._previous: tuple[int, tuple[PushList, bool]] | None = None

    def line_now(self, now: float) -> float:
        """The line time of this very moment."""
        return now - self._lag

    def place(self, reading: Reading, now: float) -> Moment:
        """The line time of a reading that arrived just now."""
        raw = now - self._delay(reading)
        stamp = self._stamp(reading)
        previous = self._last
        if self._restored:
            at = self._after_restart(stamp, raw)
        elif stamp is None:
            at = raw - self._lag
        else:
            at = self._stamped(stamp, raw, now)
        fresh = (previous is None or at > previous) and not (stamp is None and self._is_late(reading, at))
        if fresh:
            self._last = at
        return Moment(at, fresh)

    def instants(self, reading: Reading, moment: Moment) -> tuple[float, float]:
        """The two line times that the registers of a reading may belong to; where nothing tells them apart, the same.

        With a stamp: the clock inside the list, and that clock rounded to the full hour if it is within a minute of it.
        Without: the quarter of an hour of the host's clock, and ten seconds before the list was sent.
        """
        stamp = self._stamp(reading)
        clock = stamp if reading.register_time is None else clock_seconds(reading.register_time)
        if clock is None:
            return moment.at, moment.at
        if stamp is None or self._ahead is None:
            sent = self._unstamped_list(clock, moment.at - UNSTAMPED_LIST_AGE_S)
            behind = self._behind_quarter(sent)
            return (sent - behind if -ALIGNED_S <= behind <= LATE_LIST_S else sent), sent
        ahead = self._ahead + self._zone
        moved = clock - ahead - moment.at
        if self._clock_was_set(moved if not -QUARTER_S < moved < AHEAD_S else 0.0):
            self._zone += QUARTER_S * round(moved / QUARTER_S)
            ahead = self._ahead + self._zone
        hour = HOUR_S * round(clock / HOUR_S)
        return clock - ahead, (hour if abs(hour - clock) <= 60 else clock) - ahead

    def dump(self) -> dict[str, Any]:
        """What must survive a restart."""
        return {
            "last": self._last,
            "ahead": self._ahead,
            "lag": self._lag,
            "list_ahead": self._list_ahead,
            "zone": self._zone,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._last = _optional(data, "last")
        self._ahead = _optional(data, "ahead")
        self._lag = _optional(data, "lag") or 0.0
        self._list_ahead = _optional(data, "list_ahead")
        self._zone = _optional(data, "zone") or 0.0
        self._restored = self._last is not None

    def _stamp(self, reading: Reading) -> float | None:
        """The clock that says when the powers were taken, if the telegram has it."""
        if reading.header_time is not None:
            return clock_seconds(reading.header_time)
        if reading.register_time is None:
            return None
        clock = clock_seconds(reading.register_time)
        self._live_lists = self._live_lists or clock % HOUR_S != 0
        return clock if self._live_lists else None

    def _delay(self, reading: Reading) -> float:
        """How long the line took for a telegram of this kind, learnt from where the telegrams of a stream begin."""
        if reading.push_list is PushList.P1:
            return 0.0
        kind = (reading.push_list, reading.register_time is not None)
        if self._previous is not None:
            offset, before = self._previous
            length = reading.offset - offset
            if 0 < length < self._lengths.get(before, 1024):
                self._lengths[before] = length
        self._previous = (reading.offset, kind)
        return self._lengths.get(kind, 0) / OCTETS_PER_SECOND

    def _stamped(self, stamp: float, raw: float, now: float) -> float:
        if self._ahead is None:
            self._ahead = stamp - (raw - self._lag)
        at = stamp - self._ahead
        late = raw - self._lag - at
        if late > LATE_S:
            if not self._put_back(late, now):
                return at
        elif late >= -AHEAD_S:
            self._streak.clear()
            self._lag = self._smallest.add(raw - at, now)
            return at
        at = raw - self._lag
        self._ahead = stamp - at
        self._streak.clear()
        return at

    def _put_back(self, late: float, now: float) -> bool:
        """Whether several telegrams in a row are late by the same time, as they are when the meter's clock was set."""
        if not self._streak or abs(late - self._streak[-1]) > STEADY_S:
            self._streak = [late]
            self._streak_since = now
            return False
        self._streak.append(late)
        return len(self._streak) >= STREAK and now - self._streak_since > STEADY_S

    def _after_restart(self, stamp: float | None, raw: float) -> float:
        assert self._last is not None  # noqa: S101 - true of what was restored
        self._restored = False
        by_host = max(raw - self._lag - self._last, 1.0)
        passed = by_host
        if stamp is not None and self._ahead is not None:
            by_meter = stamp - self._ahead - self._last
            summer_time = abs(abs(by_meter - by_host) - HOUR_S) < 60
            if by_meter > 0 and not summer_time:
                passed = by_meter
        at = self._last + passed
        if stamp is not None:
            self._ahead = stamp - at
        self._lag = raw - at
        return at

    def _is_late(self, reading: Reading, at: float) -> bool:
        """Whether a list without a stamp came later than its clock says, so that its powers are not of now."""
        if reading.register_time is None:
            return False
        if ALIGNED_S < self._behind_quarter(at - UNSTAMPED_LIST_AGE_S) <= LATE_LIST_S:
            return True
        if self._list_ahead is None:
            return False
        late = at - UNSTAMPED_LIST_AGE_S + self._list_ahead - clock_seconds(reading.register_time)
        return LATE_S < late < QUARTER_S

    def _behind_quarter(self, at: float) -> float:
        """How many seconds a line time is behind the nearest full quarter of an hour of the host's clock."""
        host = at + self._lag
        return host - QUARTER_S * round(host / QUARTER_S)

    def _unstamped_list(self, clock: float, sent: float) -> float:
        """The line time of the clock inside a list that was, if not late, sent so that `sent` is that time."""
        known = self._list_ahead
        if known is None or sent + known < clock:  # it came earlier than any before: those were late
            self._list_ahead = known = clock - sent
            self._moved.clear()
        late = sent + known - clock
        if self._clock_was_set(-late if late > QUARTER_S else 0.0):
            self._list_ahead = known = clock - sent
        return clock - known

    def _clock_was_set(self, moved: float) -> bool:
        """Whether the lists' clock has moved by the same time in three lists in a row.

        One list that is an hour old is an old list: Aidon repeats them.
        """
        if not moved or (self._moved and abs(moved - self._moved[-1]) > AHEAD_S):
            self._moved.clear()
        if moved:
            self._moved.append(moved)
        if len(self._moved) < STREAK:
            return False
        self._moved.clear()
        return True


def _optional(data: Mapping[str, Any], name: str) -> float | None:
    figure = data[name]
    return None if figure is None else float(figure)
