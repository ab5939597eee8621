"""Which protected telegram is new, so that an old one played back at the cable is refused.

DLMS UA 1000-2 has receivers accept an invocation counter only if it is higher than the last accepted one. That is the
rule here, per system title and per pair of keys: a new meter and a new key each begin afresh, and going back to
an earlier key finds its counters again.

**A meter that counts from the start under the same key**, which the standard forbids but which must not lock its owner
out, is believed after `RESTART_RUN` telegrams in a row whose counters rise and whose own clocks are newer than every
clock accepted before. Somebody at the cable can play back a recording of any length; but the clock is inside what is
authenticated, and a recording's is old. From then on, telegrams with clocks from before that moment are refused,
whatever their counter. Telegrams without a clock have no such way out: forget the counters when the owner enters the
keys again. What no counter can show is that genuine telegrams were held back and delivered late.

**Across restarts** the counters are written when the program stops, after the first accepted telegram, and then once
every `SAVE_EVERY`. They are not reserved ahead, since after a power cut that would refuse genuine telegrams until the
meter has caught up. Instead, after a power cut, the telegrams since the last writing could be played back, each once
and in order, which gives an attacker no more than holding them back would have.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from han2x.codecs.date_time import OCTETS as DATE_TIME_OCTETS
from han2x.codecs.date_time import decode_date_time
from han2x.codecs.errors import ReplayError
from han2x.codecs.system_title import values_of

SAVE_EVERY: Final = 360
"""Accepted telegrams after which the counters are due to be written again: an hour of pushes every ten seconds."""
RESTART_RUN: Final = 3
"""Telegrams in a row that prove that a meter counts from the start."""
MAX_REMEMBERED: Final = 16
"""Pairs of meter and keys whose counters are kept."""

_P1_CLOCK: Final = re.compile(rb"^0-0:1\.0\.0\((\d{12})", re.MULTILINE)
_FIELDS: Final = ("counter", "clock", "floor")


@dataclass(slots=True)
class _Entry:
    """What was accepted from one meter under one pair of keys: the last counter and the newest clock.

    `floor` is what `clock` was when the meter last began from the start, 0 when it never did. `run` telegrams, the last
    with `run_counter` and `run_clock`, speak for its having begun to count from the start now.
    """

    counter: int = -1
    clock: int = 0
    floor: int = 0
    run: int = 0
    run_counter: int = 0
    run_clock: int = 0

    def is_new(self, counter: int, clock: int) -> bool:
        return counter > self.counter and (clock > self.floor or not self.floor)

    def counts_anew(self, counter: int, clock: int) -> bool:
        if clock <= self.clock:
            return False
        goes_on = self.run and counter > self.run_counter and clock >= self.run_clock
        self.run, self.run_counter, self.run_clock = (self.run + 1 if goes_on else 1), counter, clock
        return self.run >= RESTART_RUN

    def take(self, counter: int, clock: int) -> None:
        self.counter, self.clock, self.run = counter, max(self.clock, clock), 0


class Freshness:
    """Remembers what was accepted, under the present keys and under earlier ones."""

    def __init__(self, saved: Mapping[str, int]) -> None:
        """Begin with what `dump` answered before; entries that it cannot have answered are left out."""
        self._entries: dict[str, _Entry] = {}
        self._unsaved = SAVE_EVERY - 1  # due after the first telegram, so that a program that keeps crashing saves too
        for name, value in saved.items():
            entry, _, field = name.rpartition("/")
            if field in _FIELDS and type(value) is int and value >= 0:
                setattr(self._entries.setdefault(entry, _Entry()), field, value)

    def knows(self, mark: str, title: bytes = b"") -> bool:
        """Whether a telegram of any meter, or of this one, was accepted under the keys with this mark."""
        return any(name.endswith(f"{title.hex()}/{mark}") for name in self._entries)

    def accept(self, title: bytes, mark: str, counter: int, content: bytes) -> None:
        """Accept a telegram that was deciphered to `content` with the keys that have this mark.

        Raises:
            ReplayError: it is not new.
        """
        name, clock = f"{title.hex()}/{mark}", _clock(content)
        entry = self._entries.get(name) or self._add(name)
        if not entry.is_new(counter, clock):
            if not entry.counts_anew(counter, clock):
                raise ReplayError(
                    f"an old telegram was sent again (system title {title.hex()}): invocation counter {counter} came "
                    f"after {entry.counter} was accepted; if this goes on, enter the meter's keys again",
                    values=values_of(title),
                )
            entry.floor = entry.clock
            self._unsaved = SAVE_EVERY
        entry.take(counter, clock)
        self._unsaved += 1

    def _add(self, name: str) -> _Entry:
        while len(self._entries) >= MAX_REMEMBERED:
            del self._entries[next(iter(self._entries))]
        self._unsaved = SAVE_EVERY
        return self._entries.setdefault(name, _Entry())

    def forget(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def dump(self) -> dict[str, int]:
        """What has to survive a restart."""
        return {f"{name}/{field}": getattr(entry, field) for name, entry in self._entries.items() for field in _FIELDS}

    def due(self) -> dict[str, int] | None:
        """The same when it is time to write it, else None; answered once."""
        if self._unsaved < SAVE_EVERY:
            return None
        self._unsaved = 0
        return self.dump()


def mark_of(keys: bytes) -> str:
    """What tells keys apart in the names of entries: 32 bits of a hash, from which nobody finds a key."""
    return hashlib.sha256(b"han2x invocation counters" + keys).hexdigest()[:8]


def _clock(content: bytes) -> int:
    """The clock of a telegram as a number that grows with time, 0 when it has none."""
    if content.startswith(b"/"):
        written = _P1_CLOCK.search(content)
        return int(written[1]) if written else 0
    octets = content[6:18] if content[5:6] == b"\x0c" else content[7:19] if content[5:7] == b"\x09\x0c" else b""
    if len(octets) != DATE_TIME_OCTETS or decode_date_time(octets) is None:
        return 0
    return int.from_bytes(octets[:4] + octets[5:8], "big")  # without the day of the week
