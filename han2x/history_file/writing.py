"""What is written to the file, and deleted from it. All of this is for one thread, and waits for the disk."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from han2x.atomic_file import remove_durably
from han2x.history import Hour
from han2x.history_file import backup
from han2x.history_file.columns import HOURS, MINUTES, TABLES, VOLTAGES, Table
from han2x.history_file.opening import UnusableError, as_os_error, files_of, is_damage, open_to_write, put_aside
from han2x.history_file.pending import Rows
from han2x.history_file.rows import Row, hour_of
from han2x.history_file.salvage import salvage
from han2x.history_file.series import Series, all_series, arrange, drop_empty
from han2x.history_file.voltages import completed

log = logging.getLogger("han2x.history")

NAME: Final = "history.db"
PRUNED_S: Final = 86400
"""Rows that are too old are deleted by the day: each deletion writes pages of its own."""
PRUNED_AT_ONCE: Final = 16
"""Series in which something is deleted with one write."""

Result = TypeVar("Result")


class HistoryFile:
    """The file in a state directory. Every method may raise OSError: it cannot be had, or written, now.

    A file that turns out to be damaged is set aside and another begun with what of it can be read; a method that met
    the damage is then done again. `writes` counts transactions, `written_at` is when the last one ended.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self.writes = 0
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._known: list[Series] = []
        self._pruned_last = 0

    def arrange(self, series: Sequence[Series]) -> None:
        """Have the file know these series as they are now: see `han2x.history_file.series`."""

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                arrange(connection, series)
                drop_empty(connection)
            self._known = all_series(connection)

        self._done(work)

    def series(self) -> list[Series]:
        """All series that the file has."""
        return self._done(all_series)

    def hours(self, series: Series, since: int) -> list[Hour]:
        """The hours of a series that began at a moment or later, in their order."""
        ask = f"SELECT {', '.join(HOURS.names)} FROM {HOURS.name} WHERE series = ? AND begin >= ?"
        rows: list[Row] = self._done(lambda connection: connection.execute(ask, (series.id, since)).fetchall())
        return [hour_of(row) for row in rows]

    def write(self, rows: Mapping[Series, Rows], now: float, series: Sequence[Series] = ()) -> None:
        """Write rows, each in place of the one with the same beginning, and delete some that are too old by now.

        `series` are those that are to be known otherwise than before.
        """

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                known = {number for (number,) in connection.execute("SELECT id FROM series")}
                if series or any(each.id not in known for each in rows):
                    arrange(connection, list(dict.fromkeys((*series, *rows))))
                for each, tables in rows.items():
                    for table in TABLES:
                        _insert(connection, table, each.id, tables.get(table, {}).values())
                    _complete_voltages(connection, each.id, tables.get(VOLTAGES, {}))
                self._prune(connection, min(now, _latest(rows)))
            self._known = all_series(connection)

        self._done(work)
        self.writes += 1

    def delete(self, series: int, before: int | None) -> bool:
        """Delete the rows of a series that began before a moment, or all; whether there is such a series.

        Nothing of it can be read from the file afterwards.
        """

        def work(connection: sqlite3.Connection) -> bool:
            with transaction(connection):
                known = connection.execute("SELECT 1 FROM series WHERE id = ?", (series,)).fetchone() is not None
                for table in TABLES:
                    delete = f"DELETE FROM {table.name} WHERE series = ?"
                    if before is None:
                        connection.execute(delete, (series,))
                    else:
                        connection.execute(f"{delete} AND begin < ?", (series, before))
                drop_empty(connection)
            connection.execute("VACUUM")
            self._known = all_series(connection)
            return known

        return self._done(work)

    def restore(self, packed: int) -> int:
        """Take from a backup, open as this file, what is not there already, or nothing; returns how many rows.

        Raises:
            BackupError: something is wrong with it.
        """

        def work(connection: sqlite3.Connection) -> int:
            with transaction(connection):
                rows = backup.restore(connection, packed)
            self._known = all_series(connection)
            return rows

        return self._done(work)

    def forget(self) -> None:
        """Delete all of it, and what was set aside."""
        self.close()
        self._known = []
        remove_durably(*files_of(self.path))

    def mend(self) -> None:
        """A reader has met damage: begin another file."""
        if self._connection is not None:  # else it is looked at when it is opened
            self._mend("damaged", damaged=True)

    def size(self) -> int:
        """Octets on the disk."""
        sizes = 0
        for path in files_of(self.path)[:3]:
            with contextlib.suppress(FileNotFoundError):
                sizes += path.stat().st_size
        return sizes

    def close(self) -> None:
        """Bring the log into the file, and let go of it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def _done(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            try:
                return work(self._opened())
            except sqlite3.Error as error:
                if not is_damage(error):
                    raise
                self._mend(f"damaged: {error}", damaged=True)
                return work(self._opened())
        except sqlite3.Error as error:
            raise as_os_error(error) from None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode != _inode(self.path):
            # Somebody has removed or replaced it: what is written to the old one would be lost.
            self._connection.close()
            self._connection = None
        if self._connection is None:
            try:
                self._connection = open_to_write(self.path)
            except UnusableError as error:
                self._mend(str(error), damaged=error.damaged)
            self._inode = _inode(self.path)
        assert self._connection is not None  # noqa: S101 - what mends it opens it
        return self._connection

    def _mend(self, reason: str, *, damaged: bool) -> None:
        """Begin another file, with what can be read from this one if it is damaged."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        aside = put_aside(self.path)
        try:
            fresh = open_to_write(self.path)
        except UnusableError as error:
            raise OSError(str(error)) from None
        saved = 0
        if damaged:
            try:
                saved = salvage(aside, fresh, self._known)
            except sqlite3.Error as error:
                log.warning("%s: nothing could be saved from it: %s", aside, error)
        log.warning("%s: %s; set aside as %s, %d rows are saved from it", self.path, reason, aside.name, saved)
        self._connection, self._inode = fresh, _inode(self.path)

    def _prune(self, connection: sqlite3.Connection, now: float) -> None:
        """Delete a day of what is too old, in a few series."""
        numbers = [number for (number,) in connection.execute("SELECT id FROM series ORDER BY id")]
        later = [number for number in numbers if number > self._pruned_last] or numbers
        for number in later[:PRUNED_AT_ONCE]:
            self._pruned_last = number
            for table in TABLES:
                if table.kept_s is not None:
                    _prune(connection, table, number, int(now) - table.kept_s)


def _latest(rows: Mapping[Series, Rows]) -> float:
    """When the last row begins: a computer's clock that is far ahead is no reason to delete anything."""
    begins = (begin for tables in rows.values() for of_table in tables.values() for begin in of_table)
    return max(begins, default=float("inf"))


def _prune(connection: sqlite3.Connection, table: Table, series: int, before: int) -> None:
    (oldest,) = connection.execute(
        f"SELECT min(begin) FROM {table.name} WHERE series = ?",
        (series,),
    ).fetchone()
    if oldest is not None and oldest < before - PRUNED_S:
        connection.execute(
            f"DELETE FROM {table.name} WHERE series = ? AND begin < ?",
            (series, min(oldest + PRUNED_S, before)),
        )


def _insert(connection: sqlite3.Connection, table: Table, series: int | None, rows: Iterable[Row]) -> None:
    marks = ", ".join("?" * (len(table.names) + 1))
    insert = f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})"
    connection.executemany(insert, ((series, *row) for row in rows))


def _complete_voltages(connection: sqlite3.Connection, series: int | None, rows: Mapping[int, Row]) -> None:
    """An hour's voltages that a restart has begun again, from the minutes before it too."""
    for begin, row in rows.items():
        minutes = connection.execute(
            f"SELECT u1, u1_low, u1_high, u2, u2_low, u2_high, u3, u3_low, u3_high FROM {MINUTES.name}"
            " WHERE series = ? AND begin >= ? AND begin < ?",
            (series, begin, begin + VOLTAGES.step_s),
        ).fetchall()
        whole = completed(row, minutes)
        if whole != row:
            _insert(connection, VOLTAGES, series, [whole])


class transaction:  # noqa: N801 - as it is used
    """Everything within is written, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
