"""Log lines that clients cause: the first of each kind at once, then at most one an hour."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from han2x.seldom import Seldom

Line: TypeAlias = tuple[int, str, tuple[object, ...]]
"""Level, message and arguments."""


class SeldomLog:
    """Logs as `Seldom` says. `settle` has to be called now and then, for a count that no further line follows."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = monotonic) -> None:
        self._log = log
        self._clock = clock
        self._seldom: Seldom[Line] = Seldom()

    def __len__(self) -> int:
        return len(self._seldom)

    def __call__(self, level: int, kind: str, message: str, *args: object, host: str = "") -> None:
        """Log a line of this kind, which this host caused, or count it."""
        before = self._seldom.take(kind, (level, message, args), self._clock(), host)
        if before is not None:
            self._log.log(level, message + "%s", *args, before)

    def settle(self) -> None:
        """Log the last line of each kind that was left out for an hour, with the number of those before it."""
        for before in self._seldom.due(self._clock()):
            level, message, args = before.last
            self._log.log(level, message + "%s", *args, before)
