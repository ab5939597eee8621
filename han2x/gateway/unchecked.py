"""Telegrams without a checksum, P1 or a list without a frame: which of them are believed.

Nothing shows that such a telegram came as it was sent. So a value counts from the second telegram that agrees with the
one before it: the same meter, the same lines with other digits in them, and energies that have risen by no more than
the powers can have brought. One that does not agree is held back, and is what the next one has to agree with.
"""

from __future__ import annotations

from typing import Final

from han2x.meters.base import ENERGIES
from han2x.model import Problem, ProblemCause, Quantity, Reading

LEAST_POWER_W: Final = 100_000
"""What may have flowed between two telegrams however little they say: more than a house's fuses let through."""
_MORE: Final = 4  # times the greater of the two powers, since it may have been more in between
_HOUR_S: Final = 3600.0
_POWERS: Final = tuple(
    quantity for quantity in Quantity if quantity.value[1:] == ".7.0" and quantity.value[0] in "1234"
)


class Agreement:
    """Judges one line's telegrams without a checksum."""

    def __init__(self) -> None:
        self._last: Reading | None = None
        self._at = 0.0

    def judge(self, reading: Reading, now: float) -> Reading | Problem:
        """The reading where it is checked or agrees with the last one, else the problem that it has to wait for."""
        if not reading.unchecked:
            return reading
        before, self._last = self._last, reading
        elapsed, self._at = now - self._at, now
        if before is not None and _agree(before, reading, elapsed):
            return reading
        detail = "a telegram without a checksum counts from the next one on that agrees with it"
        return Problem(reading.offset, ProblemCause.UNCONFIRMED, detail)


def _agree(before: Reading, after: Reading, elapsed: float) -> bool:
    meters = ((each.maker, each.meter_id, each.meter_type) for each in (before, after))
    if len(set(meters)) > 1 or before.shape != after.shape or before.values.keys() != after.values.keys():
        return False
    power_mw = _MORE * max((each.values.get(power, 0) for each in (before, after) for power in _POWERS), default=0)
    most_mwh = (power_mw + LEAST_POWER_W * 1000) * max(elapsed, 1.0) / _HOUR_S
    step = max(before.energy_step or 0, after.energy_step or 0)
    return all(
        0 <= after.values[energy] - before.values[energy] <= most_mwh + 2 * step
        for energy in ENERGIES & after.values.keys()
    )
