"""Why a meter's values are not there, in plain words and as a code that programs can go by.

A `LineWatch` is told what happens on one line; `diagnose` judges it. Pure: time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from han2x.model import Event, Problem, ProblemKind, Reading

FIRST_WORD_S: Final = 30.0
"""How long a line may say nothing before that means something: the slowest push lists come every 10 s."""
RECENT_S: Final = 120.0
"""How long a problem counts towards the judgement."""


class Code(StrEnum):
    """What is the matter with a line."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    NO_PORT = "no-port"
    PORT_FAILED = "port-failed"
    NOTHING_RECEIVED = "nothing-received"
    FELL_SILENT = "fell-silent"
    NO_FRAMES = "no-frames"
    DAMAGED = "damaged"
    IDENTIFICATION_ONLY = "identification-only"
    NO_KEY = "no-key"
    WRONG_KEY = "wrong-key"
    REPLAY = "replay"
    UNKNOWN_LIST = "unknown-list"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The matter as a code, what it is in plain words, and what to do about it ("" for nothing)."""

    code: Code
    what: str
    advice: str = ""


_FRAMES_UNDERSTOOD: Final = {
    ProblemKind.NO_KEY: Code.NO_KEY,
    ProblemKind.AUTHENTICATION: Code.WRONG_KEY,
    ProblemKind.REPLAY: Code.REPLAY,
    ProblemKind.UNKNOWN_LIST: Code.UNKNOWN_LIST,
    ProblemKind.APDU: Code.UNKNOWN_LIST,
}
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
        "Check the cable. If nothing was changed, ask the grid company to open the HAN port anew.",
    ),
    Code.NO_FRAMES: (
        "Octets come, but never a telegram.",
        "The baud rate or parity is wrong, or the signal is inverted, as that of a P1 port is without an adapter made"
        " for it.",
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
        "Check that they are this meter's keys, and that the two are not swapped.",
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
        self._failure = ""
        self._opened_at: float | None = None
        self._octets_at: float | None = None
        self._good_at: float | None = None
        self._problems: dict[ProblemKind, float] = {}
        self._identification_at: float | None = None
        self._damaged_at: float | None = None
        self._last: Problem | None = None

    def opened(self, now: float) -> None:
        """The port is open; opening it again with other settings does not begin a new wait."""
        self._failure = ""
        self._opened_at = now if self._opened_at is None else self._opened_at

    def failed(self, reason: str) -> None:
        """The port could not be opened, or was lost."""
        self._failure, self._opened_at = reason, None

    def heard(self, now: float) -> None:
        """Octets came."""
        self._octets_at = now

    def found(self, event: Event, now: float) -> None:
        """The decoder made this of them."""
        if isinstance(event, Reading):
            self._good_at = now
            return
        self._last = event
        self._problems[event.kind] = now
        if is_identification_only(event):
            self._identification_at = now
        elif is_broken_frame(event):
            self._damaged_at = now

    def diagnose(self, now: float) -> Diagnosis:
        """What is the matter at the moment `now`."""
        if not self._configured:
            return _told(Code.NO_PORT)
        if self._failure:
            return Diagnosis(Code.PORT_FAILED, self._failure)
        code = self._judge(now)
        if code is Code.RECEIVING:
            return Diagnosis(code, "Telegrams come.")
        if code is Code.WAITING:
            return Diagnosis(code, "Waiting for the first telegram.")
        detail = ""
        if code in (Code.WRONG_KEY, Code.UNKNOWN_LIST, Code.REPLAY) and self._last is not None:
            detail = f" ({self._last.detail})"
        return _told(code, detail)

    def _judge(self, now: float) -> Code:
        if _recent(self._good_at, now, RECENT_S / 2):
            return Code.RECEIVING
        if not _recent(self._octets_at, now, FIRST_WORD_S):
            return self._judge_silence(now)
        for kind, code in _FRAMES_UNDERSTOOD.items():
            if _recent(self._problems.get(kind), now, RECENT_S):
                return code
        if _recent(self._identification_at, now, RECENT_S):
            return Code.IDENTIFICATION_ONLY
        if _recent(self._damaged_at, now, RECENT_S):
            return Code.DAMAGED
        return Code.NO_FRAMES if self._problems else Code.WAITING

    def _judge_silence(self, now: float) -> Code:
        if self._good_at is not None:
            return Code.FELL_SILENT
        if self._octets_at is None and self._opened_at is not None and now - self._opened_at >= FIRST_WORD_S:
            return Code.NOTHING_RECEIVED
        return Code.WAITING if self._octets_at is None else Code.FELL_SILENT


def is_identification_only(problem: Problem) -> bool:
    """Whether the problem is a P1 telegram that ended after its identification line."""
    return problem.kind in (ProblemKind.FRAMING, ProblemKind.LENGTH) and "identification" in problem.detail


def is_broken_frame(problem: Problem) -> bool:
    """Whether a frame was really announced and then did not hold, which noise hardly ever looks like."""
    if problem.kind is ProblemKind.CHECKSUM:
        return "(FCS)" in problem.detail
    return problem.kind in (ProblemKind.LENGTH, ProblemKind.P1_CHECKSUM)


def _recent(at: float | None, now: float, within: float) -> bool:
    return at is not None and now - at < within


def _told(code: Code, detail: str = "") -> Diagnosis:
    what, advice = _TEXTS[code]
    return Diagnosis(code, what.removesuffix(".") + detail + "." if detail else what, advice)
