"""Rows that nobody has taken yet. Pure."""

from __future__ import annotations

from typing import Final

from han2x.history.records import Minute, Record

MOST_MINUTES: Final = 60
MOST_OTHERS: Final = 4096
"""Hours and quarters of the longest gap that is shared out, and more."""


class Rows:
    """The rows that are to be written, each once: a later one takes the place of an earlier one with its beginning.

    When nobody takes them, the oldest ones go.
    """

    def __init__(self) -> None:
        self._minutes: dict[int, Record] = {}
        self._others: dict[tuple[type[Record], int], Record] = {}

    def put(self, row: Record) -> None:
        """Take a row."""
        if isinstance(row, Minute):
            self._minutes.pop(row.begin, None)
            self._minutes[row.begin] = row
            while len(self._minutes) > MOST_MINUTES:
                del self._minutes[next(iter(self._minutes))]
            return
        self._others.pop((type(row), row.begin), None)
        self._others[type(row), row.begin] = row
        while len(self._others) > MOST_OTHERS:
            del self._others[next(iter(self._others))]

    def all(self) -> list[Record]:
        """Those that are there."""
        return [*self._minutes.values(), *self._others.values()]

    def take(self) -> list[Record]:
        """The same, which are none of this any more."""
        taken = self.all()
        self._minutes, self._others = {}, {}
        return taken
