"""Log lines that a line can cause as often as it likes, kept to a few. Pure but for logging: time is an argument."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

PAUSE_S: Final = 3600.0
"""How long the lines of one kind rest after the first; then they are one line that says how many there were."""


@dataclass(slots=True)
class _Kind:
    """Lines of one kind since `since`: how many were logged, how many were not, and the last of those."""

    since: float
    logged: int = 0
    left_out: int = 0
    level: int = 0
    message: str = ""
    args: tuple[object, ...] = ()


class SeldomLog:
    """Logs the first `most` lines of each kind, and once in `PAUSE_S` the last of those left out, with their number.

    What is left out is still logged for debugging. A kind is the program's own word, never one from the line, so that
    there are few.
    """

    def __init__(self, log: logging.Logger, most: int = 1) -> None:
        self._log = log
        self._most = most
        self._kinds: dict[str, _Kind] = {}

    def __call__(self, now: float, level: int, kind: str, message: str, *args: object) -> None:
        """Log a line of this kind, or count it."""
        self.tick(now)
        lines = self._kinds.setdefault(kind, _Kind(now))
        if lines.logged < self._most:
            lines.logged += 1
            self._log.log(level, message, *args)
            return
        lines.left_out += 1
        lines.level, lines.message, lines.args = level, message, args
        self._log.debug(message, *args)

    def tick(self, now: float) -> None:
        """Log the numbers that are due."""
        for kind, lines in list(self._kinds.items()):
            if now - lines.since < PAUSE_S:
                continue
            if lines.left_out:
                message = lines.message + " (the last of %d like it within an hour)"
                self._log.log(lines.level, message, *lines.args, lines.left_out)
                self._kinds[kind] = _Kind(now, logged=self._most)
            else:
                del self._kinds[kind]
