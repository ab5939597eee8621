"""Records on the disk: one line of JSON for each, with a checksum; appended to, never rewritten.

Two files are kept. When the newer one is full it becomes the older one, and what was the older one is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from han2x.atomic_file import locked, sync_directory

_HEAD: Final = b'{"crc32":"%08x","entry":'
_ENTRY_AT: Final = len(_HEAD % 0)
_TAIL: Final = b"}"

Entry = Mapping[str, Any]
T = TypeVar("T", bound=Entry)


class KeptLines:
    """Two files of a directory, which is made with the first entry; each has at most `largest` octets.

    Everything here waits for the disk.
    """

    def __init__(self, directory: Path, newer: str, older: str, largest: int) -> None:
        self._directory = directory
        self._newer = newer
        self._older = older
        self._largest = largest

    def append(self, entries: Iterable[Entry]) -> None:
        """Put entries after those that are there; they are on the disk on return.

        Raises:
            OSError: they could not be written, and none of them is there.
        """
        lines = b"".join(map(_line, entries))
        with locked(self._directory):
            file = self._directory / self._newer
            size = file.stat().st_size if file.exists() else 0
            if size and size + len(lines) > self._largest:
                file.replace(self._directory / self._older)
                size = 0
            handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                _append(handle, size, lines)
            finally:
                os.close(handle)
            if not size:
                sync_directory(self._directory)

    def append_all(self, pending: deque[T], most: int) -> None:
        """Append what is pending, `most` at once, and take it out as it is written; any thread may add to it meanwhile.

        Raises:
            OSError: it could not be written; what is still pending is not on the disk.
        """
        while entries := list(pending)[:most]:
            self.append(entries)
            written = set(map(id, entries))
            while pending and id(pending[0]) in written:
                pending.popleft()

    def read(self) -> tuple[list[dict[str, Any]], int]:
        """The entries, the newest last, and how many lines are damaged, which are left out.

        Raises:
            OSError: a file is there and cannot be read.
        """
        entries, damaged = [], 0
        for name in (self._older, self._newer):
            for line in self._lines(name):
                entry = _entry(line)
                if entry is None:
                    damaged += 1
                else:
                    entries.append(entry)
        return entries, damaged

    def forget(self) -> None:
        """Remove all of it. Raises OSError when that cannot be done."""
        for name in (self._older, self._newer):
            (self._directory / name).unlink(missing_ok=True)

    def _lines(self, name: str) -> Iterator[bytes]:
        with contextlib.suppress(FileNotFoundError), (self._directory / name).open("rb") as file:
            content = file.read(2 * self._largest)
            yield from filter(None, content.split(b"\n"))


def _append(handle: int, size: int, lines: bytes) -> None:
    """Write at the end of the file, all or nothing. What a power cut left of a line is ended first."""
    if size and os.pread(handle, 1, size - 1) != b"\n":
        lines = b"\n" + lines
    try:
        left = memoryview(lines)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(handle, size)
        raise


def _line(entry: Entry) -> bytes:
    body = json.dumps(dict(entry), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    raw = body.encode(errors="replace")
    return _HEAD % zlib.crc32(raw) + raw + _TAIL + b"\n"


def _entry(line: bytes) -> dict[str, Any] | None:
    raw = line[_ENTRY_AT : -len(_TAIL)]
    if line != _HEAD % zlib.crc32(raw) + raw + _TAIL:
        return None
    try:
        entry = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
