"""Counters, and the last requests with their outcome, ready for JSON."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

RECENT = 100
"""How many requests are remembered."""
MOST_WORDS = 8
"""How many words of a write are remembered."""
KEPT = 10 + 2 * MOST_WORDS
"""Octets of a request's PDU that are remembered: function code 23 has its first word after ten."""

# When it came and when it was answered (monotonic), client, unit, octets with the request PDU and where it begins in
# them, exception code or 0.
Entry = tuple[float, float, str, int, bytes, int, int]


# Where the values stand in a write, by function code.
_WRITTEN = {6: 3, 16: 6, 22: 3, 23: 10}


class Counted(Protocol):
    """What a connection counts."""

    writes: int
    octets_in: int
    octets_out: int
    functions: dict[int, int]
    exceptions: Counter[int]


@dataclass(slots=True)
class Statistics:
    """What all connections together have done since the start; open ones add theirs in the snapshot."""

    writes: int = 0
    octets_in: int = 0
    octets_out: int = 0
    functions: Counter[int] = field(default_factory=Counter)
    exceptions: Counter[int] = field(default_factory=Counter)
    accepted: int = 0
    refused: int = 0
    replaced: int = 0
    timed_out: int = 0
    broken: int = 0
    recent: deque[Entry] = field(default_factory=lambda: deque(maxlen=RECENT))

    def snapshot(self, connections: Collection[Counted]) -> dict[str, Any]:
        """The counters, with those of open connections."""
        functions = self.functions.copy()
        for connection in connections:
            functions.update(connection.functions)
        exceptions = sum((connection.exceptions for connection in connections), self.exceptions.copy())
        requests = functions.total()
        writes = self.writes + sum(connection.writes for connection in connections)
        return {
            "open": len(connections),
            "requests": requests,
            "reads": requests - writes,
            "writes": writes,
            "functions": {str(code): count for code, count in sorted(functions.items())},
            "exceptions": {str(code): count for code, count in sorted(exceptions.items())},
            "octets_in": self.octets_in + sum(connection.octets_in for connection in connections),
            "octets_out": self.octets_out + sum(connection.octets_out for connection in connections),
            "accepted": self.accepted,
            "refused": self.refused,
            "replaced": self.replaced,
            "timed_out": self.timed_out,
            "broken": self.broken,
        }

    def add(self, connection: Counted) -> None:
        """Keep the counts of a connection that has ended."""
        self.writes += connection.writes
        self.octets_in += connection.octets_in
        self.octets_out += connection.octets_out
        self.functions.update(connection.functions)
        self.exceptions.update(connection.exceptions)

    def recent_requests(self) -> list[dict[str, Any]]:
        """The last requests, oldest first; `time` is the wall clock's, `took_us` is how long the answer took."""
        wall = time.time() - time.monotonic()
        return [_entry_as_json(entry, wall) for entry in tuple(self.recent)]


def _entry_as_json(entry: Entry, wall: float) -> dict[str, Any]:
    came, answered, client, unit, octets, start, exception = entry
    pdu = octets[start : start + 5]
    whole = pdu[0] != 43 and len(pdu) >= 5
    return {
        "time": came + wall,
        "client": client,
        "unit": unit,
        "function": pdu[0],
        "address": int.from_bytes(pdu[1:3], "big") if whole else None,
        "count": _words(pdu) if whole else None,
        "written": _written(octets[start : start + KEPT]),
        "exception": exception or None,
        "took_us": round((answered - came) * 1e6, 1),
    }


def _written(pdu: bytes) -> dict[str, Any] | None:
    """Where a request wrote, or wanted to, and the first words; None for one that is no whole write."""
    if pdu[0] not in _WRITTEN or len(pdu) <= (begin := _WRITTEN[pdu[0]]):
        return None
    where = 5 if pdu[0] == 23 else 1
    values = pdu[begin:]
    return {
        "address": int.from_bytes(pdu[where : where + 2], "big"),
        "count": 1 if pdu[0] in {6, 22} else int.from_bytes(pdu[where + 2 : where + 4], "big"),
        "words": [int.from_bytes(values[at : at + 2], "big") for at in range(0, len(values) - 1, 2)][:MOST_WORDS],
    }


def _words(pdu: bytes) -> int:
    return 1 if pdu[0] in {6, 22} else int.from_bytes(pdu[3:5], "big")
