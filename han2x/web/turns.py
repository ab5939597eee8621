"""Passwords are checked one at a time, which bounds the memory and the time it takes; here is said whose turn is next.

First come, first served would let a crowd of guessers fill the queue. Who has logged in before goes first, then who has
tried least of late, and of those the newest: a guesser who stays has tried more than an owner who comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from han2x.web.refusals import SlowDownError

MOST_WAITING: Final = 8
"""Who may be there at once, with the one whose turn it is."""
LONGEST_WAIT_S: Final = 15.0

Rank: TypeAlias = tuple[int, int]
FIRST: Final[Rank] = (0, 0)


@dataclass(eq=False, slots=True)
class _Place:
    order: tuple[int, int, int]
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """Gives one turn after the other. When too many wait, the last in the order is sent away, not the newest."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._taken = False
        self._waiting: list[_Place] = []
        self._count = 0

    @asynccontextmanager
    async def turn(self, rank: Rank = FIRST) -> AsyncIterator[None]:
        """Wait for a turn, and have it; a lower rank goes first.

        Raises:
            SlowDownError: too many others go first.
        """
        await self._wait(rank)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, rank: Rank) -> None:
        if not self._taken:
            self._taken = True
            return
        self._count += 1
        place = _Place((*rank, -self._count))
        self._waiting.append(place)
        if len(self._waiting) >= self._most:
            last = max(self._waiting, key=lambda each: each.order)
            self._waiting.remove(last)
            last.turn.set_exception(SlowDownError(1.0))
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await place.turn
        except BaseException as left:
            if place in self._waiting:
                self._waiting.remove(place)
            elif _given(place.turn):  # in the same moment, and nobody else would get it
                self._next()
            if isinstance(left, TimeoutError):
                raise SlowDownError(1.0) from None
            raise

    def _next(self) -> None:
        while self._waiting:
            place = min(self._waiting, key=lambda each: each.order)
            self._waiting.remove(place)
            if not place.turn.done():
                place.turn.set_result(None)
                return
        self._taken = False


def _given(turn: asyncio.Future[None]) -> bool:
    return turn.done() and not turn.cancelled() and turn.exception() is None
