"""Days, weeks, months and years of a place, as moments. Pure.

Moments are whole seconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from han2x.meters.clock import Zone

Step: TypeAlias = Literal["day", "week", "month", "year"]

HOUR_S: Final = 3600
_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """From a moment up to before another."""

    begin: int
    end: int


class Offset(NamedTuple):
    """From this moment on the place's clock is so many seconds ahead of UTC."""

    begin: int
    seconds: int


def spans(step: Step, begin: int, end: int, zone: Zone) -> list[Span]:
    """Those of the place that a range has something of, from its first moment up to before its end."""
    if end <= begin:
        return []
    first = _first(step, local(begin, zone).date())
    begins = [midnight(first, zone)]
    while begins[-1] < end:
        first = _next(step, first)
        begins.append(midnight(first, zone))
    return [Span(*pair) for pair in pairwise(begins)]


def back(step: Step, now: int, count: int, zone: Zone) -> int:
    """When the first of so many began of which the present one is the last."""
    first = _first(step, local(now, zone).date())
    for _ in range(count - 1):
        first = _first(step, first - _DAY)
    return midnight(first, zone)


def local(moment: int, zone: Zone) -> datetime:
    """A moment by the place's clock."""
    at = datetime.fromtimestamp(moment, UTC)
    return at.astimezone(timezone(zone(at)))


def midnight(day: date, zone: Zone) -> int:
    """When a day of the place begins."""
    plain = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = plain - zone(plain)
    return int((plain - zone(found)).timestamp())


def offsets(begin: int, end: int, zone: Zone) -> list[Offset]:
    """How far the place's clock is ahead in a range: from its beginning on, and from each moment when that changes."""

    def at(moment: int) -> int:
        return int(zone(datetime.fromtimestamp(moment, UTC)).total_seconds())

    found = [Offset(begin, at(begin))]
    for day in range(begin, end, 24 * HOUR_S):
        after = min(day + 24 * HOUR_S, end)
        if at(after) != found[-1].seconds:
            found.append(_change(day, after, at))
    return found


def _change(before: int, after: int, at: Callable[[int], int]) -> Offset:
    """When the offset changes between two moments, to the second."""
    old = at(before)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if at(middle) == old else (before, middle)
    return Offset(after, at(after))


def _first(step: Step, day: date) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "day":
        return day
    return day.replace(day=1) if step == "month" else day.replace(month=1, day=1)


def _next(step: Step, first: date) -> date:
    if step == "day":
        return first + _DAY
    if step == "week":
        return first + 7 * _DAY
    return _first(step, first + (32 if step == "month" else 367) * _DAY)
