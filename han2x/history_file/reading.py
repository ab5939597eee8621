"""A connection that only reads the file, and has the rows that are not on the disk yet besides.

For one thread. What is read is put together by SQLite: it lets other threads go on meanwhile.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from han2x.faults import reason, told
from han2x.history_file.columns import TABLES, Table
from han2x.history_file.opening import UnusableError, as_os_error, is_damage, open_nothing, open_to_read
from han2x.history_file.pending import Rows
from han2x.history_file.series import Series, all_series
from han2x.history_file.spans import Offset, Span

log = logging.getLogger("han2x.history")

Result = TypeVar("Result")

_SPANS: Final = "CREATE TEMP TABLE spans (a INTEGER PRIMARY KEY, b INTEGER, hours INTEGER)"
_OFFSETS: Final = "CREATE TEMP TABLE offsets (a INTEGER PRIMARY KEY, seconds INTEGER, told TEXT)"


class DamagedError(OSError):
    """The file is damaged: whoever writes it has to begin another one."""


class Source:
    """What one question reads from: the rows of one series, those on the disk and `fresh` ones over them.

    `rows` is SQL for the rows of a table from :begin up to before :end; `parameters` are what else it needs.
    """

    def __init__(self, connection: sqlite3.Connection, series: int | None, fresh: Rows) -> None:
        self.run = connection.execute
        self.parameters = {"series": series or 0}
        for table in TABLES:
            connection.execute(f"DELETE FROM temp.{table.name}")
            marks = ", ".join("?" * (len(table.names) + 1))
            insert = f"INSERT INTO temp.{table.name} VALUES ({marks})"
            connection.executemany(insert, ((0, *row) for row in fresh.get(table, {}).values()))
        self._connection = connection

    def rows(self, table: Table) -> str:
        """SQL for them, in no order."""
        columns = ", ".join(table.names)
        within = "begin >= :begin AND begin < :end"
        return (
            f"SELECT {columns} FROM main.{table.name} WHERE series = :series AND {within}"
            f" AND begin NOT IN (SELECT begin FROM temp.{table.name})"
            f" UNION ALL SELECT {columns} FROM temp.{table.name} WHERE {within}"
        )

    def series(self) -> list[Series]:
        """All series of the file, not only the one that is asked for."""
        return all_series(self._connection)

    def edges(self, table: Table) -> tuple[int | None, int | None]:
        """When the first and the last row of a table begin; None where there is none."""
        first, last = (self._edge(table, which, 0) for which in ("min", "max"))
        return first, last

    def next(self, table: Table, begin: int) -> int | None:
        """When the first row begins that does so at a moment or later."""
        return self._edge(table, "min", begin)

    def use_spans(self, spans: Iterable[Span], now: int) -> None:
        """Have a table of spans: when each begins and ends, and how many hours of it there are up to now."""
        self.run("DELETE FROM temp.spans")
        told = ((begin, end, max(-((begin - min(end, now)) // 3600), 0)) for begin, end in spans)
        self._connection.executemany("INSERT INTO temp.spans VALUES (?, ?, ?)", told)

    def use_offsets(self, offsets: Iterable[Offset]) -> None:
        """Have a table of how far the place's clock is ahead, and how ISO 8601 tells that."""
        self.run("DELETE FROM temp.offsets")
        told = ((begin, seconds, _iso(seconds)) for begin, seconds in offsets)
        self._connection.executemany("INSERT INTO temp.offsets VALUES (?, ?, ?)", told)

    def _edge(self, table: Table, which: str, since: int) -> int | None:
        found = [
            self.run(
                f"SELECT {which}(begin) FROM {place}.{table.name} WHERE series = ? AND begin >= ?",
                (series, since),
            ).fetchone()[0]
            for place, series in (("main", self.parameters["series"]), ("temp", 0))
        ]
        return (min if which == "min" else max)((each for each in found if each is not None), default=None)


class HistoryReader:
    """Reads a file; where there is none that can be read, there are only the rows that are not on the disk yet.

    With `strictly` that is an error, and so is a file that is damaged or none of ours.
    """

    def __init__(self, path: Path, *, strictly: bool = False) -> None:
        self._path = path
        self._strictly = strictly
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None

    def asked(self, series: int | None, fresh: Rows, work: Callable[[Source], Result]) -> Result:
        """Do `work` with what there is of a series.

        Raises:
            DamagedError: the file is not whole.
            OSError: it cannot be read.
        """
        try:
            return work(Source(self._opened(), series, fresh))
        except sqlite3.Error as error:
            self.close()
            if is_damage(error):
                raise DamagedError(str(error)) from None
            raise as_os_error(error) from None

    def series(self) -> list[Series]:
        """All that the file has. Raises as `asked` does."""
        return self.asked(None, {}, lambda source: source.series())

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        inode = _inode(self._path)
        if self._connection is None or inode != self._inode:
            self.close()
            self._inode = inode
            self._connection = self._open()
            for table in TABLES:
                columns = ", ".join(f"{name} INTEGER" for name in ("series", *table.names))
                self._connection.execute(
                    f"CREATE TEMP TABLE {table.name} ({columns}, PRIMARY KEY (series, begin)) WITHOUT ROWID"
                )
            self._connection.execute(_SPANS)
            self._connection.execute(_OFFSETS)
        return self._connection

    def _open(self) -> sqlite3.Connection:
        if self._inode is None and not self._strictly:
            return open_nothing()
        try:
            return open_to_read(self._path)
        except (UnusableError, OSError) as error:
            if self._strictly:
                raise error if isinstance(error, OSError) else OSError(told(error, about=self._path)) from None
            log.debug("%s cannot be read: %s", self._path, reason(error))
            self._inode = None  # to be tried again
            return open_nothing()


def _iso(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino
