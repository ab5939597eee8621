"""How many octets come from a line, and when the last one did. Pure: time is an argument."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 60
"""Over how long the pace is the mean: several of the bursts that most meters send every 2 to 10 s."""
LEAST_S: Final = 10
"""For how long octets have to come before their pace says something."""


class Pace:
    """Counts the octets of one line."""

    def __init__(self) -> None:
        self.octets = 0
        self.last_at: float | None = None
        self._first_at = 0.0
        self._seconds: deque[tuple[int, int]] = deque()

    def heard(self, count: int, now: float) -> None:
        """So many octets came."""
        if self.last_at is None:
            self._first_at = now
        self.octets += count
        self.last_at = now
        second = int(now)
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))
        while self._seconds[0][0] <= second - WINDOW_S:
            self._seconds.popleft()

    def age_s(self, now: float) -> float | None:
        """Seconds since the last octet; None when none has come."""
        return None if self.last_at is None else max(0.0, now - self.last_at)

    def per_second(self, now: float) -> float | None:
        """The mean of the last minute, 0 where nothing came in it; None while too little is known."""
        if self.last_at is None or now - self._first_at < LEAST_S:
            return None
        recent = sum(count for second, count in self._seconds if second > int(now) - WINDOW_S)
        return recent / min(WINDOW_S, now - self._first_at)
