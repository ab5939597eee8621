"""Log lines that any client can cause, rate-limited."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from time import monotonic

QUIET_S = 60.0
MOST_KINDS = 1000
"""How many kinds are distinguished; beyond that, all are forgotten."""


@dataclass(slots=True)
class SeldomLog:
    """Logs the first line of each kind, then at most one every `QUIET_S` seconds, with the number of those left out."""

    log: logging.Logger
    _next: dict[str, float] = field(default_factory=dict)
    _left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._next)

    def __call__(self, level: int, kind: str, message: str, *args: object) -> None:
        """Log a line of this kind, or count it."""
        now = monotonic()
        if now < self._next.get(kind, 0.0):
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        if len(self) >= MOST_KINDS:
            self._next.clear()
            self._left_out.clear()
        self._next[kind] = now + QUIET_S
        if left_out := self._left_out.pop(kind, 0):
            message, args = message + " (and %d more like it before)", (*args, left_out)
        self.log.log(level, message, *args)
