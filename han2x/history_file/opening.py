"""The file made, opened, known for ours, or set aside where it cannot be used.

Writing is through a write-ahead log that is forced to the disk with each transaction: there is one in five minutes, so
that this costs nothing, and no power cut takes back what was written.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from han2x.atomic_file import set_aside
from han2x.history_file.columns import TABLES, creating

APPLICATION_ID: Final = 0x48324832
VERSION: Final = 1
BUSY_S: Final = 10.0
"""How long another program may hold the file up, as one that exports from it."""
_LOG_PAGES: Final = 256
"""A megabyte of the log is brought into the file at once: each page of it once, however often it was written."""
_CACHE_KIB: Final = 512
_ENDINGS: Final = ("-wal", "-shm")

_ERRNO: Final = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_NOMEM: errno.ENOMEM,
}


class UnusableError(Exception):
    """The file is there but cannot be used, now or ever; `damaged` says that it is one of ours."""

    def __init__(self, reason: str, *, damaged: bool) -> None:
        super().__init__(reason)
        self.damaged = damaged


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open the file, made where there is none.

    Raises:
        UnusableError: it is damaged, of a newer program, or none of ours.
        OSError: it cannot be had now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return _opened(path.as_uri(), made=True)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file for reading alone, also while another program writes in it. Raises as `open_to_write` does."""
    return _opened(f"file:{quote(str(path.absolute()))}?mode=ro", made=False)


def open_nothing() -> sqlite3.Connection:
    """An empty history in memory, to read from where there is no file."""
    return _opened("file::memory:", made=True)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error tells that the file is not whole."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def as_os_error(error: sqlite3.Error) -> OSError:
    """The same as the operating system would have said it."""
    code = _ERRNO.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return OSError(code, os.strerror(code)) if code else OSError(str(error))


def put_aside(path: Path) -> Path:
    """Rename the file and its log, of which only the last one remains; returns the new name.

    Raises:
        OSError: it could not be renamed.
    """
    aside = set_aside(path, keep=1)
    for ending in _ENDINGS:
        log = path.with_name(path.name + ending)
        if log.exists():
            log.rename(aside.with_name(aside.name + ending))
    return aside


def files_of(path: Path) -> list[Path]:
    """The file, its log, and what was set aside of both."""
    return [path, *(path.with_name(path.name + ending) for ending in _ENDINGS), *path.parent.glob(f"{path.name}.*")]


def _opened(uri: str, *, made: bool) -> sqlite3.Connection:
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        _set_up(connection, made=made)
    except (sqlite3.Error, UnusableError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, UnusableError):
            raise
        if is_damage(error):
            raise UnusableError(f"damaged: {error}", damaged=True) from None
        raise as_os_error(error) from None
    return connection


def _set_up(connection: sqlite3.Connection, *, made: bool) -> None:
    run = connection.execute
    run("PRAGMA trusted_schema = OFF")
    run("PRAGMA cell_size_check = ON")
    run(f"PRAGMA cache_size = -{_CACHE_KIB}")
    run("PRAGMA temp_store = MEMORY")
    if made:
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        run(f"PRAGMA journal_size_limit = {4 * _LOG_PAGES * 1024}")
    application, version = (run(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if made and application == 0 and not run("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        connection.executescript(
            f"BEGIN IMMEDIATE;{creating()}PRAGMA application_id = {APPLICATION_ID};"
            f"PRAGMA user_version = {VERSION};COMMIT"
        )
        return
    if application != APPLICATION_ID:
        raise UnusableError("it is no history of this program", damaged=False)
    if version > VERSION:
        raise UnusableError(f"version {version} is not known to this program ({VERSION} is)", damaged=False)
    _look_at_tables(connection)


def _look_at_tables(connection: sqlite3.Connection) -> None:
    """Raises UnusableError where a table or a column is missing."""
    try:
        connection.execute("SELECT id, unit, name, meter_id, since FROM series LIMIT 0")
        for table in TABLES:
            connection.execute(f"SELECT series, {', '.join(table.names)} FROM {table.name} LIMIT 0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise UnusableError(f"damaged: {error}", damaged=True) from None
        raise
