"""Which settings a serial line has, found out from what comes when it is read with each of them.

A line that talks is heard with any settings, as sense or as nonsense. So each telegram puts one candidate to the test:
when a burst of octets has ended and held no good telegram, the next candidate's turn comes. The nonsense itself may say
which that is: a burst too short for any telegram at this speed is one at a higher, and octets that all have even parity
are seven bits and a parity bit. A burst that had begun before the port was open proves nothing.

Once a good telegram has come the search is over, until the line has talked nothing but nonsense for a long time. Then
every third turn is that of the settings that were right before, since noise comes and goes more often than meters.
Pure: time is an argument.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

SERIAL_SETTINGS: Final = re.compile(r"(\d{3,6}) ([78])([NEO])([12])")

MID_TELEGRAM_S: Final = 0.3
"""A burst that begins so soon after opening may have begun before it."""
SILENT_TURN_S: Final = 25.0
"""How long a candidate is tried when nothing comes at all; most push lists come every 10 s."""
TALKS_S: Final = 330.0
"""How long a line that was heard counts as one that talks, of which only what comes decides: some meters send every
five minutes. Turns in between could pass over the right candidate each time.
"""
PAUSE_S: Final = 0.5
"""A pause so long ends a burst: some meters send every second, so that no longer silence ever comes."""
LONGEST_BURST_S: Final = 8.0
"""A burst that lasts longer is no telegram, however it goes on; a long one at 2400 baud takes five seconds."""
BAD_BURSTS: Final = 10
BAD_FOR_S: Final = 120.0
"""A line that was understood is searched again after so many bursts, and so long, without a good telegram."""
TURNS_BETWEEN: Final = 2
"""How many others have their turn before that of the settings that were right before comes again."""

_SHORTEST_TELEGRAM_S: Final = 0.15  # at 2400 and 9600 baud: Kaifa's list 1 takes 0.17 s
_BITS_AN_OCTET: Final = 10
_SLOW: Final = 9600
_LEAST_OCTETS: Final = 40  # of a burst that is to show a parity bit, and of these so many different ones
_LEAST_DIFFERENT: Final = 8
_ODD: Final = bytes(octet for octet in range(256) if octet.bit_count() & 1)
_MOST_LOOKED_AT: Final = 1024


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
            "115200 8E1",  # P1 of NES
            "115200 7E1",  # P1 of Iskraemeco in Slovenia
            "9600 8N1",
            "9600 8E1",
            "9600 7E1",  # P1 of the second generation, and D0
            "38400 8N1",  # Iskraemeco in Slovenia
        ),
    )
)


P1: Final = SerialSettings(115200)


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
        self._known = remembered
        self._round: list[SerialSettings] = []
        self._others = 0
        self._opened_at: float | None = None
        self._burst_at: float | None = None
        self._heard_at = float("-inf")
        self._burst = bytearray()
        self._octets = 0
        self._bad_bursts = 0
        self._good_at: float | None = None
        self.settings = self._candidates[0]
        self.certain = False

    def opened(self, now: float) -> None:
        """The port was opened with the present settings."""
        self._opened_at, self._burst_at = now, None

    def closed(self) -> None:
        """The port was lost: its silence proves nothing."""
        self._opened_at = self._burst_at = None

    def paused(self, now: float) -> bool:
        """Whether a burst has ended is looked at; returns whether the settings changed because one has."""
        if self._burst_at is None:
            return False
        over = now - self._heard_at >= PAUSE_S or now - self._burst_at >= LONGEST_BURST_S
        return over and self.fell_silent(now)

    def heard(self, now: float, octets: bytes = b"") -> None:
        """Octets came."""
        if self._burst_at is None:
            self._burst_at, self._octets = now, 0
            self._burst.clear()
        self._heard_at = now
        self._octets += len(octets)
        self._burst += octets[: _MOST_LOOKED_AT - len(self._burst)]

    def understood(self, now: float) -> None:
        """A good telegram came, or a frame that is good as a frame, though it cannot be read."""
        self.certain, self._good_at, self._bad_bursts = True, now, 0
        self._known, self._others = self.settings, 0
        self._round.clear()

    def fell_silent(self, now: float) -> bool:
        """A burst of octets has ended; returns whether the settings changed."""
        burst_at, self._burst_at = self._burst_at, None
        if burst_at is None or self._opened_at is None or burst_at - self._opened_at < MID_TELEGRAM_S:
            return False
        if self._good_at is not None and self._good_at >= burst_at:
            return False
        self._bad_bursts += 1
        if not self.certain:
            return self._next(self._hint())
        if self._bad_bursts >= BAD_BURSTS and self._good_at is not None and now - self._good_at >= BAD_FOR_S:
            self.certain = False
            return self._next()
        return False

    def waited(self, now: float) -> bool:
        """Time has passed; returns whether the settings changed."""
        if self.certain or self._opened_at is None or self._burst_at is not None or now - self._heard_at < TALKS_S:
            return False
        return now - self._opened_at >= SILENT_TURN_S and self._next()

    def _hint(self) -> SerialSettings | None:
        """What the nonsense of the last burst points to."""
        baudrate = self.settings.baudrate
        burst = bytes(self._burst)
        if len(burst) >= _LEAST_OCTETS and len(set(burst)) >= _LEAST_DIFFERENT and not _odd(burst):
            return SerialSettings(baudrate, 7, "E")
        if baudrate <= _SLOW and 0 < self._octets * _BITS_AN_OCTET < _SHORTEST_TELEGRAM_S * baudrate:
            return P1
        return None

    def _next(self, hint: SerialSettings | None = None) -> bool:
        self._bad_bursts = 0
        self._opened_at = self._burst_at = None
        before = self.settings
        if self._known is not None and self._others >= TURNS_BETWEEN:
            self.settings, self._others = self._known, 0
        else:
            self.settings = self._next_other(hint)
            self._others += 1
        return self.settings != before

    def _next_other(self, hint: SerialSettings | None) -> SerialSettings:
        """The candidate whose turn it is among those that were not right before: each once in a round."""
        if not self._round:
            place = self._candidates.index(self.settings) + 1
            later = self._candidates[place:] + self._candidates[:place]
            self._round = [each for each in later if each not in (self._known, self.settings)]
        if not self._round:
            return self._known or self.settings
        place = self._round.index(hint) if hint is not None and hint in self._round else 0
        found = self._round[place]
        self._round = self._round[place + 1 :] + self._round[:place]
        return found


def _odd(burst: bytes) -> bool:
    """Whether more than one octet in thirty has odd parity."""
    return 30 * (len(burst) - len(burst.translate(None, _ODD))) > len(burst)
