"""Why a meter's values are not there: as a code with values that programs can go by, and in plain English.

A `LineWatch` is told what happens on one line; `diagnose` judges it. Pure: time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from han2x.gateway.inverted import looks_inverted
from han2x.gateway.line_search import MID_TELEGRAM_S
from han2x.gateway.line_status import LineStatus
from han2x.model import Event, Problem, ProblemCause, ProblemKind, Reading, Values
from han2x.state.freshness import TIMES, Interval

FIRST_WORD_S: Final = 30.0
"""How long a line may say nothing before that means something: most push lists come every 10 s."""
RECEIVING_S: Final = 60.0
"""How long a good telegram speaks for the line; for three of the intervals at which they come where that is longer."""
RECENT_S: Final = 120.0
"""How long a problem counts towards the judgement; for three intervals as well."""
LONGEST_PAUSE_S: Final = 330.0
"""How long a line that has spoken may pause while its interval is not known: some meters send every five minutes."""
LONGEST_INTERVALS_S: Final = 3600.0
"""What three intervals count for at most; no meter known here sends more seldom than every quarter of an hour."""
BURST_PAUSE_S: Final = 0.5
"""A pause so long lies between two telegrams."""


class Code(StrEnum):
    """What is the matter with a line."""

    RECEIVING = "receiving"
    UNCHECKED = "unchecked"
    VALUES_STOPPED = "values-stopped"
    NO_LONGER_SENT = "no-longer-sent"
    WAITING = "waiting"
    NO_PORT = "no-port"
    PORT_FAILED = "port-failed"
    NOTHING_RECEIVED = "nothing-received"
    FELL_SILENT = "fell-silent"
    NO_FRAMES = "no-frames"
    DAMAGED = "damaged"
    INVERTED = "inverted"
    NO_CHECKSUM = "no-checksum"
    IDENTIFICATION_ONLY = "identification-only"
    NO_KEY = "no-key"
    NO_AUTHENTICATION_KEY = "no-authentication-key"
    KEYS_SWAPPED = "keys-swapped"
    AUTHENTICATION_KEY_WRONG = "authentication-key-wrong"
    WRONG_KEY = "wrong-key"
    NOT_VERIFIED = "not-verified"
    REPLAY = "replay"
    UNKNOWN_LIST = "unknown-list"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The matter as a code with its values, what it is in plain words, and what to do about it ("" for nothing).

    Among the values is the `cause`: of a port that failed its own code, of telegrams that cannot be used that of the
    last such problem. The other values are those of the cause.
    """

    code: Code
    what: str
    advice: str = ""
    values: Values = field(default_factory=dict)


_FRAMES_UNDERSTOOD: Final = {
    ProblemCause.NO_KEY: Code.NO_KEY,
    ProblemCause.NO_AUTHENTICATION_KEY: Code.NO_AUTHENTICATION_KEY,
    ProblemCause.KEYS_SWAPPED: Code.KEYS_SWAPPED,
    ProblemCause.AUTHENTICATION_KEY_WRONG: Code.AUTHENTICATION_KEY_WRONG,
    ProblemCause.KEYS_WRONG: Code.WRONG_KEY,
    ProblemCause.CHANGED_ON_THE_WAY: Code.NOT_VERIFIED,
    ProblemCause.UNVERIFIABLE: Code.NOT_VERIFIED,
    ProblemCause.REPLAY: Code.REPLAY,
    **{
        cause: Code.UNKNOWN_LIST for cause in ProblemCause if cause.kind in (ProblemKind.UNKNOWN_LIST, ProblemKind.APDU)
    },
}
"""What problems of whole frames mean, those first that are the surest."""

_BROKEN_FRAMES: Final = {ProblemCause.FCS, ProblemCause.MBUS_CHECKSUM} | {
    cause for cause in ProblemCause if cause.kind in (ProblemKind.LENGTH, ProblemKind.P1_CHECKSUM)
}
"""Where a frame was really announced and then did not hold, which noise hardly ever looks like."""

_NO_CHECKSUM: Final = frozenset({ProblemCause.P1_CRC_MISSING, ProblemCause.UNCONFIRMED})
_WHENEVER_OPENED: Final = {*_FRAMES_UNDERSTOOD, *_NO_CHECKSUM, ProblemCause.IDENTIFICATION_ONLY}

_WITH_DETAIL: Final = (Code.WRONG_KEY, Code.NOT_VERIFIED, Code.UNKNOWN_LIST, Code.REPLAY)
_TEXTS: Final = {
    Code.NO_PORT: (
        "No serial port is configured for this meter.",
        "Plug the adapter in, and choose its port.",
    ),
    Code.NOTHING_RECEIVED: (
        "Nothing at all has been received from the meter.",
        "Ask the grid company whether the HAN port is open. Check the cable (pins 1 and 2) and that the adapter is an"
        " M-Bus slave; a P1 port needs its 5 V supply.",
    ),
    Code.FELL_SILENT: (
        "The meter has fallen silent.",
        "Check the cable. If nothing was changed, ask the grid company to open the HAN port again.",
    ),
    Code.NO_FRAMES: (
        "Octets come, but never a telegram.",
        "The baud rate or parity is wrong, or the signal is inverted, as that of a P1 port is without an adapter made"
        " for it.",
    ),
    Code.UNCHECKED: (
        "Telegrams come, without a checksum: damage on the line may go unnoticed.",
        "The meter sends none, as those after DSMR 2 and 3 do, or the setting ignores it. Keep the cable short and away"
        " from interference.",
    ),
    Code.INVERTED: (
        "The signal is inverted: a P1 telegram can be made out in it, upside down.",
        "Use a P1 cable or adapter that inverts the signal, or put an inverter before the serial input.",
    ),
    Code.NO_CHECKSUM: (
        "Telegrams come without the checksum by which they could be trusted.",
        "If the meter sends none, values come as soon as two telegrams agree. If it does send one, check the cable:"
        " its end is lost on the way.",
    ),
    Code.DAMAGED: (
        "Telegrams come, but damaged.",
        "Check the cable, its length and clamps, and the adapter's supply.",
    ),
    Code.IDENTIFICATION_ONLY: (
        "The meter sends its identification line and nothing more.",
        "The P1 port lacks its 5 V supply on pin 1, or the grid company has not enabled the configuration list.",
    ),
    Code.NO_KEY: (
        "The meter encrypts its telegrams, and no key is set.",
        "Ask the grid company for the two keys, GPK60 and GPK61, and enter them.",
    ),
    Code.WRONG_KEY: (
        "The meter encrypts its telegrams, and the keys that are set do not open them.",
        "Check that they are this meter's keys, and typed correctly.",
    ),
    Code.NO_AUTHENTICATION_KEY: (
        "The meter signs its telegrams, and no authentication key is set.",
        "Ask the grid company for the authentication key, GPK61, and enter it with the encryption key, GPK60.",
    ),
    Code.KEYS_SWAPPED: (
        "The two keys are swapped.",
        "Enter them the other way round: what is set as the authentication key is the encryption key (GPK60).",
    ),
    Code.AUTHENTICATION_KEY_WRONG: (
        "The encryption key fits, and the authentication key does not.",
        "Check the authentication key (GPK61), and enter both keys again.",
    ),
    Code.NOT_VERIFIED: (
        "The telegrams do not verify any more, though earlier ones did with the same keys.",
        "Check the cable. If the grid company has changed the meter's keys or settings, enter the keys again.",
    ),
    Code.REPLAY: (
        "The telegrams are no newer than ones that came before.",
        "If the meter or its keys were changed, enter the keys again.",
    ),
    Code.UNKNOWN_LIST: (
        "The meter sends a list that is not known.",
        "Record it with 'han2x record' and send the file along with a report.",
    ),
}


class LineWatch:
    """What has happened on one line that bears on its health."""

    def __init__(self, *, configured: bool = True) -> None:
        self._configured = configured
        self._failure: LineStatus | None = None
        self._torn: LineStatus | None = None
        self._opened_at: float | None = None
        self._listens_since: float | None = None
        self._octets_at: float | None = None
        self._burst_at = 0.0
        self._good_at: float | None = None
        self._good, self._bursts = Interval(), Interval()
        self._inverted_at: float | None = None
        self._unchecked = False
        self._problems: dict[ProblemCause, tuple[float, Problem]] = {}

    def opened(self, now: float) -> None:
        """The port is open; opening it again with other settings does not begin a new wait."""
        self._failure, self._torn, self._listens_since = None, None, now
        self._opened_at = now if self._opened_at is None else self._opened_at

    def failed(self, status: LineStatus) -> None:
        """The port could not be opened, or was lost."""
        self._failure, self._opened_at = status, None

    def torn(self, status: LineStatus) -> None:
        """The port is open, and telegrams may come in pieces for the reason that the status has."""
        self._torn = status

    def heard(self, now: float) -> None:
        """Octets came."""
        if self._octets_at is None or now - self._octets_at >= BURST_PAUSE_S:
            self._bursts.came(now)
            self._burst_at = now
        self._octets_at = now

    def found(self, event: Event, now: float) -> None:
        """The decoder made this of them."""
        if isinstance(event, Reading):
            self._good_at, self._unchecked = now, event.unchecked
            self._good.came(now)
        elif event.cause in _WHENEVER_OPENED or not self._came_late(now):
            self._problems[event.cause] = now, event

    def _came_late(self, now: float) -> bool:
        """Whether a telegram was on its way when the port was opened, which makes no whole one on any line."""
        on_its_way = self._listens_since is not None and self._burst_at - self._listens_since < MID_TELEGRAM_S
        return on_its_way and now - self._burst_at < FIRST_WORD_S

    def fell_silent(self, burst: bytes, now: float) -> None:
        """This came between two silences."""
        if not _recent(self._good_at, now, RECENT_S) and looks_inverted(burst):
            self._inverted_at = now

    def diagnose(self, now: float) -> Diagnosis:
        """What is the matter at the moment `now`."""
        if not self._configured:
            return _told(Code.NO_PORT)
        if self._failure:
            return _of_port(self._failure)
        code, problem = self._judge(now)
        if self._torn and code in (Code.NO_FRAMES, Code.DAMAGED):
            return _of_port(self._torn)
        if code is Code.RECEIVING:
            return Diagnosis(code, "Telegrams come.")
        if code is Code.WAITING:
            return Diagnosis(code, f"Waiting for the {'first' if self._good_at is None else 'next'} telegram.")
        return _told(code, problem)

    def _judge(self, now: float) -> tuple[Code, Problem | None]:
        """What is the matter, and the problem that shows it."""
        if _recent(self._good_at, now, _counts_s(self._good, RECEIVING_S)):
            return (Code.UNCHECKED if self._unchecked else Code.RECEIVING), None
        if self._octets_at is None:
            waited = self._opened_at is not None and now - self._opened_at >= FIRST_WORD_S
            return (Code.NOTHING_RECEIVED if waited else Code.WAITING), None
        if not _recent(max(self._octets_at, self._opened_at or self._octets_at), now, self._pause_s()):
            return Code.FELL_SILENT, None
        return self._judge_octets(now)

    def _pause_s(self) -> float:
        """How long the line may pause."""
        if self._bursts.seconds is self._good.seconds is None:
            return LONGEST_PAUSE_S
        return max(_counts_s(each, FIRST_WORD_S) for each in (self._bursts, self._good))

    def _judge_octets(self, now: float) -> tuple[Code, Problem | None]:
        """What the octets are that make no good telegrams."""
        within = _counts_s(self._bursts, RECENT_S)
        since = {cause: seen for cause, seen in self._problems.items() if seen[0] >= (self._good_at or seen[0])}
        recent = {cause: problem for cause, (at, problem) in since.items() if _recent(at, now, within)}
        for cause, code in _FRAMES_UNDERSTOOD.items():
            if cause in recent:
                return code, recent[cause]
        if ProblemCause.IDENTIFICATION_ONLY in recent:
            return Code.IDENTIFICATION_ONLY, None
        if _recent(self._inverted_at, now, within):
            return Code.INVERTED, None
        if not _NO_CHECKSUM.isdisjoint(recent):
            return Code.NO_CHECKSUM, None
        if not _BROKEN_FRAMES.isdisjoint(recent):
            return Code.DAMAGED, None
        return (Code.NO_FRAMES if since else Code.WAITING), None


def _counts_s(interval: Interval, least: float) -> float:
    """How long what comes at this interval counts, in seconds."""
    return max(least, min(TIMES * (interval.seconds or 0.0), LONGEST_INTERVALS_S))


def _of_port(status: LineStatus) -> Diagnosis:
    return Diagnosis(Code.PORT_FAILED, status.reason, values={"cause": status.code, **status.values})


def _recent(at: float | None, now: float, within: float) -> bool:
    return at is not None and now - at < within


def _told(code: Code, problem: Problem | None = None) -> Diagnosis:
    what, advice = _TEXTS[code]
    if problem is None:
        return Diagnosis(code, what, advice)
    if code in _WITH_DETAIL:
        what = f"{what.removesuffix('.')} ({problem.detail})."
    elif "serial" in problem.values:
        what += f" The number in its system title is {problem.values['serial']}."
    return Diagnosis(code, what, advice, {"cause": problem.cause, **problem.values})
