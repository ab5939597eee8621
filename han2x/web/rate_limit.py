"""The delay that grows with failed logins, which makes guessing a password hopeless.

Each client waits for its own failures: a host, or a browser that has logged in before, wherever it is now. Guesses
spread over many clients are met by a further, shorter delay for those of them that have used up their free attempts;
who comes for the first time meets it not, nor who has logged in before. Nothing is ever locked: no delay is longer than
a minute, all are forgotten after a while, and none survives a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from han2x.addresses import network_of
from han2x.web.known import Known
from han2x.web.sessions import digest
from han2x.web.turns import Rank

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

    def failures(self, now: float) -> int:
        return 0 if now - self._last > FORGOTTEN_AFTER_S else self._failures

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
    """Counts attempts by client: its address, and the cookie of a browser that is `known` ("" for none)."""

    def __init__(self, clock: Callable[[], float], known: Known | None = None) -> None:
        self._clock = clock
        self._clients: OrderedDict[str, _Count] = OrderedDict()
        self._known = known or Known(None, str)
        self._all = _Count(FOR_ALL)

    def wait_s(self, address: str, browser: str = "") -> float:
        """Seconds until this client may try; 0.0 when it may now."""
        now = self._clock()
        count = self._clients.get(self._key(address, browser))
        if count is None:
            return 0.0
        newcomer = count.failures(now) <= FOR_ONE.free
        exempt = newcomer or self._known.has(network_of(address), browser)
        return count.wait_s(now) if exempt else max(count.wait_s(now), self._all.wait_s(now))

    def rank(self, address: str, browser: str = "") -> Rank:
        """Whose password is to be checked first, of clients that try at the same time; the lowest goes first."""
        count = self._clients.get(self._key(address, browser))
        tried = count.failures(self._clock()) if count else 0
        return int(not self._known.has(network_of(address), browser)), tried

    def count(self, address: str, browser: str = "") -> None:
        """An attempt begins. It counts as failed until `succeeded`, so that none slips in beside it."""
        client, now = self._key(address, browser), self._clock()
        self._clients.setdefault(client, _Count(FOR_ONE)).add(now)
        self._clients.move_to_end(client)
        while len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        if not self._known.has(network_of(address), browser):
            self._all.add(now)

    def succeeded(self, address: str, browser: str = "") -> None:
        """The attempt was the owner's, whose host is known from now on."""
        self._clients.pop(self._key(address, browser), None)
        if not self._known.has(network_of(address), browser):
            self._all.take_back()
        self._known.add_host(network_of(address))

    def _key(self, address: str, browser: str) -> str:
        # Where others try from the same address, or pass for it, they do not use up the owner's patience.
        return f"browser {digest(browser)}" if self._known.has_browser(browser) else network_of(address)
