"""What a Modbus client may do, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from han2x.addresses import LOCAL_NETWORKS, IpNetwork, is_inside


class Writers(StrEnum):
    """Who may write, of those who may connect: over TLS only operators may in any case."""

    ANYONE = "anyone"
    ALLOW_LIST = "allow-list"
    TLS_OPERATORS = "tls-operators"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Limits:
    """Who may connect, how many, how long they may be silent, and whether and how often they may write.

    `allow` lists the networks whose clients are served. `writes_per_minute` counts the writes of all clients together;
    up to that many may come at once, and each host has a share of them (`shares`). `write` says whose writes are taken,
    with the networks in `writers` where that is a list; `read_only` means nobody's.

    Raises:
        ValueError: a number is out of its range.
    """

    max_connections: int = 64
    idle_timeout_s: float = 600.0
    allow: tuple[IpNetwork, ...] = LOCAL_NETWORKS
    read_only: bool = False
    write: Writers = Writers.ANYONE
    writers: tuple[IpNetwork, ...] = ()
    writes_per_minute: int = 30

    def __post_init__(self) -> None:
        if not 1 <= self.max_connections <= 10_000:
            raise ValueError(f"max_connections is {self.max_connections}, allowed are 1 to 10000")
        if not 1 <= self.idle_timeout_s <= 86_400 * 7:
            raise ValueError(f"idle_timeout_s is {self.idle_timeout_s}, allowed are 1 to 604800 seconds")
        if not 1 <= self.writes_per_minute <= 6000:
            raise ValueError(f"writes_per_minute is {self.writes_per_minute}, allowed are 1 to 6000")

    def allows(self, host: str) -> bool:
        """Whether the client at this numeric IP address is in one of the allowed networks."""
        return is_inside(host, self.allow)

    def may_write(self, host: str, *, operator: bool, secured: bool) -> bool:
        """Whether a client may write: its numeric IP address, and with TLS (`secured`) what its certificate says.

        Without the role of an operator nobody writes over TLS.
        """
        if self.read_only or self.write is Writers.NOBODY or (secured and not operator):
            return False
        if self.write is Writers.ALLOW_LIST:
            return is_inside(host, self.writers)
        return secured or self.write is Writers.ANYONE


@dataclass(slots=True)
class WriteAllowance:
    """A token bucket: how many more writes may be done, refilled with time."""

    per_minute: float
    at: float
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.per_minute

    def available(self, now: float) -> bool:
        """Whether one more write may be done at `now` (seconds)."""
        self.left = min(self.per_minute, self.left + (now - self.at) * self.per_minute / 60)
        self.at = now
        return self.left >= 1

    def take(self) -> None:
        """Count one write that was done."""
        self.left = max(0.0, self.left - 1)
