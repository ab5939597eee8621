"""The record of changes: who changed what, from what, to what. It is in the log at once, and soon on the disk."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from han2x.app.repeats import Repeats
from han2x.audit import acting
from han2x.audit_file import AuditFile
from han2x.printable import printable
from han2x.settings import Settings, differences
from han2x.settings.schema import METERS

log = logging.getLogger("han2x.audit")

MOST_PENDING: Final = 1000
"""Entries that wait for a disk that takes nothing; of more, the oldest are only in the log."""
MOST_AT_ONCE: Final = 40
"""Entries that are appended together; the longest of them all fit into one file."""
LONGEST_VALUE: Final = 200
RETRY_S: Final = 60.0

Value = str | int | float | bool | None


class AuditTrail:
    """Records changes made by whoever `han2x.audit.acting` names, and keeps them in `directory`.

    Any thread may record; what is recorded before `run` waits for it.
    """

    def __init__(self, directory: Path) -> None:
        self._file = AuditFile(directory)
        self._directory = directory
        self._pending: deque[dict[str, Any]] = deque(maxlen=MOST_PENDING)
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        self._repeats = Repeats()
        self._wake: Callable[[], object] = lambda: None
        self._failure = ""

    @property
    def failures(self) -> list[str]:
        """Why the last changes are not on the disk; empty while they are."""
        return [self._failure] if self._failure else []

    def record(self, action: str, what: str = "", *, before: object = None, after: object = None) -> None:
        """Record one change. No key, password or hash may be in it: "set" and "not set" say enough of a secret.

        `action` is one of `han2x.audit.ACTIONS`; `what` a setting's dotted path, or a name.
        """
        actor = acting.get()
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "actor": actor.kind.value,
            "name": _short(actor.name),
            "address": _short(actor.address),
            "action": action,
            "what": _short(what),
            "before": _plain(before),
            "after": _plain(after),
            "times": 1,
        }
        with self._counting:
            kind = (actor.kind, action, entry["what"])
            self._add(self._repeats.take(kind, entry, time.monotonic()))

    def record_settings(self, before: Settings, after: Settings) -> None:
        """Record what differs between two settings; of a secret only whether it is set, or has changed."""
        for each in differences(before, after):
            action = "keys" if each.secret and each.path.startswith(METERS) else "setting"
            if each.before is None:
                action = "meter-added"
            if each.after is None:
                action = "meter-removed"
            self.record(action, each.path, before=each.before, after=each.after)

    async def run(self) -> None:
        """Tell of damage, then write whatever is recorded, until cancelled; what cannot be written is tried again."""
        due = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(due.set)
        try:
            await asyncio.to_thread(self._tell_of_damage)
            if self._pending:
                due.set()
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(due.wait(), RETRY_S if self._failure or self._repeats.waiting() else None)
                with self._counting:
                    self._add(self._repeats.over(time.monotonic()))
                due.clear()
                await asyncio.to_thread(self.flush)
        finally:
            self._wake = lambda: None

    def finish(self) -> None:
        """Write everything that is to be kept, and wait for the disk."""
        with self._counting:
            self._add(self._repeats.rest())
        self.flush()

    def flush(self) -> None:
        """Write what is not on the disk yet, and wait for it."""
        with self._writing:
            try:
                self._file.append_all(self._pending, MOST_AT_ONCE)
            except OSError as error:
                self._failed(f"{self._directory}: the record of changes cannot be saved: {error.strerror}")
                return
            if self._failure:
                log.info("%s: the record of changes is saved again", self._directory)
            self._failure = ""

    def read(self) -> tuple[list[dict[str, Any]], int]:
        """All entries, the newest last, and how many on the disk are damaged. Waits for the disk."""
        with self._writing:
            pending = list(self._pending)
            try:
                entries, damaged = self._file.read()
            except OSError as error:
                log.warning("%s: the record of changes cannot be read: %s", self._directory, error.strerror)
                entries, damaged = [], 0
        return [*entries, *pending], damaged

    def forget(self) -> None:
        """Forget everything that was recorded. Raises OSError when it cannot be removed; waits for the disk."""
        with self._writing, self._counting:
            self._file.forget()
            self._pending.clear()
            self._repeats = Repeats()

    def _add(self, entries: Iterable[Mapping[str, Any]]) -> None:
        for entry in entries:
            log.info("%s", _told(entry))
            self._pending.append(dict(entry))
            self._wake()

    def _tell_of_damage(self) -> None:
        _, damaged = self.read()
        if damaged:
            log.warning("%s: damaged lines in the record of changes, which are left out: %d", self._directory, damaged)

    def _failed(self, failure: str) -> None:
        log.log(logging.DEBUG if failure == self._failure else logging.WARNING, "%s", failure)
        self._failure = failure


def _told(entry: Mapping[str, Any]) -> str:
    """One line for the log; nothing in it can be taken for another line, or steer a terminal."""
    by = " ".join(filter(None, (entry["actor"], entry["name"], entry["address"] and f"at {entry['address']}")))
    known = [str(entry[at]) for at in ("before", "after") if entry[at] is not None]
    values = f": {' to '.join(known)}" if known else ""
    again = f", {entry['times']} times in all" if entry["times"] > 1 else ""
    return printable(f"{entry['action']} {entry['what']}".rstrip() + f"{values}{again}, by {by}")


def _plain(value: object) -> Value:
    """A value as JSON has it: no line is longer than the file can hold many of."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return _short(value)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
