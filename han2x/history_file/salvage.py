"""From a damaged file what can still be read, and whose it is."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from han2x.history_file.columns import DAY_S, EARLIEST, LATEST, TABLES, Table
from han2x.history_file.series import Series, all_series

_PIECE_ROWS: Final = 1500
_SMALLEST_ROWS: Final = 12
MOST_HALVES: Final = 10_000
"""So many halves of what cannot be read are looked at, in one table of one series."""

Row = tuple[object, ...]


def salvage(damaged: Path, fresh: sqlite3.Connection, known: Iterable[Series]) -> int:
    """Copy the rows of a damaged file into a fresh one, as far as they can be read; returns how many there are.

    `known` are the series as they were known before, for where the file cannot tell them any more.

    Raises:
        sqlite3.Error: the fresh file cannot be written.
    """
    # Not the way of `open_to_read`, which refuses a damaged file.
    with closing(sqlite3.connect(damaged, isolation_level=None, check_same_thread=False)) as old:
        series = {each.id: each for each in known if each.id is not None}
        with suppress(sqlite3.Error):  # then what is known has to do
            series |= {each.id: each for each in all_series(old) if each.id is not None}
        for table in TABLES:
            for number in _numbers(old, table) - series.keys():
                series[number] = Series(None, id=number)
        fresh.execute("BEGIN IMMEDIATE")
        try:
            saved = sum(_copy(old, fresh, each) for each in series.values())
        except BaseException:
            fresh.execute("ROLLBACK")
            raise
        fresh.execute("COMMIT")
    return saved


def _copy(old: sqlite3.Connection, fresh: sqlite3.Connection, series: Series) -> int:
    fresh.execute(
        "INSERT OR IGNORE INTO series (id, unit, name, meter_id, since) VALUES (?, ?, ?, ?, ?)",
        (series.id, series.unit, series.name, series.meter_id, series.since),
    )
    saved = 0
    for table in TABLES:
        marks = ", ".join("?" * (len(table.names) + 1))
        insert = f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})"
        for rows in _Readable(old, table, series.id).all():
            saved += fresh.executemany(insert, ((series.id, *row) for row in rows if is_sound(table, row))).rowcount
    return saved


class _Readable:
    """The rows of a table that can be read, of one series."""

    def __init__(self, old: sqlite3.Connection, table: Table, series: int | None) -> None:
        self._old = old
        self._series = series
        self._step_s = table.step_s
        self._rows = f"SELECT {', '.join(table.names)} FROM {table.name} WHERE series = ? AND begin >= ? AND begin < ?"
        self._edge = f"SELECT begin FROM {table.name} WHERE series = ? ORDER BY begin"

    def all(self) -> Iterator[list[Row]]:
        """All of them, some at a time. What cannot be read whole is halved, the longest ranges first: beyond the first
        row that can be read there may be many of which none can.
        """
        first, last = self._first_or(EARLIEST, "ASC"), self._first_or(LATEST, "DESC")
        length = max(_PIECE_ROWS * self._step_s, DAY_S)
        ranges = deque((begin, begin + length) for begin in range(first, last + 1, length))
        halves = 0
        while ranges:
            begin, end = ranges.popleft()
            try:
                rows = self._old.execute(self._rows, (self._series, begin, end)).fetchall()
            except sqlite3.Error:
                if end - begin > _SMALLEST_ROWS * self._step_s and halves < MOST_HALVES:
                    halves += 2
                    middle = (begin + end) // 2
                    ranges += ((begin, middle), (middle, end))
                continue
            if rows:
                yield rows

    def _first_or(self, otherwise: int, order: str) -> int:
        """When the first or last row begins; where that cannot be read, what none goes beyond."""
        try:
            found = self._old.execute(f"{self._edge} {order} LIMIT 1", (self._series,)).fetchone()
        except sqlite3.Error:
            return otherwise
        sound = found is not None and isinstance(found[0], int) and EARLIEST <= found[0] < LATEST
        return int(found[0]) if sound else otherwise if found is not None else EARLIEST


def _numbers(old: sqlite3.Connection, table: Table) -> set[int]:
    """The series that rows name, as far as that can be read."""
    numbers: set[int] = set()
    ask = f"SELECT series FROM {table.name} WHERE series > ? ORDER BY series LIMIT 1"
    with suppress(sqlite3.Error):
        while found := old.execute(ask, (max(numbers, default=0),)).fetchone():
            if not isinstance(found[0], int) or found[0] in numbers:
                break
            numbers.add(found[0])
    return numbers


def is_sound(table: Table, row: Row) -> bool:
    """Whether every value is one that this program could have written."""
    begin, *values = row
    return (
        isinstance(begin, int)
        and begin % min(table.step_s, 900) == 0
        and all(
            column.unknown if value is None else isinstance(value, int) and column.lowest <= value <= column.highest
            for column, value in zip(table.columns, values, strict=True)
        )
    )
