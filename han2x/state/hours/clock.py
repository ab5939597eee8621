"""Which moment it is, by the meter's clock where that can be believed, else by the computer's.

A small computer without a clock of its own begins with the time at which it was switched off, or at which its system
was made, and is set some time later, or never. The meter's clock is the one that the bill goes by; but it may be a
whole hour off from what is taken for its zone, and one old list may be sent again. So the computer's clock chooses
among what a meter's clock can mean; where neither is near the other, the later one is right: clocks that nobody has set
are behind.

Pure: `now` is in seconds on a scale that never steps, moments are in seconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

HOUR_S: Final = 3600.0
EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""A computer's clock that is behind this was never set."""
EARLIEST_OF_METER: Final = datetime(2010, 1, 1, tzinfo=UTC).timestamp()
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
NEAR_S: Final = 1200.0
"""How far a meter's clock may be off from the computer's and still be that of the same moment."""
WHOLE_HOUR_S: Final = 60.0
"""How far it may be off from whole hours to be taken for one that keeps another time of the year, or zone."""
MOST_HOURS: Final = 3
STEP_S: Final = 120.0
"""From here on a correction is a step, after which it is not known when the hour in progress began."""
STREAK: Final = 3
"""Telegrams in a row that have to agree on a step of the meter's clock."""
AGREE_S: Final = 10.0
LAGS: Final = 5
"""Of so many telegrams the one that came soonest after its clock tells the time: others were late."""
METER_KEPT_S: Final = 3 * HOUR_S
"""How long a meter's clock is gone by that is not told any more: three hourly lists."""
SETTLING_S: Final = 600.0
"""How long a computer's clock has to go on evenly before it is taken for one that will not be set soon."""
BEHIND_S: Final = 4200.0
"""How long a computer's clock is not believed that is behind what was kept, in which a meter would have told its own:
an hour and ten minutes.
"""


class Clock:
    """The moment that it is. `steps` rises whenever that was corrected so far that the hour is another, or may be."""

    def __init__(self) -> None:
        self.steps = 0
        self.not_before = EARLIEST  # it has been this late already
        self._offset: float | None = None  # moment less now
        self._by_meter = False
        self._computer: float | None = None
        self._since = 0.0  # when that was last set
        self._first: float | None = None
        self._lags: deque[float] = deque(maxlen=LAGS)
        self._told_at = float("-inf")
        self._hours_off = 0
        self._otherwise = 0  # telegrams in a row that were off by other hours
        self._streak: list[float] = []

    def at(self, now: float) -> float | None:
        """The moment; None while no clock can be believed."""
        return None if self._offset is None else now + self._offset

    def is_settled(self, now: float) -> bool:
        """Whether it is unlikely that it will be corrected soon."""
        return self._offset is not None and (self._by_meter or now - self._since >= SETTLING_S)

    def of_computer(self, unix_time: float, now: float) -> None:
        """Take what the computer's clock shows."""
        self._first = now if self._first is None else self._first
        earliest = max(self.not_before - STEP_S, EARLIEST) if now - self._first < BEHIND_S else EARLIEST
        offset = unix_time - now if earliest <= unix_time < LATEST else None
        before, self._computer = self._computer, offset
        if offset is None:
            return
        if before is None or abs(offset - before) >= STEP_S:
            self._since = now
        if not self._by_meter or now - self._told_at > METER_KEPT_S:
            self._follow(offset, by_meter=False)

    def of_meter(self, meant: Iterable[float], now: float) -> float | None:
        """Take what the meter's clock told just now: the moments that it can mean, none where it has no time.

        Returns which of them is meant; None where that is not known, or not believed.
        """
        meant = [each for each in meant if EARLIEST_OF_METER <= each < LATEST]
        chosen = self._chosen(meant, now) if meant else None
        if chosen is None:
            return None
        moment, hours_off = chosen
        is_step = self._offset is not None and abs(moment - now - self._offset) >= STEP_S
        if is_step and self._by_meter and not self._agreed(moment - now):
            return None
        self._streak.clear()
        self._told_at = now
        self._learn(hours_off)
        if is_step or not self._by_meter:
            self._lags.clear()
        self._lags.append(now - moment)
        self._follow(-min(self._lags), by_meter=True)
        return moment

    def meant(self, moments: Iterable[float], now: float) -> float | None:
        """Which moment a clock in the meter's list means that may be old: the nearest to now, off like its others."""
        here = self.at(now)
        if here is None:
            return None
        return min(
            (each + self._hours_off * HOUR_S for each in moments), key=lambda each: abs(each - here), default=None
        )

    def _chosen(self, meant: list[float], now: float) -> tuple[float, int] | None:
        """The moment that is meant, and by how many hours the meter's clock is off from it."""
        own = self._offset if self._by_meter else None
        for reference in (self._computer, own):
            if reference is None:
                continue
            expected = reference + now
            nearest = min(meant, key=lambda each: abs(each - expected))
            hours = round((expected - nearest) / HOUR_S)
            if abs(expected - nearest) <= NEAR_S:
                return nearest, 0
            if abs(hours) <= MOST_HOURS and abs(expected - nearest - hours * HOUR_S) <= WHOLE_HOUR_S:
                return nearest + hours * HOUR_S, hours
        if self._computer is not None and self._computer + now > max(meant):
            return None
        return (meant[0], 0) if len(meant) == 1 else None

    def _learn(self, hours_off: int) -> None:
        """One telegram that is an hour off may be an old one, sent again."""
        self._otherwise = 0 if hours_off == self._hours_off else self._otherwise + 1
        if self._otherwise >= STREAK:
            self._hours_off, self._otherwise = hours_off, 0

    def _agreed(self, offset: float) -> bool:
        """Whether several telegrams in a row have told the same step."""
        if self._streak and abs(offset - self._streak[-1]) > AGREE_S:
            self._streak.clear()
        self._streak.append(offset)
        return len(self._streak) >= STREAK

    def _follow(self, offset: float, *, by_meter: bool) -> None:
        if self._offset is not None and abs(offset - self._offset) >= STEP_S:
            self.steps += 1
        self._offset, self._by_meter = offset, by_meter
