"""Rows for tests: hours with round figures, and what a file says of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from han2x.history import By, Energy, Hour, Minute, Quarter, Record, Span, VoltageHour, VoltageSpan
from han2x.history_file.columns import TABLES, Column
from han2x.history_file.pending import Rows, rows_of
from han2x.history_file.points import spans, steps
from han2x.history_file.reading import HistoryReader, Source
from han2x.history_file.series import Series
from han2x.history_file.shapes import SHAPES, Shape
from han2x.history_file.spans import Step
from han2x.history_file.spans import spans as spans_of
from han2x.history_file.writing import HistoryFile
from han2x.meters.clock import central_european
from han2x.model import Quantity

BEGIN: Final = 1_767_222_000
"""2026-01-01 00:00 in Norway."""
HOUR_S: Final = 3600
NO_ROWS: Final[Rows] = {}


def an_hour(begin: int, wh: int = 1000, by: By = By.METER, factor: int = 1000, out_wh: int = 0) -> Hour:
    """An hour with so many Wh imported and exported."""
    energies = {
        Quantity.ACTIVE_ENERGY_IMPORT: Energy(wh * 1000, by),
        Quantity.ACTIVE_ENERGY_EXPORT: Energy(out_wh * 1000, by),
    }
    return Hour(begin, factor, energies, {Quantity.ACTIVE_ENERGY_IMPORT: begin})


def hours(count: int, begin: int = BEGIN, wh: int = 1000) -> list[Hour]:
    """Hours that follow each other, each with one Wh more."""
    return [an_hour(begin + place * HOUR_S, wh + place) for place in range(count)]


def a_minute(begin: int, watts: int = 500, volts: int = 230, factor: int = 1000) -> Minute:
    """A minute with a power and a voltage."""
    values = {
        Quantity.ACTIVE_POWER_IMPORT: Span(watts * 1000, watts * 900, watts * 1100),
        Quantity.VOLTAGE_L1: Span(volts * 1000, volts * 1000 - 2000, volts * 1000 + 2000),
    }
    return Minute(begin, factor, values)


def a_quarter(begin: int, wh: int = 250) -> Quarter:
    """A quarter of an hour with so many Wh."""
    return Quarter(begin, 1000, {Quantity.ACTIVE_ENERGY_IMPORT: Energy(wh * 1000, By.ESTIMATED)})


def voltages(begin: int, lowest: int = 228, highest: int = 236, minutes: int = 60, below: int = 0) -> VoltageHour:
    """An hour's voltages of the first phase."""
    span = VoltageSpan(lowest * 1000, highest * 1000, minutes, below, 0)
    return VoltageHour(begin, {Quantity.VOLTAGE_L1: span})


def written(file: HistoryFile, series: Series, records: Iterable[Record], now: float = BEGIN + 86400) -> None:
    """Have the file keep these."""
    file.write({series: rows_of(records)}, now)


def told(path: Path, series: int | None, resolution: str, begin: int, end: int, fresh: Rows = NO_ROWS) -> Any:  # noqa: ANN401 - JSON
    """The points that there are, as the API has them."""
    reader = HistoryReader(path)
    shape = SHAPES[resolution]
    try:
        return json.loads(reader.asked(series, fresh, lambda source: _points(source, shape, resolution, begin, end)))
    finally:
        reader.close()


def named(resolution: str, point: list[Any]) -> dict[str, Any]:
    """A point by the names of its columns."""
    return dict(zip(SHAPES[resolution].names, point, strict=True))


def _points(source: Source, shape: Shape, resolution: str, begin: int, end: int) -> bytes:
    if shape.step_s:
        return steps(source, shape, begin, end)
    names: dict[str, Step] = {"day": "day", "month": "month", "year": "year"}
    return spans(source, shape, spans_of(names[resolution], begin, end, central_european), end)


def ten_years(folder: Path, end: int, years: int = 10) -> Path:
    """A file with a meter's hours of so many years up to a moment, and what else there would be."""
    file = HistoryFile(folder)
    file.arrange([Series(1, "House", since=end - years * 31_557_600)])
    file.close()
    with closing(sqlite3.connect(file.path)) as connection:
        for table in TABLES:
            first = end - (years * 31_557_600 if table.kept_s is None else min(table.kept_s, years * 31_557_600))
            first = first // table.step_s * table.step_s
            columns = ", ".join(_made(column) for column in table.columns)
            connection.execute(
                f"WITH RECURSIVE at(begin) AS (SELECT {first} UNION ALL SELECT begin + {table.step_s} FROM at"
                f" WHERE begin + {table.step_s} < {end}) INSERT INTO {table.name} SELECT 1, begin, {columns} FROM at"
            )
        connection.commit()
    return file.path


def _made(column: Column) -> str:
    """SQL for a value that a house could have."""
    if column.name == "factor":
        return "1000"
    if column.name.endswith("_by"):
        return "1"
    if column.highest < 1000:
        return "0"
    span = 9_000 if column.name.startswith("u") else 3_000_000
    base = 226_000 if column.name.startswith("u") else 100_000
    return f"{base} + (begin * 7919 / 60) % {span}"
