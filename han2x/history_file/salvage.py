"""From a damaged file what can still be read: its hours, which are kept for ever, and whose they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from han2x.history_file.columns import DAY_S, HOURS, LATEST
from han2x.history_file.series import Series, all_series

_PIECE_S: Final = 64 * DAY_S
_SMALLEST_S: Final = 3600


def salvage(damaged: Path, fresh: sqlite3.Connection, known: Iterable[Series]) -> int:
    """Copy the hours of a damaged file into a fresh one, as far as they can be read; returns how many there are.

    `known` are the series as they were known before, for where the file cannot tell them any more.

    Raises:
        sqlite3.Error: the fresh file cannot be written.
    """
    # Not the way of `open_to_read`, which refuses a damaged file.
    with closing(sqlite3.connect(damaged, isolation_level=None, check_same_thread=False)) as old:
        series = {each.id: each for each in known if each.id is not None}
        with suppress(sqlite3.Error):  # then what is known has to do
            series |= {each.id: each for each in all_series(old) if each.id is not None}
        for number in _numbers(old) - series.keys():
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
    marks = ", ".join("?" * (len(HOURS.names) + 1))
    insert = f"INSERT OR IGNORE INTO {HOURS.name} VALUES ({marks})"
    saved = 0
    for begin, end in _pieces(old, series.id):
        for rows in _readable(old, series.id, begin, end):
            saved += fresh.executemany(insert, ((series.id, *row) for row in rows if _is_sound(row))).rowcount
    return saved


def _pieces(old: sqlite3.Connection, series: int | None) -> Iterator[tuple[int, int]]:
    first, last = _edge(old, series, "ASC", 0), _edge(old, series, "DESC", LATEST)
    for begin in range(first, last + 1, _PIECE_S):
        yield begin, begin + _PIECE_S


def _edge(old: sqlite3.Connection, series: int | None, order: str, otherwise: int) -> int:
    """When the first or the last hour begins; where that cannot be read, what no hour goes beyond."""
    ask = f"SELECT begin FROM {HOURS.name} WHERE series = ? ORDER BY begin {order} LIMIT 1"
    try:
        found = old.execute(ask, (series,)).fetchone()
    except sqlite3.Error:
        return max(otherwise, 1_262_304_000)
    return int(found[0]) if found and isinstance(found[0], int) and 0 <= found[0] < LATEST else otherwise


def _readable(old: sqlite3.Connection, series: int | None, begin: int, end: int) -> Iterator[list[tuple[int, ...]]]:
    """The rows of a range; where it cannot be read whole, those of its halves, down to single hours."""
    ask = f"SELECT {', '.join(HOURS.names)} FROM {HOURS.name} WHERE series = ? AND begin >= ? AND begin < ?"
    try:
        yield old.execute(ask, (series, begin, end)).fetchall()
    except sqlite3.Error:
        if end - begin > _SMALLEST_S:
            middle = begin + (end - begin) // 2
            yield from _readable(old, series, begin, middle)
            yield from _readable(old, series, middle, end)


def _numbers(old: sqlite3.Connection) -> set[int]:
    numbers: set[int] = set()
    try:
        while True:
            found = old.execute(
                f"SELECT series FROM {HOURS.name} WHERE series > ? ORDER BY series LIMIT 1",
                (max(numbers, default=0),),
            ).fetchone()
            if found is None or not isinstance(found[0], int) or found[0] in numbers:
                return numbers
            numbers.add(found[0])
    except sqlite3.Error:
        return numbers


def _is_sound(row: tuple[object, ...]) -> bool:
    """Whether every value is one that this program could have written."""
    begin, *values = row
    return (
        isinstance(begin, int)
        and begin % 900 == 0
        and all(
            column.unknown if value is None else isinstance(value, int) and column.lowest <= value <= column.highest
            for column, value in zip(HOURS.columns, values, strict=True)
        )
    )
