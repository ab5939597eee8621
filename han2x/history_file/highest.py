"""The highest hours of months, for the capacity charge; and the voltages of weeks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from han2x.history import By
from han2x.history_file.columns import HOURS, VOLTAGES
from han2x.history_file.reading import Source
from han2x.history_file.spans import Span, spans
from han2x.meters.clock import Zone
from han2x.state.hours import COUNTED

_DAY: Final = "(SELECT a FROM temp.spans WHERE a <= rows.begin ORDER BY a DESC LIMIT 1)"


@dataclass(frozen=True, slots=True)
class High:
    """An hour's import in Wh, scaled; when it began, and how it is known."""

    begin: int
    wh: float
    by: By


@dataclass(frozen=True, slots=True)
class Month:
    """The highest hours on different days, the highest first, and of how many hours the import is known otherwise than
    as a share.
    """

    span: Span
    highest: list[High] = field(default_factory=list)
    hours_known: int = 0

    @property
    def mean_wh(self) -> float | None:
        """The mean of the highest hours in Wh, to a thousandth; None where there is none."""
        return round(sum(high.wh for high in self.highest) / len(self.highest), 3) if self.highest else None


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase's voltages in mV, when the hours with the extremes began, and minutes."""

    phase: int
    lowest: int
    lowest_at: int
    highest: int
    highest_at: int
    minutes: int
    below: int
    above: int


def months(source: Source, wanted: list[Span], zone: Zone) -> list[Month]:
    """Months that follow each other."""
    days = spans("day", wanted[0].begin, wanted[-1].end, zone)
    source.use_spans(days, 0)
    value = "1.0 * e_in * factor"
    rows = source.run(
        f"SELECT day, begin, round({value} / 1e6, 3), e_in_by, known FROM (SELECT rows.*, {_DAY} AS day,"
        f" row_number() OVER (PARTITION BY {_DAY} ORDER BY {value} DESC, begin) AS place,"
        f" count(*) OVER (PARTITION BY {_DAY}) AS known"
        f" FROM ({source.rows(HOURS)}) AS rows WHERE e_in_by <> 3) WHERE place = 1 ORDER BY day",
        {**source.parameters, "begin": wanted[0].begin, "end": wanted[-1].end},
    ).fetchall()
    found = {}
    for month, of_days in groupby(rows, lambda row: next(each for each in wanted if each.begin <= row[0] < each.end)):
        highs = [(High(begin, wh, By(by)), known) for _, begin, wh, by, known in of_days]
        ranked = sorted((high for high, _ in highs), key=lambda high: (-high.wh, high.begin))
        found[month] = Month(month, ranked[:COUNTED], sum(known for _, known in highs))
    return [found.get(span, Month(span)) for span in wanted]


def weeks(source: Source, wanted: list[Span]) -> list[tuple[Span, list[Phase]]]:
    """The phases of weeks that follow each other, of those in which one was measured."""
    source.use_spans(wanted, 0)
    found: dict[int, list[Phase]] = {}
    for phase in (1, 2, 3):
        for begin, measured in _of_phase(source, phase, wanted).items():
            found.setdefault(begin, []).append(measured)
    return [(span, found[span.begin]) for span in wanted if span.begin in found]


def _of_phase(source: Source, phase: int, wanted: list[Span]) -> dict[int, Phase]:
    parameters = {**source.parameters, "begin": wanted[0].begin, "end": wanted[-1].end}
    rows = f"({source.rows(VOLTAGES)}) AS rows WHERE u{phase}_low IS NOT NULL AND u{phase}_high IS NOT NULL GROUP BY 1"
    lowest = source.run(f"SELECT {_DAY}, min(u{phase}_low), rows.begin FROM {rows}", parameters)
    lows = {week: (low, at) for week, low, at in lowest}
    sums = f"sum(u{phase}_minutes), sum(u{phase}_below), sum(u{phase}_above)"
    highest = source.run(f"SELECT {_DAY}, max(u{phase}_high), rows.begin, {sums} FROM {rows}", parameters)
    return {
        week: Phase(phase, *lows[week], high, at, minutes or 0, below or 0, above or 0)
        for week, high, at, minutes, below, above in highest
    }
