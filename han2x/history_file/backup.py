"""All of the history as one packed file, and back: gzip, with one JSON array a line.

The first line says what it is. Then come the series (`s`), then rows by their table's letter. What is read back may
come from anyone: every value is checked, and how much it unpacks to is bounded.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from han2x.history_file.columns import EARLIEST, LATEST, LONGEST_NAME, TABLES, Column, Table
from han2x.history_file.faults import BackupError
from han2x.history_file.reading import Source
from han2x.history_file.series import Series, all_series

PAIRS: Final = (("e_in", "e_in_by"), ("e_out", "e_out_by"))
NAME: Final = "han2x-history"
FORMAT: Final = 1
MOST_OCTETS: Final = 1024 * 1024 * 1024
"""What a backup unpacks to: ten years of a meter are some 25 MB."""
MOST_SERIES: Final = 2000
LONGEST_LINE: Final = 4096
_ROWS: Final = 1000
_PIECE: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_MIB: Final = 1024 * 1024

Ask = Callable[[Callable[[Source], tuple[bytes, Any]]], tuple[bytes, Any]]


class Packer:
    """The packed file in pieces, each read by itself: `next` returns the next one, b"" after the last."""

    def __init__(self) -> None:
        self._packed = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        self._tables = iter(TABLES)
        self._table: Table | None = None
        self._after = (0, 0)
        self._begun = self._ended = False

    def next(self, source: Source) -> bytes:
        """The next piece."""
        packed = b""
        while not packed and not self._ended:
            lines = self._lines(source)
            packed = self._packed.compress(lines) if lines else self._packed.flush()
            self._ended = not lines
        return packed

    def _lines(self, source: Source) -> bytes:
        if not self._begun:
            self._begun = True
            self._table = next(self._tables)
            return _beginning(source)
        while self._table is not None:
            lines, after = _rows(source, self._table, self._after)
            if lines:
                self._after = after
                return lines
            self._table, self._after = next(self._tables, None), (0, 0)
        return b""


def restore(connection: sqlite3.Connection, packed: int) -> int:
    """Take from a backup what is not there already; `packed` is a file that is open, read from its beginning.

    Within a transaction of the caller, which has to take it back where this raises. Returns how many rows there were
    that are new.

    Raises:
        BackupError: something is wrong with it.
    """
    reader = _Restore(connection)
    for number, lines in _numbered(_unpacked(packed)):
        reader.take(number, lines)
    if not reader.begun:
        raise BackupError("history-not-a-backup")
    return reader.rows


class _Restore:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.begun = False
        self.rows = 0
        self._connection = connection
        self._ours = all_series(connection)
        self._theirs: dict[int, int] = {}
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS theirs (number INTEGER PRIMARY KEY, ours INTEGER)")
        connection.execute("DELETE FROM temp.theirs")

    def take(self, number: int, lines: list[bytes]) -> None:
        """Take lines, the first of which has this number."""
        if not self.begun:
            _check_first(lines.pop(0))
            self.begun, number = True, number + 1
        rows: list[bytes] = []
        for place, line in enumerate(lines):
            if line.startswith(b'["s",'):
                self._take_series(number + place, line)
            else:
                rows.append(line)
        by_letter: dict[bytes, list[bytes]] = {}
        for line in rows:
            by_letter.setdefault(line[:5], []).append(line)
        for table in TABLES:
            self._insert(table, by_letter.pop(b'["%s",' % table.letter.encode(), []), number)
        if by_letter:
            raise BackupError("history-backup-row", line=number)

    def _take_series(self, line_number: int, line: bytes) -> None:
        try:
            _, number, unit, name, meter_id, since = json.loads(line)
            sound = (
                type(number) is int and number > 0 and number not in self._theirs and len(self._theirs) < MOST_SERIES
                and (unit is None or (type(unit) is int and 1 <= unit <= 247))
                and isinstance(name, str) and len(name) <= LONGEST_NAME
                and (meter_id is None or (isinstance(meter_id, str) and len(meter_id) <= LONGEST_NAME))
                and (since is None or (type(since) is int and EARLIEST <= since < LATEST))
            )  # fmt: skip
        except (ValueError, TypeError, RecursionError):
            sound = False
        if not sound:
            raise BackupError("history-backup-row", line=line_number)
        self._theirs[number] = ours = self._own(Series(unit, name, meter_id, since))
        self._connection.execute("INSERT INTO temp.theirs VALUES (?, ?)", (number, ours))

    def _own(self, theirs: Series) -> int:
        """Which of our series theirs is: that with its unit id, or else with its meter's number; else a new one."""
        for ours in self._ours:
            if ours.id is not None and ours.unit is not None and ours.unit == theirs.unit:
                return ours.id
        for ours in self._ours:
            if ours.id is not None and ours.unit is None and theirs.unit is None and ours.meter_id == theirs.meter_id:
                return ours.id
        (number,) = self._connection.execute(
            "INSERT INTO series (unit, name, meter_id, since) VALUES (?, ?, ?, ?) RETURNING id",
            (theirs.unit, theirs.name, theirs.meter_id, theirs.since),
        ).fetchone()
        self._ours.append(Series(theirs.unit, theirs.name, theirs.meter_id, theirs.since, number))
        return int(number)

    def _insert(self, table: Table, lines: list[bytes], number: int) -> None:
        if not lines:
            return
        text = b"[%s]" % b",".join(lines)
        values = ", ".join(f"json_extract(value, '$[{place + 2}]')" for place in range(len(table.names)))
        try:
            inserted = self._connection.execute(
                f"INSERT OR IGNORE INTO {table.name} SELECT (SELECT ours FROM temp.theirs"
                f" WHERE number = json_extract(value, '$[1]')), {values} FROM json_each(CAST(? AS TEXT))"
                f" WHERE json_array_length(value) = {len(table.names) + 2}",
                (text,),
            )
            (sound,) = self._connection.execute(
                f"SELECT count(*) FROM json_each(CAST(? AS TEXT)) WHERE {_sound(table)}",
                (text,),
            ).fetchone()
        except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise
            sound = -1
        if sound != len(lines):
            raise BackupError("history-backup-row", line=number)
        self.rows += inserted.rowcount


def _sound(table: Table) -> str:
    """SQL for whether a line is one that this program could have written."""
    begin = Column("begin", EARLIEST, LATEST, unknown=False)
    checks = [
        f"json_array_length(value) = {len(table.names) + 2}",
        "json_extract(value, '$[1]') IN (SELECT number FROM temp.theirs)",
        f"json_extract(value, '$[2]') % {min(table.step_s, 900)} = 0",
    ]
    for place, column in enumerate((begin, *table.columns)):
        kind, value = f"json_type(value, '$[{place + 2}]')", f"json_extract(value, '$[{place + 2}]')"
        within = f"({kind} = 'integer' AND {value} BETWEEN {column.lowest} AND {column.highest})"
        checks.append(f"({kind} = 'null' OR {within})" if column.unknown else within)
    places = {name: f"json_type(value, '$[{place + 2}]') = 'null'" for place, name in enumerate(table.names)}
    checks += [f"({places[name]}) = ({places[by]})" for name, by in PAIRS if name in places]
    return " AND ".join(checks)


def _check_first(line: bytes) -> None:
    try:
        name, version = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        raise BackupError("history-not-a-backup") from None
    if name != NAME or type(version) is not int:
        raise BackupError("history-not-a-backup")
    if version > FORMAT:
        raise BackupError("history-backup-newer")


def _unpacked(packed: int) -> Iterator[bytes]:
    """What it unpacks to, in pieces."""
    unpacker, octets = zlib.decompressobj(_GZIP), 0
    os.lseek(packed, 0, os.SEEK_SET)
    try:
        while not unpacker.eof:
            some = unpacker.unconsumed_tail or os.read(packed, _PIECE)
            piece = unpacker.decompress(some, _PIECE)
            if not some and not piece:
                raise BackupError("history-not-packed")
            octets += len(piece)
            if octets > MOST_OCTETS:
                raise BackupError("history-backup-too-large", most=MOST_OCTETS // _MIB)
            yield piece
    except zlib.error:
        raise BackupError("history-not-packed") from None


def _numbered(pieces: Iterator[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Whole lines, some at a time, with the number of the first one."""
    rest, number = b"", 1
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        long = next((place for place, line in enumerate((*lines, rest)) if len(line) > LONGEST_LINE), None)
        if long is not None:
            first = number + long == 1
            raise BackupError("history-not-a-backup" if first else "history-backup-row", line=number + long)
        if lines:
            yield number, lines
            number += len(lines)
    if rest:
        raise BackupError("history-backup-row", line=number)


def _beginning(source: Source) -> bytes:
    lines = [[NAME, FORMAT]]
    ask = "SELECT id, unit, name, meter_id, since FROM main.series ORDER BY id"
    lines += [["s", *row] for row in source.run(ask)]
    return b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)


def _rows(source: Source, table: Table, after: tuple[int, int]) -> tuple[bytes, tuple[int, int]]:
    columns = ", ".join(table.names)
    octets, series, begin = source.run(
        f"SELECT CAST(group_concat(json_array('{table.letter}', series, {columns}) || char(10), '') AS BLOB),"
        f" max(series), max(CASE WHEN place = many THEN begin END) FROM (SELECT *, row_number() OVER () AS place,"
        f" count(*) OVER () AS many FROM (SELECT series, {columns} FROM main.{table.name}"
        " WHERE (series, begin) > (?, ?) ORDER BY series, begin LIMIT ?))",
        (*after, _ROWS),
    ).fetchone()
    return bytes(octets or b""), (series or 0, begin or 0)
