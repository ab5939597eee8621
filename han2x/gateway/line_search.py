"""Which settings a serial line has, found out from what comes when it is read with each of them.

A line that talks is heard with any settings, as sense or as nonsense. So each telegram puts one candidate to the test:
when a burst of octets has ended and held no good telegram, the next candidate's turn comes. A burst that had begun
before the port was open proves nothing. Once a good telegram has come the search is over, until the line has talked
nothing but nonsense for a long time. Pure: time is an argument.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

SERIAL_SETTINGS: Final = re.compile(r"(\d{3,6}) ([78])([NEO])([12])")

MID_TELEGRAM_S: Final = 0.3
"""A burst that begins so soon after opening may have begun before it."""
SILENT_TURN_S: Final = 25.0
"""How long a candidate is tried when nothing comes at all; the slowest push lists come every 10 s."""
BAD_BURSTS: Final = 10
BAD_FOR_S: Final = 120.0
"""A line that was understood is searched again after so many bursts, and so long, without a good telegram."""


class SerialSettings(NamedTuple):
    """Baud rate, data bits, parity (N, E or O) and stop bits, written as in "2400 8N1"."""

    baudrate: int
    data_bits: int = 8
    parity: str = "N"
    stop_bits: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read settings as `str` writes them.

        Raises:
            ValueError: they are not written so.
        """
        match = SERIAL_SETTINGS.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not like '2400 8N1'")
        return cls(int(match[1]), int(match[2]), match[3], int(match[4]))

    def __str__(self) -> str:
        return f"{self.baudrate} {self.data_bits}{self.parity}{self.stop_bits}"


CANDIDATES: Final = tuple(
    map(
        SerialSettings.parse,
        (
            "2400 8N1",  # Kamstrup; some Aidon
            "2400 8E1",  # Kaifa, Aidon
            "115200 8N1",  # P1
            "9600 8N1",
            "9600 8E1",
            "9600 7E1",  # P1 of the second generation
        ),
    )
)


class LineSearch:
    """Searches among candidates, or with one candidate only stays with it.

    `settings` are those to read the line with now; `certain` tells that a good telegram came with them. `remembered`
    are tried first.
    """

    def __init__(
        self, candidates: tuple[SerialSettings, ...] = CANDIDATES, remembered: SerialSettings | None = None
    ) -> None:
        first = (remembered,) if remembered is not None else ()
        self._candidates = tuple(dict.fromkeys(first + candidates))
        self._turn = 0
        self._opened_at: float | None = None
        self._burst_at: float | None = None
        self._bad_bursts = 0
        self._good_at: float | None = None
        self.certain = False

    @property
    def settings(self) -> SerialSettings:
        """The settings to read the line with now."""
        return self._candidates[self._turn]

    def opened(self, now: float) -> None:
        """The port was opened with the present settings."""
        self._opened_at, self._burst_at = now, None

    def closed(self) -> None:
        """The port was lost: its silence proves nothing."""
        self._opened_at = self._burst_at = None

    def heard(self, now: float) -> None:
        """Octets came."""
        if self._burst_at is None:
            self._burst_at = now

    def understood(self, now: float) -> None:
        """A good telegram came, or a frame that is good as a frame, though it cannot be read."""
        self.certain, self._good_at, self._bad_bursts = True, now, 0

    def fell_silent(self, now: float) -> bool:
        """A burst of octets has ended; returns whether the settings changed."""
        burst_at, self._burst_at = self._burst_at, None
        if burst_at is None or self._opened_at is None or burst_at - self._opened_at < MID_TELEGRAM_S:
            return False
        if self._good_at is not None and self._good_at >= burst_at:
            return False
        self._bad_bursts += 1
        if not self.certain:
            return self._next()
        if self._bad_bursts >= BAD_BURSTS and self._good_at is not None and now - self._good_at >= BAD_FOR_S:
            self.certain = False
            return self._next()
        return False

    def waited(self, now: float) -> bool:
        """Time has passed; returns whether the settings changed."""
        if self.certain or self._opened_at is None or self._burst_at is not None:
            return False
        return now - self._opened_at >= SILENT_TURN_S and self._next()

    def _next(self) -> bool:
        self._bad_bursts = 0
        self._opened_at = self._burst_at = None
        before = self._turn
        self._turn = (self._turn + 1) % len(self._candidates)
        return self._turn != before
