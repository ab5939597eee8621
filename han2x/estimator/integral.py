"""The energy that the telegrams' powers add up to, and how uncertain that sum is.

Trapezoidal integration on the meter's own clock. The variance of a step is that of a load that switches once, at a
random moment between two samples that is uniform over the interval: (ΔP · Δt)² / 12. How far real loads go beyond that,
the constants say; they are tuned on the households of `benchmarks/energy.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from han2x.estimator.window import Place

HOUR_S = 3600.0
SAMPLE_S = 1.0  # a meter tells the mean of about the last second
GAP_S = 20.0  # no meter is silent that long by itself
GAP_SPREAD = 0.25  # of the mean power over a gap: how far the load may have gone from it
KEPT_S = 300.0  # a list may come that late and its instant still be found
SLOW_S = 5.0  # between samples so far apart a load may come and go unseen
PEAK_SHARE = 0.2  # of a peak that only one sample saw
PEAK_PAID_S = 1800.0


class Point(NamedTuple):
    """The sum at a sample: line time in seconds, energy in Wh since the start, its variance in Wh², power in W."""

    at: float
    energy: float
    variance: float
    power: float


class PowerIntegral:
    """Dead reckoning that is never reset: the trapezoid rule over samples of the power.

    Where between two samples an edge lies is unknown; each step adds the variance of an edge that may lie anywhere in
    it. A peak that only one sample saw lasted less than two steps, and in the mean of households less than the one step
    that the rule counts for it, whereas others passed unseen: a part of each such peak is held back and paid out over
    the next half hour.
    """

    def __init__(self) -> None:
        self._points: deque[Point] = deque()
        self._before = (0.0, 0.0)  # the step before the last point, in seconds, and the power it began with
        self._held_back = 0.0  # Wh

    @property
    def last(self) -> Point | None:
        """The newest sample."""
        return self._points[-1] if self._points else None

    def add(self, at: float, power: float) -> None:
        """Take the power in W that a telegram of this line time told; a telegram older than the last is ignored."""
        at -= SAMPLE_S / 2
        points = self._points
        if not points:
            points.append(Point(at, 0.0, 0.0, power))
            return
        last = points[-1]
        seconds = at - last.at
        if seconds <= 0:
            return
        hours = seconds / HOUR_S
        mean = (power + last.power) / 2
        edge = (power - last.power) * max(seconds - SAMPLE_S, 0.5) / HOUR_S
        variance = edge * edge / 12
        energy = mean * hours
        if seconds > GAP_S:
            spread = GAP_SPREAD * mean * hours
            variance += spread * spread
        if min(seconds, self._before[0]) >= SLOW_S:
            peak = self._peak(seconds, power, last.power)
            energy -= PEAK_SHARE * peak
            self._held_back += PEAK_SHARE * peak
        paid = self._held_back * min(seconds / PEAK_PAID_S, 1.0)
        energy += paid
        self._held_back -= paid
        self._before = seconds, last.power
        points.append(Point(at, last.energy + energy, last.variance + variance, power))
        while at - points[0].at > KEPT_S and len(points) > 2:
            points.popleft()

    def at(self, instant: float) -> Place | None:
        """The sum at a line time; None when that is too long ago to be known."""
        points = self._points
        if not points:
            return None
        newest = points[-1]
        if instant >= newest.at:
            return Place(instant, newest.energy + newest.power * (instant - newest.at) / HOUR_S, newest.variance)
        after = newest
        for point in reversed(points):
            if point.at <= instant:
                return _between(point, after, instant)
            after = point
        if after.at - instant > GAP_S:
            return None
        return Place(instant, after.energy - after.power * (after.at - instant) / HOUR_S, after.variance)

    def before(self, instant: float) -> Place | None:
        """The sum at a line time before the first sample, as if the power had been that of the sample.

        None where that is longer ago than a list may be late. Its variance is the lower by how uncertain that is, as
        the variance counts from the start.
        """
        first = self._points[0] if self._points else None
        if first is None or not 0 < first.at - instant <= KEPT_S:
            return None
        unheard = first.power * (first.at - instant) / HOUR_S
        spread = GAP_SPREAD * unheard
        return Place(instant, first.energy - unheard, first.variance - spread * spread)

    def dump(self) -> list[float] | None:
        """What must survive a restart."""
        return [*self._points[-1], self._held_back] if self._points else None

    def restore(self, data: Sequence[float] | None) -> None:
        """Take back what `dump` gave."""
        self._points.clear()
        if data is not None:
            at, energy, variance, power, self._held_back = (float(figure) for figure in data)
            self._points.append(Point(at, energy, variance, power))

    def _peak(self, seconds: float, power: float, peak: float) -> float:
        """Wh that the trapezoid rule has counted for a peak which only the sample before this one saw."""
        step, start = self._before
        if seconds > GAP_S or step > GAP_S:
            return 0.0
        return max(peak - max(power, start), 0.0) * min(seconds, step) / HOUR_S


def _between(before: Point, after: Point, instant: float) -> Place:
    seconds = after.at - before.at
    part = (instant - before.at) / seconds
    energy = after.energy - before.energy
    mean = (before.power + after.power) / 2
    if mean > 0:
        energy *= (before.power + (after.power - before.power) * part / 2) / mean
    share = part**3 * (4 - 3 * part)
    variance = before.variance + (after.variance - before.variance) * share
    return Place(instant, before.energy + energy * part, variance)
