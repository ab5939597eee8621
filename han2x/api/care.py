"""What helps when something is wrong: log, telegrams, serial ports; and the way back to the factory's settings."""

from __future__ import annotations

from typing import Literal

from han2x.api.base import Answer, EpochSeconds, Request, UnitId, UtcTime


class LogRecord(Answer, frozen=True, kw_only=True):
    """One event."""

    time: UtcTime
    level: str
    message: str


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
