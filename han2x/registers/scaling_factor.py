"""The scaling factor for power, current and energy, as clients read and write it (HAN2X manual, "Skaleringsfaktor").

A factor of 1000 is 1.000. The factor stands in two 16-bit registers, and a client may write them one at a time. What
stands between the two writes was meant by nobody, so a high word by itself waits for its low word: it reads back as
written, but only takes effect together with the low word, or alone after `SETTLE_S` when none comes. A low word takes
effect at once; the high word that follows it belongs to it, unless the low word was itself the end of a change. Time is
an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DEFAULT: Final = 1000
LOWEST: Final = 10
HIGHEST: Final = 999_999_999
WARN_ABOVE: Final = 1_000_000
"""Above this the 32-bit energies may roll over before the meter's own do."""

SETTLE_S: Final = 10.0


class ScalingFactor:
    """One meter's factor. `active` is in force; `shown` is what its registers read."""

    def __init__(self, value: int = DEFAULT) -> None:
        """Begin with this factor.

        Raises:
            ValueError: it is not within `LOWEST` to `HIGHEST`.
        """
        if not is_allowed(value):
            raise ValueError(f"scaling factor {value} is not within {LOWEST} to {HIGHEST}")
        self.active = value
        self._pending: int | None = None
        self._pending_since = 0.0
        self._high_written_at: float | None = None  # while no low word has followed
        self._low_written_at: float | None = None  # while it may be the beginning of a change

    @property
    def shown(self) -> int:
        """What the two registers read: the active factor, or what half-written value waits to become it."""
        return self.active if self._pending is None else self._pending

    def write(self, first: int, words: Sequence[int], now: float) -> bool:
        """Write one or both words, `first` being 0 for the high and 1 for the low one.

        Returns False, and leaves everything as it was, when the value would not be allowed.
        """
        self.settle(now)
        shown = [self.shown >> 16, self.shown & 0xFFFF]
        shown[first : first + len(words)] = words
        value = shown[0] << 16 | shown[1]
        if len(words) == 1 and first == 0 and not _is_recent(self._low_written_at, now):
            return self._wait_for_low_word(value, now)
        if not is_allowed(value):
            return False
        begins = len(words) == 1 and first == 1 and not _is_recent(self._high_written_at, now)
        self._low_written_at, self._high_written_at = now if begins else None, None
        self.active, self._pending = value, None
        return True

    def settle(self, now: float) -> bool:
        """Apply a lone high word, or drop it if it is not allowed; return whether anything changed."""
        if self._pending is None or now - self._pending_since < SETTLE_S:
            return False
        if is_allowed(self._pending):
            self.active = self._pending
        self._pending = None
        return True

    def _wait_for_low_word(self, value: int, now: float) -> bool:
        if value >> 16 > HIGHEST >> 16:
            return False
        self._pending = None if value == self.active else value
        self._pending_since = self._high_written_at = now
        return True


def _is_recent(written_at: float | None, now: float) -> bool:
    return written_at is not None and now - written_at < SETTLE_S


def is_allowed(value: int) -> bool:
    """Whether this can be a scaling factor: 10 to 999 999 999."""
    return LOWEST <= value <= HIGHEST
