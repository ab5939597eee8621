"""Keeps what is logged of many alike events few: the first few of a kind, then at most one line an hour with a count.

Pure: time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

EVERY_S: Final = 3600.0
MOST_KINDS: Final = 100
"""How many kinds are told apart; what comes beyond them counts as one more."""
MOST_HOSTS: Final = 1000
"""How many different hosts are told apart; there may be more than are counted then."""

Line = TypeVar("Line")


@dataclass(slots=True)
class Repeated(Generic[Line]):
    """What was left out since the last line of a kind: the last event, how many there were, and from which hosts."""

    last: Line
    count: int = 0
    hosts: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        """To be put behind a line; "" when nothing was left out."""
        if not self.count:
            return ""
        more = f"{self.count} more like it before"
        if len(self.hosts) < 2:
            return f" (and {more})"
        return f" (and {more}, from {'over ' * (len(self.hosts) >= MOST_HOSTS)}{len(self.hosts)} hosts)"


class Seldom(Generic[Line]):
    """Says which events are worth a line: the first `most` of a kind. Memory is bounded, whatever comes."""

    def __init__(self, every_s: float = EVERY_S, most: int = 1) -> None:
        self._every_s = every_s
        self._most = most
        self._until: dict[str, float] = {}
        self._taken: dict[str, int] = {}
        self._left_out: dict[str, Repeated[Line]] = {}

    def __len__(self) -> int:
        return len(self._until)

    def take(self, kind: str, line: Line, now: float, host: str = "") -> Repeated[Line] | None:
        """Count an event of this kind: None when it is to be left out, else what was before it."""
        if kind not in self._until and len(self._until) >= MOST_KINDS:
            kind = ""
        if now >= self._until.get(kind, float("-inf")):
            self._until[kind] = now + self._every_s
            self._taken[kind] = 1
            return self._left_out.pop(kind, Repeated(line))
        if self._taken[kind] < self._most:
            self._taken[kind] += 1
            return Repeated(line)
        left_out = self._left_out.setdefault(kind, Repeated(line))
        left_out.last = line
        left_out.count += 1
        if host and len(left_out.hosts) < MOST_HOSTS:
            left_out.hosts.add(host)
        return None

    def due(self, now: float) -> list[Repeated[Line]]:
        """What was left out of kinds whose last line is so long ago that the next is due; it is forgotten here.

        The last event is to be the line itself, and so is not counted.
        """
        due = []
        for kind in [kind for kind, until in self._until.items() if now >= until]:
            left_out = self._left_out.pop(kind, None)
            if left_out is None:
                del self._until[kind], self._taken[kind]
                continue
            left_out.count -= 1
            self._until[kind] = now + self._every_s
            self._taken[kind] = self._most
            due.append(left_out)
        return due
