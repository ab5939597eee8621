"""What one meter measures at a moment, as outputs give it: signed, by phase, scaled; None for what is not known.

Powers, currents, voltages and energies are whole millionths of their unit (µW, µvar, µVA, µA, µV, µWh, µvarh): the
thousandths that the meter sends times the scaling factor are exact in these, and whoever shows them rounds once.
Import is positive, export negative. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import Final

from han2x.model import Quantity, Unit
from han2x.state import Snapshot

MICRO: Final = 1_000_000
UNSCALED: Final = 1000
"""A scaling factor of 1.000, in thousandths."""

IMPORT: Final = Quantity.ACTIVE_POWER_IMPORT
EXPORT: Final = Quantity.ACTIVE_POWER_EXPORT
POWERS: Final = (IMPORT, EXPORT)
REACTIVE_POWERS: Final = (Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT)
CURRENTS: Final = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
VOLTAGES: Final = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
PHASE_POWERS: Final = (
    (Quantity.ACTIVE_POWER_IMPORT_L1, Quantity.ACTIVE_POWER_EXPORT_L1),
    (Quantity.ACTIVE_POWER_IMPORT_L2, Quantity.ACTIVE_POWER_EXPORT_L2),
    (Quantity.ACTIVE_POWER_IMPORT_L3, Quantity.ACTIVE_POWER_EXPORT_L3),
)
_NOT_SCALED: Final = frozenset((Unit.V, Unit.ONE))


@dataclass(frozen=True, slots=True)
class PhasePowers:
    """Net active power of L1, L2 and L3 in µW; None for a phase that does not exist or is not known.

    Those that are `estimated` are the meter's own total, shared by voltage times current.
    """

    values: tuple[int | None, int | None, int | None]
    estimated: bool


NO_PHASES: Final = PhasePowers((None, None, None), estimated=False)


class Measurements:
    """What a snapshot says, scaled by a factor in thousandths. With `snapshot.current()` what is stale is not known."""

    def __init__(self, snapshot: Snapshot, factor: int = UNSCALED) -> None:
        self.snapshot = snapshot
        self.factor = factor

    def value(self, quantity: Quantity) -> int | None:
        """What the meter last sent of it, in millionths of its unit."""
        known = self.snapshot.values.get(quantity)
        if known is None:
            return None
        return known.milli * (UNSCALED if quantity.unit in _NOT_SCALED else self.factor)

    def estimate(self, energy: Quantity) -> int | None:
        """An energy as it is estimated to be now, in µWh or µvarh, downwards."""
        estimate = self.snapshot.estimates.get(energy)
        return None if estimate is None else int(estimate.wh * 1000) * self.factor

    def estimate_bar(self, energy: Quantity) -> int | None:
        """How far that may be off, in µWh or µvarh."""
        estimate = self.snapshot.estimates.get(energy)
        return None if estimate is None else round(estimate.bar_wh * 1000 * self.factor)

    @cached_property
    def net_power(self) -> int | None:
        """Active power, in µW."""
        return self._net(*POWERS)

    @cached_property
    def net_reactive_power(self) -> int | None:
        """Reactive power, in µvar."""
        return self._net(*REACTIVE_POWERS)

    @cached_property
    def apparent_power(self) -> int | None:
        """√(P² + Q²), in µVA."""
        if self.net_power is None or self.net_reactive_power is None:
            return None
        return isqrt(self.net_power**2 + self.net_reactive_power**2)

    @cached_property
    def power_factor(self) -> int | None:
        """P through √(P² + Q²) in thousandths, with the sign of P; None also where both are 0."""
        if self.net_power is None or not self.apparent_power:
            return None
        return round(self.net_power * 1000 / self.apparent_power)

    @cached_property
    def phases(self) -> int | None:
        """How many phases the meter has, 1 or 3; None while neither this run nor an earlier one has shown that."""
        if self.snapshot.phases is not None:
            return self.snapshot.phases
        sent = [any(self._is_sent(each) for each in phase) for phase in zip(VOLTAGES, CURRENTS, strict=True)]
        if any(sent[1:]):
            return 3
        return 1 if sent[0] else None

    @cached_property
    def voltages(self) -> tuple[int | None, int | None, int | None]:
        """L1, L2, L3, in µV."""
        first, second, third = (self.value(each) for each in VOLTAGES)
        return first, second, third

    @cached_property
    def currents(self) -> tuple[int | None, int | None, int | None]:
        """L1, L2, L3, in µA, each with the sign of its phase's power, or of the whole where that is not known.

        Not known where the power is too old: nobody can tell then whether a current goes in or out.
        """
        if self.net_power is None and not self.snapshot.dropped.isdisjoint(POWERS):
            return None, None, None
        powers = (self.net_power if power is None else power for power in self.phase_powers.values)
        first, second, third = map(_signed, (self.value(each) for each in CURRENTS), powers)
        return first, second, third

    @cached_property
    def phase_powers(self) -> PhasePowers:
        """The powers of the phases: the meter's own where it sends them, else the total shared among them."""
        if any(self._is_sent(each) for phase in PHASE_POWERS for each in phase):
            first, second, third = (self._net(*phase) for phase in PHASE_POWERS)
            return PhasePowers((first, second, third), estimated=False)
        return self._shared_power()

    def _shared_power(self) -> PhasePowers:
        total = self.net_power
        if total is None:
            return NO_PHASES
        if self.phases == 1:
            return PhasePowers((total, None, None), estimated=False)
        if not self.snapshot.dropped.isdisjoint((*VOLTAGES, *CURRENTS)):
            return NO_PHASES  # a phase that is not known would get nothing, and the others its power
        shares = [
            None if volts is None or amperes is None else volts * abs(amperes)
            for volts, amperes in zip(self.voltages, (self.value(each) for each in CURRENTS), strict=True)
        ]
        if all(share is None for share in shares):
            return NO_PHASES
        first, second, third = _shared(total, shares)
        return PhasePowers((first, second, third), estimated=True)

    def directions(self, imported: Quantity, exported: Quantity) -> tuple[int | None, int | None]:
        """Import and export, in millionths: as the meter sent them together, else what they come to.

        A list with the import alone turns the direction, and the export of the list before is then no longer so.
        """
        into, out = self.snapshot.values.get(imported), self.snapshot.values.get(exported)
        net = self._net(imported, exported)
        if into is None or out is None or into.at == out.at or net is None:
            return self.value(imported), self.value(exported)
        return max(net, 0), max(-net, 0)

    def _net(self, imported: Quantity, exported: Quantity) -> int | None:
        """Import less export. The later one counts alone where it is not 0: the direction has turned since the other.

        A meter that sends no export imports what it sends; as long as it is not known to be one, 0 says nothing.
        """
        values = self.snapshot.values
        into, out = values.get(imported), values.get(exported)
        if into is None:
            return None
        if out is None:
            import_alone = exported not in self.snapshot.dropped and self._has_sent_its_lists
            return into.milli * self.factor if into.milli or import_alone else None
        if into.at != out.at:
            later, sign = (into, 1) if into.at > out.at else (out, -1)
            if later.milli:
                return sign * later.milli * self.factor
        return (into.milli - out.milli) * self.factor

    @property
    def _has_sent_its_lists(self) -> bool:
        return any(map(self._is_sent, (*CURRENTS, *VOLTAGES)))

    def _is_sent(self, quantity: Quantity) -> bool:
        return quantity in self.snapshot.values or quantity in self.snapshot.dropped


def _shared(total: int, shares: Iterable[int | None]) -> list[int | None]:
    """The total in these shares, exactly: their sum is the total. Evenly where all shares are 0."""
    known = list(shares)
    weights = [share for share in known if share is not None]
    if not any(weights):
        known = [None if share is None else 1 for share in known]
        weights = [1] * len(weights)
    parts: list[int | None] = []
    left, weight = total, sum(weights)
    for share in known:
        if share is None:
            parts.append(None)
            continue
        part = round(left * share / weight) if weight else 0
        left, weight = left - part, weight - share
        parts.append(part)
    return parts


def _signed(amperes: int | None, power: int | None) -> int | None:
    if amperes is None or power is None:
        return amperes
    return -abs(amperes) if power < 0 else abs(amperes)
