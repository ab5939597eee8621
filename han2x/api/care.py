"""What helps when something is wrong: log, telegrams, serial ports; and the way back to the factory's settings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from han2x.api.base import Answer, EpochSeconds, Request, Scalar, Seconds, UnitId, UtcTime
from han2x.gateway.dissection import PartKind
from han2x.gateway.recording import Ending
from han2x.model import ProblemKind, PushList


class LogQuery(Request, frozen=True):
    """How many of the last events; with 1, also those of earlier runs of the program."""

    most: Annotated[int, Meta(ge=1, le=5000)] = 200
    earlier: Annotated[int, Meta(ge=0, le=1)] = 0


class LogRecord(Answer, frozen=True, kw_only=True):
    """One event. `run` is the same for all that happened between one start of the program and the next."""

    time: UtcTime
    level: str
    message: str
    run: str = ""


class UnitQuery(Request, frozen=True):
    """Which meter."""

    unit: UnitId = 1


class TelegramPart(Answer, frozen=True, kw_only=True):
    """Octets of a telegram in hex, and what they are: its frame, the header of its ciphering, data (encrypted behind
    such a header), the authentication tag, or something else.
    """

    kind: PartKind
    hex: str


class TelegramValue(Answer, frozen=True, kw_only=True):
    """A value of a telegram: the groups C.D.E of its OBIS code, and what it is in its unit, unscaled."""

    obis: str
    value: float
    unit: str


class TelegramReading(Answer, frozen=True, kw_only=True):
    """What a telegram said, in its order. `meter_time` is the meter's own clock, without a zone."""

    push_list: PushList = field(name="list")
    encrypted: bool
    meter_id: str | None
    meter_type: str | None
    list_version: str | None
    meter_time: str | None
    values: list[TelegramValue]


class TelegramProblem(Answer, frozen=True, kw_only=True):
    """Why something of it cannot be used: a kind, a cause with values, and that in English."""

    kind: ProblemKind
    cause: str
    values: dict[str, Scalar]
    detail: str


class RawTelegram(Answer, frozen=True, kw_only=True):
    """What came between two silences, in hex, and what it was: push lists, or kinds of problems.

    `parts` are the same octets, `readings` what they say with the keys of now, and `problems` what cannot be read of
    them, each looked at once more when it is asked for.
    """

    time: EpochSeconds
    hex: str
    outcome: str
    parts: list[TelegramPart]
    readings: list[TelegramReading]
    problems: list[TelegramProblem]


class CaptureRequest(Request, frozen=True):
    """Which meter's line is recorded, and for how long at most."""

    unit: UnitId = 1
    minutes: Annotated[int, Meta(ge=1, le=60)] = 10


class Capture(Answer, frozen=True, kw_only=True):
    """The recording of a line, of which there is one at a time: "none", "running", or "ended", and why.

    `lasted_s` of `within_s` it has recorded; `octets` came, of which the file has `size` of at most `most` octets.
    """

    state: Literal["none", "running", "ended"]
    ending: Ending | None = None
    unit: int | None = None
    begun: EpochSeconds | None = None
    lasted_s: Seconds = 0.0
    within_s: Seconds = 0.0
    octets: int = 0
    size: int = 0
    most: int


class SerialPort(Answer, frozen=True, kw_only=True):
    """A serial port: its lasting path, the device behind it, and what it is."""

    path: str
    device: str
    description: str


class FactoryReset(Request, frozen=True):
    """A word that nobody sends by mistake."""

    confirm: Literal["factory-reset"]
