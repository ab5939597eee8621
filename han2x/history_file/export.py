"""What there is of a meter as lines of a file: CSV (RFC 4180) or one JSON object a line.

It is read in pieces, each by itself, so that a slow download holds up neither the disk nor anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from han2x.history_file.points import PICKED, pick, summed, told
from han2x.history_file.reading import Source
from han2x.history_file.shapes import SHAPES, Shape
from han2x.history_file.spans import Step, offsets, spans
from han2x.meters.clock import Zone

ROWS: Final = 1000
"""Steps in one piece."""
SPANS_S: Final = 366 * 86400
"""Days, months and years are put together for so long at once."""

Form = Literal["csv", "jsonl"]
Ask = Callable[[Callable[[Source], bytes]], bytes]
"""Does some work with what there is of a meter."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of it: from a moment up to before another."""

    resolution: str
    begin: int
    end: int
    form: Form
    zone: Zone

    @property
    def shape(self) -> Shape:
        """What is told of each step."""
        return SHAPES[self.resolution]


def header(wanted: Wanted) -> bytes:
    """What comes before the lines."""
    if wanted.form == "jsonl":
        return b""
    return ",".join(["begin", "time", *wanted.shape.names[1:]]).encode() + b"\r\n"


def pieces(source: Source, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """The ranges to be read one after the other."""
    first, last = source.edges(wanted.shape.table)
    if first is None or last is None:
        return
    begin, end = max(wanted.begin, first), min(wanted.end, last + 1)
    if wanted.shape.step_s:
        length = ROWS * wanted.shape.step_s
        yield from ((at, min(at + length, end)) for at in range(begin, end, length))
        return
    whole = spans(_step(wanted), begin, end, wanted.zone)
    of_piece = max(SPANS_S // 86400 if wanted.resolution == "day" else 12 if wanted.resolution == "month" else 1, 1)
    for at in range(0, len(whole), of_piece):
        some = whole[at : at + of_piece]
        yield some[0].begin, some[-1].end


def lines(source: Source, wanted: Wanted, begin: int, end: int, now: int) -> bytes:
    """The lines of one such range."""
    shape = wanted.shape
    source.use_offsets(offsets(begin, end, wanted.zone))
    parameters = {**source.parameters, "begin": begin, "end": end}
    if shape.step_s:
        pick(source, shape, parameters)
        rows = f"SELECT begin, {_named(shape)} FROM temp.{PICKED} ORDER BY begin"
    else:
        source.use_spans(spans(_step(wanted), begin, end, wanted.zone), now)
        columns = ", ".join(f"{told(name)} AS {name}" for name in shape.names[1:])
        rows = (
            f"SELECT s.a AS begin, {columns} FROM ({summed(source, shape)}) s"
            " JOIN temp.spans ON spans.a = s.a ORDER BY 1"
        )
    end_of_line = "char(13, 10)" if wanted.form == "csv" else "char(10)"
    sql = f"SELECT CAST(group_concat({_line(wanted)} || {end_of_line}, '') AS BLOB) FROM ({rows})"
    (octets,) = source.run(sql, parameters).fetchone()
    return bytes(octets or b"")


def _step(wanted: Wanted) -> Step:
    steps: dict[str, Step] = {"day": "day", "month": "month", "year": "year"}
    return steps[wanted.resolution]


def _named(shape: Shape) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in shape.columns)


def _line(wanted: Wanted) -> str:
    """SQL for a line. Nothing in it is anybody's text, so that no spreadsheet can take it for a formula."""
    offset = "temp.offsets WHERE a <= begin ORDER BY a DESC LIMIT 1"
    time = (
        f"strftime('%Y-%m-%dT%H:%M:%S', begin + (SELECT seconds FROM {offset}), 'unixepoch')"
        f" || (SELECT told FROM {offset})"
    )
    names = wanted.shape.names[1:]
    if wanted.form == "csv":
        return " || ',' || ".join(["begin", time, *(f"ifnull({name}, '')" for name in names)])
    pairs = ", ".join(f"'{name}', {name}" for name in names)
    return f"json_object('begin', begin, 'time', {time}, {pairs})"
