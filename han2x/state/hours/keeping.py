"""What of the hours survives a restart, as JSON has it. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from han2x.model import Quantity
from han2x.state.hours.clock import EARLIEST_OF_METER, LATEST
from han2x.state.hours.clock_hour import ClockHour
from han2x.state.hours.closed import Closed
from han2x.state.hours.highest import MOST_DAYS, MOST_OPEN, HighestHours, Hour
from han2x.state.hours.marks import ENERGIES, IMPORT, Mark, Total
from han2x.state.hours.quarters import IN_AN_HOUR, Quarters

_EXPORT: Final = ENERGIES[1]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept at a moment: when the import was last heard, the hour in progress and its highest net power, and
    the days' highest hours.
    """

    moment: float | None
    heard: float | None
    hour: ClockHour
    days: HighestHours
    peak: float | None


def dump(kept: Kept) -> dict[str, Any]:
    """What must survive a restart."""
    hour, closed = kept.hour, {each.value: _closed_dump(one) for each, one in kept.hour.over.items()}
    return {
        "moment": kept.moment,
        "heard": kept.heard,
        "begin": hour.begin,
        "marks": _listed(hour.marks),
        "totals": _listed(hour.totals),
        "seen": _listed(hour.seen),
        "seen_at": hour.seen_at if hour.seen else None,
        "closed": closed.get(IMPORT.value),
        "closed_export": closed.get(_EXPORT.value),
        "quarters": {"marks": _listed(hour.quarters.marks), "over": [_energies(each) for each in hour.quarters.over]},
        "days": kept.days.dump(),
        "open": kept.days.dump_open(),
        "peak": kept.peak,
    }


def load(data: Mapping[str, Any]) -> Kept:
    """Take back what `dump` gave in an earlier run.

    Raises:
        ValueError: the data are not such a dump.
    """
    try:
        hour = ClockHour()
        hour.begin = _moment(data["begin"])
        hour.marks = {quantity: _mark(figures) for quantity, figures in _by_energy(data["marks"])}
        hour.totals = {quantity: _total(figures) for quantity, figures in _by_energy(data["totals"])}
        if data["seen_at"] is not None:
            hour.seen_at = _certain(data["seen_at"])
            hour.seen = {quantity: _mark(figures) for quantity, figures in _by_energy(data["seen"])}
        closed = {IMPORT: data["closed"], _EXPORT: data.get("closed_export")}  # earlier versions had none of the export
        hour.over = {each: _closed(kept) for each, kept in closed.items() if kept is not None}
        hour.quarters = _quarters(data.get("quarters") or {"marks": {}, "over": []})
        days = HighestHours(_hours(data["days"][-MOST_DAYS:]), _hours(data.get("open", [])[-MOST_OPEN:]))
        peak = None if data["peak"] is None else _finite(data["peak"])
        return Kept(_moment(data["moment"]), _moment(data["heard"]), hour, days, peak)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise ValueError(f"hours are damaged: {type(error).__name__}: {error}") from error


def _listed(figures: Mapping[Quantity, Sequence[float]]) -> dict[str, list[float]]:
    return {quantity.value: list(each) for quantity, each in figures.items()}


def _by_energy(data: Mapping[str, Sequence[float]]) -> list[tuple[Quantity, Sequence[float]]]:
    return [(energy, data[energy.value]) for energy in ENERGIES if energy.value in data]


def _energies(energies: Mapping[Quantity, float]) -> dict[str, float]:
    return {quantity.value: wh for quantity, wh in energies.items()}


def _hours(data: Sequence[Any]) -> list[Hour]:
    return [Hour(_certain(begin), _finite(wh)) for begin, wh in data]


def _quarters(data: Mapping[str, Any]) -> Quarters:
    marks = {quantity: _mark(figures) for quantity, figures in _by_energy(data["marks"])}
    over = [{each: _finite(kept[each.value]) for each in ENERGIES if each.value in kept} for kept in data["over"]]
    if len(over) >= IN_AN_HOUR:
        raise ValueError(f"{len(over)} quarters of an hour that goes on")
    return Quarters(marks, over)


def _closed_dump(closed: Closed) -> dict[str, Any]:
    return {
        "begin": closed.begin,
        "mark": closed.mark and list(closed.mark),
        "total": closed.total and list(closed.total),
        "at_end": closed.at_end and list(closed.at_end),
        "wh": closed.wh,
        "by_totals": closed.by_totals,
        "settled": closed.settled,
        "quarters": closed.quarters,
    }


def _closed(data: Mapping[str, Any]) -> Closed:
    mark, total, at_end, wh = data["mark"], data["total"], data["at_end"], data["wh"]
    quarters = [None if each is None else _finite(each) for each in data.get("quarters", ())][:IN_AN_HOUR]
    return Closed(
        _certain(data["begin"]),
        None if mark is None else _mark(mark),
        None if total is None else _total(total),
        None if at_end is None else _mark(at_end),
        None if wh is None else _finite(wh),
        bool(data["by_totals"]),
        bool(data.get("settled")),
        quarters + [None] * (IN_AN_HOUR - len(quarters)),
    )


def _mark(data: Sequence[float]) -> Mark:
    wh, bar_wh = (_finite(figure) for figure in data)
    return Mark(wh, bar_wh)


def _total(data: Sequence[float]) -> Total:
    wh, step_wh, late_s = (_finite(figure) for figure in data)
    return Total(wh, step_wh, late_s)


def _moment(data: float | None) -> float | None:
    return None if data is None else _certain(data)


def _certain(data: float) -> float:
    moment = _finite(data)
    if not EARLIEST_OF_METER <= moment < LATEST:
        raise ValueError(f"{moment} is no moment of a meter")
    return moment


def _finite(data: float) -> float:
    figure = float(data)
    if not math.isfinite(figure):
        raise ValueError(f"{figure} is not a number")
    return figure
