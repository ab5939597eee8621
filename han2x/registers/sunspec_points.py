"""What SunSpec's meter models hold: one table, which the integers and the floating point of them are both made from.

Import is positive. What the meter does not send is absent. Clients steer by powers, currents, voltages and totals, and
take one that is absent for 0, so these are refused while they are stale (see `suffices` too). What no client steers by
is absent instead while it is stale, and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from han2x.measurements import (
    CURRENTS,
    MICRO,
    PHASE_POWERS,
    POWERS,
    REACTIVE_POWERS,
    VOLTAGES,
    Measurements,
)
from han2x.model import Quantity
from han2x.registers.table import S16, Kind, Source, Sources, nearest

ACC32: Final = Kind("acc32", 2, "I", 0, 0xFFFF_FFFF, rolls_over=True)
MISSING_SENSOR: Final = 1 << 7
"""The event that stands for energies which no total of the meter has anchored yet."""


class Measure(NamedTuple):
    """A value in millionths of its unit, and what its age is known by, as a `Source` has it."""

    micro: Callable[[Sources], int | None]
    quantities: tuple[Quantity, ...] = ()
    energies: tuple[Quantity, ...] = ()

    def as_source(self, shown: Callable[[int], float]) -> Source:
        """The same as `shown` makes it of millionths."""

        def value(sources: Sources) -> float | None:
            micro = self.micro(sources)
            return None if micro is None else shown(micro)

        return Source(value, self.quantities, self.energies)


class Group(NamedTuple):
    """Points that share a scale factor: its name, their unit, and millionths and decades of what 1 is in them.

    One whose `factor` is None has no scale factor, since no meter sends any of it.
    """

    scale: str
    unit: str
    step: int
    factor: int | None
    points: tuple[tuple[str, Measure], ...]
    scaled: bool = True
    kind: Kind = S16


_SHARED_BY: Final = (*POWERS, *VOLTAGES, *CURRENTS)
"""What the power of a phase is made from, where the meter does not send it."""
_PHASES: Final = (0, 1, 2)
_ABSENT: Final = Measure(lambda _sources: None)


def _steered_by(value: Callable[[Measurements], int | None], *quantities: Quantity) -> Measure:
    return Measure(lambda sources: value(sources.measured), quantities)


def _beside(value: Callable[[Measurements], int | None], *quantities: Quantity) -> Measure:
    """What no client steers by: absent while it is stale."""

    def micro(sources: Sources) -> int | None:
        snapshot = sources.whole or sources.snapshot
        return None if any(map(snapshot.is_stale, quantities)) else value(sources.measured)

    return Measure(micro)


def _phase_power(phase: int) -> Measure:
    return _steered_by(lambda measured: measured.phase_powers.values[phase], *PHASE_POWERS[phase], *_SHARED_BY)


def _current(phase: int) -> Measure:
    return _steered_by(lambda measured: measured.currents[phase], *PHASE_POWERS[phase], *_SHARED_BY)


def _voltage(phase: int) -> Measure:
    return _steered_by(lambda measured: measured.voltages[phase], VOLTAGES[phase])


def _sum_of_currents(measured: Measurements) -> int | None:
    known = [each for each in measured.currents[: measured.phases or 3] if each is not None]
    return sum(known) if len(known) == measured.phases else None


def _mean_voltage(measured: Measurements) -> int | None:
    known = [each for each in measured.voltages if each is not None]
    return nearest(sum(known), len(known)) if known else None


def _power_factor(measured: Measurements) -> int | None:
    return None if measured.power_factor is None else measured.power_factor * 1000


def _phase_power_factor(phase: int) -> Measure:
    quantity = (Quantity.POWER_FACTOR_L1, Quantity.POWER_FACTOR_L2, Quantity.POWER_FACTOR_L3)[phase]

    def value(measured: Measurements) -> int | None:
        factor, power = measured.value(quantity), measured.phase_powers.values[phase]
        return -abs(factor) if factor is not None and power is not None and power < 0 else factor

    return _beside(value, quantity, *_SHARED_BY)


def _difference(imported: Quantity, exported: Quantity) -> Measure:
    def value(measured: Measurements) -> int | None:
        into = measured.value(imported)
        return None if into is None else into - (measured.value(exported) or 0)

    return _beside(value, imported, exported)


def _total(energy: Quantity) -> Measure:
    return Measure(lambda sources: sources.measured.estimate(energy), energies=(energy,))


def _phase_total(energy: Quantity) -> Measure:
    return _beside(lambda measured: measured.value(energy), energy)


def _none(*names: str) -> tuple[tuple[str, Measure], ...]:
    return tuple((name, _ABSENT) for name in names)


def _by_phase(name: str, total: Measure, phases: Iterable[Measure]) -> tuple[tuple[str, Measure], ...]:
    phase = "Ph" if name.startswith("Tot") else "ph"
    return (name, total), *((f"{name}{phase}{letter}", each) for letter, each in zip("ABC", phases, strict=True))


_NO_PHASES: Final = (_ABSENT,) * 3
_REACTIVE: Final = (
    (Quantity.REACTIVE_POWER_IMPORT_L1, Quantity.REACTIVE_POWER_EXPORT_L1),
    (Quantity.REACTIVE_POWER_IMPORT_L2, Quantity.REACTIVE_POWER_EXPORT_L2),
    (Quantity.REACTIVE_POWER_IMPORT_L3, Quantity.REACTIVE_POWER_EXPORT_L3),
)
_IMPORTED: Final = (
    Quantity.ACTIVE_ENERGY_IMPORT_L1,
    Quantity.ACTIVE_ENERGY_IMPORT_L2,
    Quantity.ACTIVE_ENERGY_IMPORT_L3,
)
_EXPORTED: Final = (
    Quantity.ACTIVE_ENERGY_EXPORT_L1,
    Quantity.ACTIVE_ENERGY_EXPORT_L2,
    Quantity.ACTIVE_ENERGY_EXPORT_L3,
)

# The telegrams do not tell whether there is a neutral, so the voltages between lines are not known. Those that the
# meter sends are given as its phases', as it names them itself.
# fmt: off
GROUPS: Final = (
    Group("A_SF", "A", 10_000, -2,
          _by_phase("A", _steered_by(_sum_of_currents, *_SHARED_BY), map(_current, _PHASES))),
    Group("V_SF", "V", 100_000, -1,
          (*_by_phase("PhV", _steered_by(_mean_voltage, *VOLTAGES), map(_voltage, _PHASES)),
           *_none("PPV", "PhVphAB", "PhVphBC", "PhVphCA")), scaled=False),
    Group("Hz_SF", "Hz", MICRO, None, _none("Hz")),
    Group("W_SF", "W", MICRO, 0,
          _by_phase("W", _steered_by(lambda measured: measured.net_power, *POWERS), map(_phase_power, _PHASES))),
    Group("VA_SF", "VA", MICRO, 0,
          _by_phase("VA", _beside(lambda measured: measured.apparent_power, *POWERS, *REACTIVE_POWERS), _NO_PHASES)),
    Group("VAR_SF", "var", MICRO, 0,
          _by_phase("VAR", _beside(lambda measured: measured.net_reactive_power, *REACTIVE_POWERS),
                    (_difference(*each) for each in _REACTIVE))),
    Group("PF_SF", "%", 1000, -1,
          _by_phase("PF", _beside(_power_factor, *POWERS, *REACTIVE_POWERS), map(_phase_power_factor, _PHASES)),
          scaled=False),
    Group("TotWh_SF", "Wh", MICRO, 0,
          (*_by_phase("TotWhExp", _total(Quantity.ACTIVE_ENERGY_EXPORT), map(_phase_total, _EXPORTED)),
           *_by_phase("TotWhImp", _total(Quantity.ACTIVE_ENERGY_IMPORT), map(_phase_total, _IMPORTED))), kind=ACC32),
    Group("TotVAh_SF", "VAh", MICRO, None,
          (*_by_phase("TotVAhExp", _ABSENT, _NO_PHASES), *_by_phase("TotVAhImp", _ABSENT, _NO_PHASES)), kind=ACC32),
    # The meter's reactive totals are of two quadrants each.
    Group("TotVArh_SF", "varh", MICRO, None,
          (*_by_phase("TotVArhImpQ1", _ABSENT, _NO_PHASES), *_by_phase("TotVArhImpQ2", _ABSENT, _NO_PHASES),
           *_by_phase("TotVArhExpQ3", _ABSENT, _NO_PHASES), *_by_phase("TotVArhExpQ4", _ABSENT, _NO_PHASES)), kind=ACC32),
)
# fmt: on
"""What models 203 and 213 hold, in the order of both."""


def events(sources: Sources) -> int:
    """The bits of `Evt`."""
    return 0 if Quantity.ACTIVE_ENERGY_IMPORT in (sources.whole or sources.snapshot).estimates else MISSING_SENSOR


def suffices(sources: Sources) -> bool:
    """Whether the power is known, and something of the phases that the meter is known to have has come in this run."""
    measured, come = sources.measured, (sources.whole or sources.snapshot).values
    if measured.net_power is None:
        return False
    return measured.phases is None or not come.keys().isdisjoint((*CURRENTS, *VOLTAGES))
