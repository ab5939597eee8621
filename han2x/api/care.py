"""What helps when something is wrong: log, telegrams, serial ports; and the way back to the factory's settings."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from han2x.api.base import Answer, EpochSeconds, Request, UnitId, UtcTime


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


class RawTelegram(Answer, frozen=True, kw_only=True):
    """What came between two silences, in hex, and what it was: push lists, or kinds of problems."""

    time: EpochSeconds
    hex: str
    outcome: str


class SerialPort(Answer, frozen=True, kw_only=True):
    """A serial port: its lasting path, the device behind it, and what it is."""

    path: str
    device: str
    description: str


class FactoryReset(Request, frozen=True):
    """A word that nobody sends by mistake."""

    confirm: Literal["factory-reset"]
