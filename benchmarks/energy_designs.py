"""The usual designs, to compare with: what a reader of the HAN port does with powers and hourly registers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from han2x.model import Quantity, Reading


class Design(Protocol):
    """What keeps an energy in Wh."""

    wh: float | None

    def apply(self, reading: Reading, now: float) -> None:
        """Take up a reading."""


Rule = Callable[[float, float], float]  # power before and after in W, to the power that the step is counted with


def right(before: float, after: float) -> float:
    """The newest power counts for the time since the last one."""
    return after


def trapezoid(before: float, after: float) -> float:
    """The mean of both ends counts."""
    return (before + after) / 2


class ResetOnArrival:
    """Adds up the powers by the time of their arrival, and takes each register as it comes for the whole truth."""

    def __init__(self, energy: Quantity, power: Quantity, rule: Rule) -> None:
        self._energy = energy
        self._power = power
        self._rule = rule
        self._last: tuple[float, float] | None = None
        self.wh: float | None = None

    def apply(self, reading: Reading, now: float) -> None:
        """Take up a reading."""
        milliwatt = reading.values.get(self._power)
        if milliwatt is not None:
            watt = milliwatt / 1000
            if self._last is not None and self.wh is not None:
                self.wh += self._rule(self._last[1], watt) * (now - self._last[0]) / 3600
            self._last = now, watt
        register = reading.values.get(self._energy)
        if register is not None:
            self.wh = register / 1000


class RegisterOnly:
    """Shows the last register."""

    def __init__(self, energy: Quantity) -> None:
        self._energy = energy
        self.wh: float | None = None

    def apply(self, reading: Reading, now: float) -> None:
        """Take up a reading."""
        register = reading.values.get(self._energy)
        if register is not None:
            self.wh = register / 1000
