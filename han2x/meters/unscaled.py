"""Counts without scaler and unit: the unit is that of the OBIS code, the scale what meters use and physics allows.

Powers are sent in W and var, energies in Wh and varh, power factors in thousandths (IEC 62056-6-2 gives such lists no
scale of their own; sums of phases, and energies against powers, show it on every meter known). A voltage's scale shows
by its size. A current's shows by the power alone: voltage times current, added up over the phases, against it. Without
a load nothing is decided, so what was found is kept for the meter (`han2x.meters.learned`).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot
from typing import Final

from han2x.meters.learned import Learned
from han2x.model import Quantity, Unit

VOLTAGE: Final = "voltage"
_PUSHED: Final = "pushed current"
_FLAT: Final = "current"

Counts = Mapping[Quantity, int | float]

VOLTAGES: Final = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS: Final = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)

# On a low-voltage grid the phase that supplies the meter has some 100 to 500 V, so that the three scales
# give counts that lie a factor of ten apart.
_VOLTAGE_SCALES: Final = ((1000, 1000), (10_000, 100), (float("inf"), 10))  # counts below: mV a count

ENERGY_MILLI: Final = 1000
_MILLI: Final = {Unit.W: 1000, Unit.VAR: 1000, Unit.WH: ENERGY_MILLI, Unit.VARH: ENERGY_MILLI, Unit.ONE: 1}

PUSHED_MA: Final = 10
"""Of the meters that push a list of attributes all count 0.01 A, but those behind transformers."""
_TRANSFORMER_MA: Final = 1000
_LEAST_MV, _MOST_MV = 80_000, 500_000
_LEAST_W: Final = 500.0
_CURRENT_SCALES: Final = (1, 10, 100, 1000)
_LEAST_SHARE, _MOST_SHARE = 0.9, 2.8  # apparent power of U·I over that of P and Q; at most, a decade apart


def milli_of(counts: Counts, learned: Learned, default_ma: int | None) -> dict[Quantity, int]:
    """The counts in thousandths of their units.

    `default_ma` is mA a count of current until the power contradicts it; None leaves currents out until it tells.
    """
    voltage_mv = voltage_scale(counts, learned)
    current_ma = _current_scale(counts, learned, voltage_mv, default_ma)
    scales = {**_MILLI, Unit.V: voltage_mv, Unit.A: current_ma or 0}
    return {
        quantity: round(count * scales[quantity.unit])
        for quantity, count in counts.items()
        if quantity.unit is not Unit.A or current_ma
    }


def voltage_scale(counts: Counts, learned: Learned) -> int:
    """The scale of all phases, by the highest: a phase that is down must not be taken for a coarser scale.

    Where by its size it would be no voltage of a low-voltage grid, that is what all phases together do as they
    collapse, and the scale is that of before.
    """
    highest = max((counts.get(quantity, 0) for quantity in VOLTAGES), default=0)
    found = next(milli for below, milli in _VOLTAGE_SCALES if highest < below)
    if _LEAST_MV <= highest * found <= _MOST_MV:
        learned.find(VOLTAGE, found)
        return found
    return learned.scale(VOLTAGE) or found


def apparent_va(counts: Counts, voltage_mv: int, current_ma: int) -> float:
    """Apparent power by voltages and currents, in VA."""
    pairs = zip(VOLTAGES, CURRENTS, strict=True)
    return sum(counts.get(u, 0) * abs(counts.get(i, 0)) for u, i in pairs) * voltage_mv * current_ma / 1e6


def net(counts: Counts, imported: Quantity, exported: Quantity) -> float:
    """A power with its direction, 0 where it is not sent."""
    return counts.get(imported, 0) - counts.get(exported, 0)


def _current_scale(counts: Counts, learned: Learned, voltage_mv: int, default_ma: int | None) -> int | None:
    active = abs(net(counts, Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT))
    at_1_ma = apparent_va(counts, voltage_mv, 1)
    if active >= _LEAST_W and at_1_ma > 0 and _complete(counts):
        if default_ma is None:
            reactive = net(counts, Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT)
            fitting = _scale_that_fits(at_1_ma, hypot(active, reactive))
            if fitting is not None:
                learned.find(_FLAT, fitting)
        elif at_1_ma * default_ma < active / 3 and at_1_ma * _TRANSFORMER_MA >= active:
            learned.find(_PUSHED, _TRANSFORMER_MA)
    return learned.scale(_FLAT) if default_ma is None else learned.scale(_PUSHED) or default_ma


def _complete(counts: Counts) -> bool:
    """Whether every phase under voltage tells its current: the power of all is compared with them."""
    return all(i in counts for u, i in zip(VOLTAGES, CURRENTS, strict=True) if counts.get(u))


def _scale_that_fits(at_1_ma: float, apparent: float) -> int | None:
    return next((ma for ma in _CURRENT_SCALES if _LEAST_SHARE <= at_1_ma * ma / apparent <= _MOST_SHARE), None)
