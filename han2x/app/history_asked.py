"""Which steps of a meter's history are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from han2x.api.history import HistoryQuery, Resolution
from han2x.history_file.reading import Source
from han2x.history_file.shapes import POWER, SHAPES, Shape
from han2x.history_file.spans import Span, Step, back, spans
from han2x.meters.clock import Zone

DEFAULT_HOURS: Final = 24
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_DEFAULT_S: Final = {"minute": _DAY_S, "quarter": _DAY_S, "hour": 7 * _DAY_S}
_DEFAULT_SPANS: Final[dict[str, tuple[Step, int]]] = {"day": ("day", 31), "month": ("month", 13)}
_STEPS: Final[dict[str, Step]] = {"day": "day", "month": "month", "year": "year"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Steps of `shape`, from `begin` up to before `end`, None for all that there are up to now and a little later."""

    resolution: Resolution
    shape: Shape
    begin: int
    end: int | None
    now: int
    zone: Zone

    def within(self, source: Source) -> tuple[int, int] | None:
        """From when to when there is something of it; None for nothing."""
        first, last = source.edges(self.shape.table)
        if first is None or last is None:
            return None
        begin, end = max(self.begin, first), last + 1 if self.end is None else min(self.end, last + 1)
        return (begin, end) if begin < end else None

    def count(self, begin: int, end: int) -> int:
        """How many steps there are in a range."""
        return (end - begin) // self.shape.step_s if self.shape.step_s else (end - begin) // _DAY_S

    def spans(self, begin: int, end: int) -> list[Span]:
        """The days, months or years of a range."""
        return spans(_STEPS[self.resolution], begin, end, self.zone)


def asked_of(asked: HistoryQuery, zone: Zone, now: int) -> Asked:
    """What a request asks for."""
    end = None if asked.end is UNSET else asked.end
    resolution: Resolution = "minute" if asked.resolution is UNSET else asked.resolution
    shape = POWER if asked.resolution is UNSET else SHAPES[resolution]
    until = now if end is None else min(end, now)
    if asked.hours is not UNSET or asked.resolution is UNSET:
        hours = DEFAULT_HOURS if asked.hours is UNSET else asked.hours
        begin = until // 60 * 60 - hours * _HOUR_S + (60 if shape is POWER else 0)
    elif asked.begin is not UNSET:
        begin = asked.begin
    elif resolution in _DEFAULT_S:
        begin = until - _DEFAULT_S[resolution]
    elif resolution in _DEFAULT_SPANS:
        step, count = _DEFAULT_SPANS[resolution]
        begin = back(step, until, count, zone)
    else:
        begin = 0
    if resolution in _STEPS and begin > 0:
        begin = spans(_STEPS[resolution], begin, begin + 1, zone)[0].begin
    return Asked(resolution, shape, begin, end, now, zone)
