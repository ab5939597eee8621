"""The last log records, kept in memory for the page."""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final

from han2x.printable import printable

KEPT: Final = 200


class LogRing(logging.Handler):
    """Keeps the last `KEPT` records of level INFO and above."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._records: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        try:
            message = printable(record.getMessage())
        except Exception:  # noqa: BLE001 - logging's own way: a record that cannot be shown is told of, not raised
            self.handleError(record)
            return
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds")
        self._records.append({"time": time, "level": record.levelname.lower(), "message": message})

    def records(self) -> list[dict[str, str]]:
        """The records, the newest last."""
        return list(self._records)
