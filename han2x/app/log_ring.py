"""The last log records, kept in memory for the page."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from han2x.printable import printable

KEPT: Final = 200
PUBLIC: Final = "public"
"""What a record says here instead (`extra={PUBLIC: "…"}`), where only the computer's own log may have all of it."""

LogEntry = dict[str, str]
"""`time` in ISO 8601, `level`, and `message`."""


class LogRing(logging.Handler):
    """Keeps the last `KEPT` records of level INFO and above, and hands each to `then`."""

    def __init__(self, then: Callable[[LogEntry], object] = lambda _entry: None) -> None:
        super().__init__(logging.INFO)
        self._records: deque[LogEntry] = deque(maxlen=KEPT)
        self._then = then

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        try:
            message = getattr(record, PUBLIC, None) or record.getMessage()
            entry: dict[str, Any] = {
                "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds"),
                "level": record.levelname.lower(),
                "message": printable(message),
            }
            self._records.append(entry)
            self._then(entry)
        except Exception:  # noqa: BLE001 - logging's own way: a record that cannot be shown is told of, not raised
            self.handleError(record)

    def records(self) -> list[LogEntry]:
        """The records, the newest last."""
        return list(self._records)
