"""Who may be on the way in: connections that have not said a word yet, or are agreeing on TLS, bounded in number.

Where there are too many, who holds the most of them loses the one that has waited longest, and nobody else.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

MOST_IN_ALL: Final = 64
MOST_OF_ONE: Final = 16


class Handshakes:
    """The connections on the way in, of all places where the page is reached; each is a task."""

    def __init__(self, in_all: int = MOST_IN_ALL, of_one: int = MOST_OF_ONE) -> None:
        self._in_all = in_all
        self._of_one = of_one
        self._waiting: dict[asyncio.Task[None], str] = {}  # with their clients, the longest first

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, task: asyncio.Task[None], client: str) -> None:
        """Count this one in until it is done, and cut off another where that is one too many."""
        held = Counter(self._waiting.values())
        if held[client] >= self._of_one:
            self._cut(client)
        elif len(self._waiting) >= self._in_all:
            self._cut(held.most_common(1)[0][0])
        self._waiting[task] = client
        task.add_done_callback(self._done)

    def _cut(self, client: str) -> None:
        longest = next(task for task, each in self._waiting.items() if each == client)
        del self._waiting[longest]
        longest.cancel()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._waiting.pop(task, None)
