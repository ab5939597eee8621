"""The delay that grows with failed logins, which makes guessing a password hopeless.

Each client waits for its own failures. Guesses spread over many clients are met by a further, shorter delay for all of
them together; clients that have logged in before are exempt. Nothing is ever locked: no delay is longer than a minute,
all are forgotten after a while, and none survives a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from han2x.addresses import network_of as network_of

MOST_CLIENTS: Final = 1000
FORGOTTEN_AFTER_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Growth:
    """`free` failures cost nothing; then the delay is 1 s and doubles with each, up to `longest_s`."""

    free: int
    longest_s: float

    def delay_s(self, failures: int) -> float:
        """How long to wait after so many failures."""
        return min(self.longest_s, 2.0 ** min(failures - self.free - 1, 32)) if failures > self.free else 0.0


FOR_ONE: Final = Growth(free=4, longest_s=60.0)
FOR_ALL: Final = Growth(free=30, longest_s=5.0)


class _Count:
    """Failures of late, and until when the next attempt must wait."""

    def __init__(self, growth: Growth) -> None:
        self._growth = growth
        self._failures = 0
        self._last = self._until = float("-inf")

    def wait_s(self, now: float) -> float:
        return max(0.0, self._until - now)

    def add(self, now: float) -> None:
        if now - self._last > FORGOTTEN_AFTER_S:
            self._failures = 0
        self._failures += 1
        self._last = now
        self._until = now + self._growth.delay_s(self._failures)

    def take_back(self) -> None:
        self._failures -= 1
        self._until = float("-inf")


class LoginRateLimit:
    """Counts attempts by client address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Count] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._all = _Count(FOR_ALL)

    def wait_s(self, address: str) -> float:
        """Seconds until this client may try; 0.0 when it may now."""
        client, now = network_of(address), self._clock()
        own = self._clients[client].wait_s(now) if client in self._clients else 0.0
        return own if client in self._known else max(own, self._all.wait_s(now))

    def count(self, address: str) -> None:
        """An attempt begins. It counts as failed until `succeeded`, so that none slips in beside it."""
        client, now = network_of(address), self._clock()
        self._clients.setdefault(client, _Count(FOR_ONE)).add(now)
        self._clients.move_to_end(client)
        while len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        if client not in self._known:
            self._all.add(now)

    def succeeded(self, address: str) -> None:
        """The attempt was the owner's."""
        client = network_of(address)
        self._clients.pop(client, None)
        if client not in self._known:
            self._all.take_back()
        self._known[client] = None
        self._known.move_to_end(client)
        while len(self._known) > MOST_CLIENTS:
            self._known.popitem(last=False)
