"""Log lines that a line can cause as often as it likes, kept to a few. Pure but for logging: time is an argument."""

from __future__ import annotations

import logging
from typing import Final, TypeAlias

from han2x.seldom import EVERY_S, Seldom

PAUSE_S: Final = EVERY_S
"""How long the lines of one kind rest after the first; then they are one line that says how many there were."""

Line: TypeAlias = tuple[int, str, tuple[object, ...]]
"""Level, message and arguments."""


class SeldomLog:
    """Logs the first `most` lines of each kind, and once in `PAUSE_S` the last of those left out, with their number.

    What is left out is still logged for debugging.
    """

    def __init__(self, log: logging.Logger, most: int = 1) -> None:
        self._log = log
        self._seldom: Seldom[Line] = Seldom(PAUSE_S, most)

    def __call__(self, now: float, level: int, kind: str, message: str, *args: object) -> None:
        """Log a line of this kind, or count it."""
        self.tick(now)
        worth_it = self._seldom.take(kind, (level, message, args), now) is not None
        self._log.log(level if worth_it else logging.DEBUG, message, *args)

    def tick(self, now: float) -> None:
        """Log the numbers that are due."""
        for left_out in self._seldom.due(now):
            level, message, args = left_out.last
            self._log.log(level, message + " (the last of %d like it within an hour)", *args, left_out.count + 1)
