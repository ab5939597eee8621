"""A recorded load for the simulated house: CSV with one row a second, columns `p_w` and `q_var`.

`p_w` is the net active power in W (negative is export), `q_var` the net reactive power in var; row n is the mean over
the second n. The trace begins again when it has ended.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from han2x.simulator.household import Powers

COLUMNS = ("p_w", "q_var")
SHARES = (45, 35)  # percent of the load on the first two phases; the third carries the rest


def read_trace(file: Path) -> list[tuple[int, int]]:
    """The rows of a trace in a CSV file, which may be compressed (.gz), as mW and mvar.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no trace; the text names the file.
    """
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            return parse_trace(lines)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{file}: {error}") from error


def parse_trace(lines: Iterable[str]) -> list[tuple[int, int]]:
    """The rows of a trace as mW and mvar.

    Raises:
        ValueError: a column is missing, a field is not a number, or there is no row at all; the text names the line.
    """
    rows = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"the trace has no column {' and no column '.join(missing)}; it needs {' and '.join(COLUMNS)}")
    trace = [tuple(_milli(row[column], column, rows.line_num) for column in COLUMNS) for row in rows]
    if not trace:
        raise ValueError("the trace has no rows; it needs one row for each second")
    return [(active, reactive) for active, reactive in trace]


def _milli(field: str | None, column: str, line: int) -> int:
    try:
        value = float(field or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"line {line} of the trace: {column} is {field!r}, not a number")
    return round(value * 1000)


class TraceLoad:
    """A load that repeats `trace`, spread over three phases."""

    def __init__(self, trace: Sequence[tuple[int, int]]) -> None:
        self._trace = trace

    def powers(self, second: int) -> Powers:
        active, reactive = self._trace[second % len(self._trace)]
        first, middle = ((active * share // 100, reactive * share // 100) for share in SHARES)
        return (first, middle, (active - first[0] - middle[0], reactive - first[1] - middle[1]))
