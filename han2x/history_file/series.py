"""Which rows are whose: one series for each place of a meter, which goes on when that gets another unit id or meter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from han2x.history_file.columns import LONGEST_NAME, TABLES

_ALL: Final = "SELECT id, unit, name, meter_id, since FROM series ORDER BY unit IS NULL, unit, id"


@dataclass(slots=True, eq=False)
class Series:
    """The rows of one place: `unit` is the unit id that it has, None once it is gone; `id` is None before the file
    knows it. `since` is when it began, in seconds since 1970-01-01 UTC.
    """

    unit: int | None
    name: str = ""
    meter_id: str | None = None
    since: int | None = None
    id: int | None = None


def all_series(connection: sqlite3.Connection) -> list[Series]:
    """All of them, those of no unit id last."""
    return [
        Series(unit, str(name), None if meter_id is None else str(meter_id), since, number)
        for number, unit, name, meter_id, since in connection.execute(_ALL)
    ]


def arrange(connection: sqlite3.Connection, wanted: Iterable[Series]) -> None:
    """Have the file know these as they are now; those without an `id` go on with what has their unit id, or begin.

    Raises:
        sqlite3.Error: it could not be written.
    """
    wanted = list(wanted)
    kept = {series.id: series for series in all_series(connection)}
    for series in wanted:
        if series.id is not None and series.id not in kept:
            series.id = None  # another file has taken the place of the one that knew it
    moved = [series for series in wanted if series.id is not None and kept[series.id].unit != series.unit]
    given = {series.unit for series in moved if series.unit is not None}
    for number in [series.id for series in moved] + [each.id for each in kept.values() if each.unit in given]:
        connection.execute("UPDATE series SET unit = NULL WHERE id = ?", (number,))
    for series in wanted:
        if series.id is None:
            _begin(connection, series)
        known = kept.get(series.id)
        series.meter_id = series.meter_id or (known.meter_id if known is not None else None)
        told = (series.unit, series.name[:LONGEST_NAME], (series.meter_id or "")[:LONGEST_NAME] or None)
        if known is None or told != (known.unit, known.name, known.meter_id):
            connection.execute("UPDATE series SET unit = ?, name = ?, meter_id = ? WHERE id = ?", (*told, series.id))


def drop_empty(connection: sqlite3.Connection) -> None:
    """Forget series that have no unit id and no row."""
    rows = " AND ".join(f"NOT EXISTS (SELECT 1 FROM {table.name} WHERE series = id)" for table in TABLES)
    connection.execute(f"DELETE FROM series WHERE unit IS NULL AND {rows}")


def _begin(connection: sqlite3.Connection, series: Series) -> None:
    found = connection.execute("SELECT id, since FROM series WHERE unit = ?", (series.unit,)).fetchone()
    if found is None:
        insert = "INSERT INTO series (unit, name, since) VALUES (?, ?, ?) RETURNING id, since"
        found = connection.execute(insert, (series.unit, series.name[:LONGEST_NAME], series.since)).fetchone()
    series.id, series.since = found
