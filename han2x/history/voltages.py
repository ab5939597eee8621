"""The voltages of the hour in progress, phase by phase. Pure: volts in mV, moments in seconds since 1970-01-01 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from han2x.history.records import Span, VoltageHour, VoltageSpan
from han2x.model import Quantity

HOUR_S: Final = 3600
LEAST_MV: Final = 207_000
MOST_MV: Final = 253_000
"""What EN 50160 and the regulations allow as the mean of a time: 230 V ± 10 %."""
PHASES: Final = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)


class Voltages:
    """One hour after the other, by their minutes."""

    def __init__(self) -> None:
        self._begin: int | None = None
        self._phases: dict[Quantity, VoltageSpan] = {}

    def add(self, begin: int, values: Mapping[Quantity, Span]) -> VoltageHour | None:
        """Take a minute of the hour that began at `begin`; returns the hour before, if that is over with it."""
        ended = None
        if begin != self._begin:
            ended, self._begin, self._phases = self.present(), begin, {}
        for phase in PHASES:
            span = values.get(phase)
            if span is not None:
                self._phases[phase] = _with(self._phases.get(phase), span)
        return ended

    def end(self, moment: float) -> VoltageHour | None:
        """It is this late: returns the hour that is over with that, if there is one."""
        if self._begin is None or moment < self._begin + HOUR_S:
            return None
        ended, self._begin, self._phases = self.present(), None, {}
        return ended

    def present(self) -> VoltageHour | None:
        """The hour in progress, if something was measured in it."""
        if self._begin is None or not self._phases:
            return None
        return VoltageHour(self._begin, dict(self._phases))


def _with(known: VoltageSpan | None, span: Span) -> VoltageSpan:
    if known is None:
        known = VoltageSpan(span.lowest, span.highest, 0, 0, 0)
    return VoltageSpan(
        min(known.lowest, span.lowest),
        max(known.highest, span.highest),
        known.minutes + 1,
        known.minutes_low + (span.mean < LEAST_MV),
        known.minutes_high + (span.mean > MOST_MV),
    )
