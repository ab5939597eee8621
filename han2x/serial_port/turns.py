"""What comes from the lines is worked off in short turns, so that nothing on a line can hold the event loop.

A telegram takes well below a millisecond, and is worked off as it comes. Octets that are made to take long, or a serial
server that sends faster than they can be decoded, use up the share of all lines together; the rest of the work waits
until everybody else has had several times as long.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Final

Work = Iterator[object]
"""Something to do, in short steps."""

TURN_S: Final = 0.002
"""How long the lines may keep the event loop before it is everybody else's."""
REST: Final = 4
"""How many times as long it is then everybody else's: a program that computes half of the time is also served late by a
computer that has other work. All that meters say takes far less than what is left."""


class Turns:
    """Does the work of all lines: at most `TURN_S` and one step at a time, and then rests `REST` times as long.

    `seconds` is a clock that never steps.
    """

    def __init__(self, seconds: Callable[[], float] = perf_counter) -> None:
        self._seconds = seconds
        self._waiting: deque[tuple[Work, Callable[[], object]]] = deque()
        self._spent = 0.0
        self._rested_from = seconds()
        self._held = False

    def do(self, work: Work, done: Callable[[], object]) -> None:
        """Do the work, now as far as there is time and the rest later; `done` is called after its last step.

        Work of one line is to be given after the work before it is done. Neither the work nor `done` may raise.
        """
        self._waiting.append((work, done))
        if not self._held:
            self._turn()

    def drop(self, work: Work) -> None:
        """Do nothing more of this work; its `done` is not called."""
        self._waiting = deque(each for each in self._waiting if each[0] is not work)

    def _turn(self) -> None:
        self._held = True
        begun = self._seconds()
        self._spent = max(0.0, self._spent - (begun - self._rested_from) / REST)
        end = begun + TURN_S - self._spent
        while self._waiting and self._seconds() < end:
            self._work_until(end)
        self._rested_from = self._seconds()
        self._spent += self._rested_from - begun
        if self._waiting:
            asyncio.get_running_loop().call_later(REST * self._spent, self._turn)
        else:
            self._held = False

    def _work_until(self, end: float) -> None:
        work, done = self._waiting.popleft()
        for _ in work:
            if self._seconds() >= end:
                self._waiting.append((work, done))  # behind the other lines'
                return
        done()
