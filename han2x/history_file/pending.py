"""Rows that are not on the disk yet, so many and no more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from han2x.history import Record
from han2x.history_file.columns import MINUTES, TABLES, Table
from han2x.history_file.rows import Row, row_of
from han2x.history_file.series import Series

Rows: TypeAlias = dict[Table, dict[int, Row]]
"""By their tables, and the moments when they begin."""

MOST_MINUTES: Final = 5_000
MOST_OTHERS: Final = 20_000
"""Rows of all meters together: what comes in ten minutes from the most meters that there can be, or from one in half a
week. Some megabytes.
"""


class Pending:
    """What has come of each series since it was written last. `lost` says that there was too much to remember."""

    def __init__(self) -> None:
        self.lost = False
        self._rows: dict[Series, Rows] = {}
        self._minutes = 0
        self._others = 0

    def add(self, series: Series, records: Iterable[Record]) -> None:
        """Remember these until they are written."""
        for record in records:
            found = row_of(record)
            if found is None:
                continue
            table, row = found
            rows = self._rows.setdefault(series, {}).setdefault(table, {})
            self._count(table, int(row[0] not in rows))
            rows[row[0] or 0] = row
        while self._minutes > MOST_MINUTES:
            self._lose([MINUTES])
        while self._others > MOST_OTHERS:
            self._lose([table for table in TABLES if table is not MINUTES])

    def of(self, series: Series) -> Rows:
        """The rows of one series, to be read in another thread."""
        return {table: dict(rows) for table, rows in self._rows.get(series, {}).items()}

    def all(self) -> dict[Series, Rows]:
        """All of them, to be written in another thread; `written` has to follow."""
        return {series: self.of(series) for series in self._rows}

    def written(self, rows: Mapping[Series, Rows]) -> None:
        """These are on the disk; what has come in the meantime stays."""
        self.lost = False
        for series, tables in rows.items():
            for table, written in tables.items():
                mine = self._rows.get(series, {}).get(table, {})
                for begin, row in written.items():
                    if mine.get(begin) is row:
                        del mine[begin]
                        self._count(table, -1)
            if not any(self._rows.get(series, {}).values()):
                self._rows.pop(series, None)

    def forget(self, series: Series, before: int | None = None) -> None:
        """Forget what is remembered of a series, or what began before a moment."""
        for table, rows in self._rows.get(series, {}).items():
            for begin in [begin for begin in rows if before is None or begin < before]:
                del rows[begin]
                self._count(table, -1)

    def forget_all(self) -> None:
        """Forget everything."""
        self._rows.clear()
        self._minutes = self._others = 0

    def _count(self, table: Table, more: int) -> None:
        if table is MINUTES:
            self._minutes += more
        else:
            self._others += more

    def _lose(self, tables: Iterable[Table]) -> None:
        """Give up the oldest row of these tables."""
        _, table, rows = min(
            ((next(iter(rows)), table, rows) for of in self._rows.values() for table, rows in of.items()
             if table in tables and rows),
            key=lambda each: each[0],
        )  # fmt: skip
        del rows[next(iter(rows))]
        self._count(table, -1)
        self.lost = True


def rows_of(records: Iterable[Record]) -> Rows:
    """Rows by their tables."""
    rows: Rows = {}
    for found in map(row_of, records):
        if found is not None:
            table, row = found
            rows.setdefault(table, {})[row[0] or 0] = row
    return rows
