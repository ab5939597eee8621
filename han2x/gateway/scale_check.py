"""Do a Kamstrup meter's counts mean what the settings say? The meter does not send it, but the power tells.

Current: apparent power from voltages and currents beside that from active and reactive power. Energy: the step of the
register over an hour beside the power added up over it. A scale can only be wrong by a power of ten, and is only called
wrong when everything agrees on the same power for long. Nothing is changed here; a cumulative register least of all.
Pure: time is an argument.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import hypot, log10
from typing import Final

from han2x.meters import Learned, Scales, kamstrup_current_ma
from han2x.model import Quantity, Reading

KAMSTRUP: Final = "kamstrup"

LEAST_VA: Final = 500.0
"""Below this the coarse counts, and what a meter uses itself, blur the comparison."""
CURRENT_SAMPLES: Final = 180
"""Readings that have to agree: half an hour of a list every 10 s."""
LEAST_WH: Final = 300.0
HOUR_S: Final = 3600.0
ENERGY_HOURS: Final = 3
"""Hours in a row that have to agree."""
LONGEST_GAP_S: Final = 60.0
"""An hour with a longer pause in it says nothing, for what was drawn in the pause is not known."""
DECADE_MARGIN: Final = 0.15
"""How far from a whole power of ten, in decades, a comparison may lie: a factor of 1.4 either way."""

_PHASES: Final = (
    (Quantity.VOLTAGE_L1, Quantity.CURRENT_L1),
    (Quantity.VOLTAGE_L2, Quantity.CURRENT_L2),
    (Quantity.VOLTAGE_L3, Quantity.CURRENT_L3),
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A setting that is contradicted: how many times too large what it gives is, as a power of ten (-1: ten times too
    small).
    """

    setting: str
    decades: int

    def value(self, scales: Scales, learned: Learned) -> float:
        """The scale in force, in the setting's own unit: as it is set, or as it was found where it is not."""
        milli = {
            "kamstrup_current_a": kamstrup_current_ma(scales, learned),
            "kamstrup_energy_wh": scales.kamstrup_energy_mwh,
        }
        return milli[self.setting] / 1000

    def mended(self, value: float) -> float:
        """What the setting, now `value`, would have to be."""
        return round(value * 10.0**-self.decades, 6)

    def told(self, scales: Scales, learned: Learned) -> str:
        """The same in plain words."""
        value = self.value(scales, learned)
        return (
            f"the meter's power contradicts {self.setting} = {value:g}: what it gives is"
            f" {10.0**self.decades:g} times what it should be. Set {self.setting} = {self.mended(value):g}."
        )


class ScaleCheck:
    """Watches one meter's readings. `doubts` are the settings that they contradict."""

    def __init__(self) -> None:
        self._currents: deque[int | None] = deque(maxlen=CURRENT_SAMPLES)
        self._energies: deque[int | None] = deque(maxlen=ENERGY_HOURS)
        self._hour = _Hour()

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What is contradicted now, and surely."""
        found = (
            ("kamstrup_current_a", _agreed(self._currents)),
            ("kamstrup_energy_wh", _agreed(self._energies)),
        )
        return tuple(Doubt(setting, decades) for setting, decades in found if decades)

    def add(self, reading: Reading, now: float) -> None:
        """Take up a reading that came at the moment `now`; those of other makers say nothing."""
        if reading.maker != KAMSTRUP:
            return
        apparent = _apparent_powers(reading)
        if apparent is not None:
            self._currents.append(_decades(*apparent))
        compared = self._hour.add(reading, now)
        if compared is not None:
            self._energies.append(_decades(*compared))


class _Hour:
    """The power added up since a register, until a register an hour later."""

    def __init__(self) -> None:
        self._register: float | None = None
        self._since = 0.0
        self._drawn = 0.0
        self._power: float | None = None
        self._at = 0.0

    def add(self, reading: Reading, now: float) -> tuple[float, float] | None:
        """The register's step and the energy added up over the same hour, in Wh, when one has ended here."""
        self._add_power(reading, now)
        register = reading.values.get(Quantity.ACTIVE_ENERGY_IMPORT)
        if register is None or (self._register is not None and now - self._since < HOUR_S / 2):
            return None
        before, drawn = self._register, self._drawn
        self._register, self._since, self._drawn = register / 1000, now, 0.0
        if before is None or drawn < LEAST_WH:
            return None
        return register / 1000 - before, drawn

    def _add_power(self, reading: Reading, now: float) -> None:
        milliwatts = reading.values.get(Quantity.ACTIVE_POWER_IMPORT)
        if milliwatts is None:
            return
        power, gap = milliwatts / 1000, now - self._at
        if self._power is not None:
            if gap > LONGEST_GAP_S or gap < 0:
                self._register = None
            self._drawn += (power + self._power) / 2 * max(gap, 0.0) / HOUR_S
        self._power, self._at = power, now


def _apparent_powers(reading: Reading) -> tuple[float, float] | None:
    """Apparent power from voltages and currents, and from active and reactive power, in VA; None when too small."""
    values = reading.values
    from_phases = sum(values[u] * abs(values[i]) / 1e6 for u, i in _PHASES if u in values and i in values)
    active = values.get(Quantity.ACTIVE_POWER_IMPORT, 0) + values.get(Quantity.ACTIVE_POWER_EXPORT, 0)
    reactive = values.get(Quantity.REACTIVE_POWER_IMPORT, 0) - values.get(Quantity.REACTIVE_POWER_EXPORT, 0)
    from_powers = hypot(active, reactive) / 1000
    return (from_phases, from_powers) if from_powers >= LEAST_VA else None


def _decades(told: float, known: float) -> int | None:
    """How many powers of ten `told` is too large; None when it is not near any."""
    if told <= 0:
        return None
    decades = log10(told / known)
    nearest = round(decades)
    return nearest if abs(decades - nearest) <= DECADE_MARGIN else None


def _agreed(samples: deque[int | None]) -> int | None:
    """What all of the last samples say, None when they do not agree or are too few."""
    if len(samples) < (samples.maxlen or 0) or len(set(samples)) != 1:
        return None
    return samples[0]
