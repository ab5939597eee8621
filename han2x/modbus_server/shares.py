"""What one host may have while others want some too: of the connections, of the writes in a minute, of the handshakes.

A host is what `han2x.addresses.network_of` says. Nothing is set aside: a host alone may have everything, and gives way
only when another comes. Pure: time is an argument.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

from han2x.modbus_server.limits import WriteAllowance

MOST_WRITERS: Final = 64
"""How many writing hosts are remembered."""
FORGOTTEN_AFTER_S: Final = 60.0

Member = TypeVar("Member", bound=Hashable)


class ByHost(Generic[Member]):
    """Things by the host that they belong to, the oldest first."""

    def __init__(self) -> None:
        self._hosts: dict[str, dict[Member, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Member]:
        for members in self._hosts.values():
            yield from members

    def count(self, host: str) -> int:
        """How many this host has."""
        return len(self._hosts.get(host, ()))

    def of(self, host: str) -> Iterator[Member]:
        """Those of this host."""
        return iter(self._hosts.get(host, ()))

    def add(self, host: str, member: Member) -> None:
        """One more of this host."""
        members = self._hosts.setdefault(host, {})
        self._count += member not in members
        members[member] = None

    def discard(self, host: str, member: Member) -> None:
        """One less, if it is there."""
        members = self._hosts.get(host, {})
        if member in members:
            del members[member]
            self._count -= 1
            if not members:
                del self._hosts[host]

    def of_the_greediest(self, newcomer: str = "") -> list[Member]:
        """Those of the host that has the most, and of every other that has as many; one more counts as `newcomer`'s."""
        sizes = {host: len(members) + (host == newcomer) for host, members in self._hosts.items()}
        most = max(sizes.values(), default=0)
        return [member for host, members in self._hosts.items() if sizes[host] == most for member in members]


class WriteShares:
    """How many more writes may be done: so many in a minute by all hosts together, and up to that many at once.

    A host that has not had its share, which is the same for each that wrote of late, is served even when others have
    used up everything. What that adds is less than as many again, or one for each host where that is more.
    """

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_minute = per_minute
        self._all = WriteAllowance(per_minute, now)
        self._hosts: OrderedDict[str, WriteAllowance] = OrderedDict()

    def change(self, per_minute: int, now: float) -> None:
        """Allow another number from now on; what each host has had is not forgotten."""
        if per_minute != self._per_minute:
            self._per_minute = per_minute
            self._all = WriteAllowance(per_minute, now)

    def available(self, host: str, now: float) -> bool:
        """Whether this host may do one more write at `now` (seconds)."""
        return self._all.available(now) or self._of(host, now).available(now)

    def take(self, host: str, now: float) -> None:
        """Count one write that this host did."""
        own = self._of(host, now)
        own.available(now)
        own.take()
        if self._all.available(now):
            self._all.take()
        self._hosts.move_to_end(host)

    def _of(self, host: str, now: float) -> WriteAllowance:
        self._forget(now)
        share = max(1.0, self._per_minute / (len(self._hosts) + (host not in self._hosts) + 1))
        own = self._hosts.get(host)
        if own is None:
            own = self._hosts[host] = WriteAllowance(share, now)
        own.per_minute = share
        return own

    def _forget(self, now: float) -> None:
        while self._hosts:
            oldest = next(iter(self._hosts))
            if len(self._hosts) < MOST_WRITERS and now - self._hosts[oldest].at < FORGOTTEN_AFTER_S:
                return
            del self._hosts[oldest]
