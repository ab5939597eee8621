"""The log over restarts: what was logged in earlier runs of the program, and before a fault.

It is written seldom, for the sake of an SD card: an error soon, everything else within a quarter of an hour and at the
end. A disk that takes nothing, or a damaged file, is never more than a gap in the log.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from han2x.app.log_ring import LogEntry, LogRing
from han2x.kept_lines import KeptLines

log = logging.getLogger("han2x")

LARGEST_FILE: Final = 128 * 1024
"""In octets; there are two."""
NEWER: Final = "log.jsonl"
OLDER: Final = "log.1.jsonl"
WRITE_EVERY_S: Final = 900.0
AT_MOST_EVERY_S: Final = 60.0
"""Errors are written at once, but however many there are, no more often than this."""
MOST_PENDING: Final = 500
"""Records that wait for the disk; of more, the oldest are left out."""
LONGEST_MESSAGE: Final = 500
MOST_AT_ONCE: Final = 50
"""Records that are appended together; the longest of them all fit into one file."""
_URGENT: Final = frozenset({"error", "critical"})
_FIELDS: Final = ("time", "level", "message", "run")


class KeptLog:
    """Keeps what is logged in `directory`. `handler` is for the root logger; any thread may log."""

    def __init__(self, directory: Path) -> None:
        self.run_id = secrets.token_hex(4)
        self.handler = LogRing(self._add)
        self._directory = directory
        self._file = KeptLines(directory, NEWER, OLDER, LARGEST_FILE)
        self._pending: deque[LogEntry] = deque(maxlen=MOST_PENDING)
        self._writing = threading.Lock()
        self._wake: Callable[[], object] = lambda: None
        self._failing = False

    async def run(self) -> None:
        """Write what is logged, until cancelled."""
        urgent = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(urgent.set)
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(urgent.wait(), WRITE_EVERY_S)
                urgent.clear()
                await asyncio.to_thread(self.flush)
                await asyncio.sleep(AT_MOST_EVERY_S)
        finally:
            self._wake = lambda: None

    def flush(self) -> None:
        """Write what is not on the disk yet, and wait for it. What cannot be written waits for the next time."""
        with self._writing:
            try:
                self._file.append_all(self._pending, MOST_AT_ONCE)
            except OSError as error:
                if not self._failing:
                    log.warning("%s: the log cannot be saved: %s", self._directory, error.strerror)
                self._failing = True
            else:
                self._failing = False

    def this_run(self) -> list[LogEntry]:
        """The last records of this run of the program, the newest last."""
        return [{**entry, "run": self.run_id} for entry in self.handler.records()]

    def all_runs(self) -> list[LogEntry]:
        """What there is of all runs, the newest last; a record's `run` says of which it is. Waits for the disk."""
        with self._writing:
            pending = list(self._pending)
            try:
                entries, _damaged = self._file.read()
            except OSError as error:
                log.debug("%s: the log cannot be read: %s", self._directory, error.strerror)
                entries = []
        kept = [*filter(_is_whole, entries), *pending]
        earlier = [entry for entry in kept if entry["run"] != self.run_id]
        own = [entry for entry in kept if entry["run"] == self.run_id]
        remembered = self.this_run()
        return [*earlier, *(own if len(own) > len(remembered) else remembered)]

    def forget(self) -> None:
        """Forget what was logged. Raises OSError when it cannot be removed; waits for the disk."""
        with self._writing:
            self._file.forget()
            self._pending.clear()

    def _add(self, entry: LogEntry) -> None:
        message = entry["message"]
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[:LONGEST_MESSAGE]}…"
        self._pending.append({**entry, "message": message, "run": self.run_id})
        if entry["level"] in _URGENT:
            self._wake()


def _is_whole(entry: dict[str, object]) -> bool:
    return all(isinstance(entry.get(name), str) for name in _FIELDS)
