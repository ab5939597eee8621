"""What the maps of other makers' meters share: rows by PDU address, and values in steps of those meters' registers.

Such a map shows what a client of that meter looks for. What no HAN port sends has no place of its own in most of them:
it reads 0, unless the map has a word for "not available". Phase powers are never left out where the total is known,
since clients regulate on them: where the meter does not send them, its total is shared by voltage times current, and
the shares add up to the total in the map's own resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from han2x.measurements import CURRENTS, MICRO, PHASE_POWERS, POWERS, REACTIVE_POWERS, VOLTAGES, Measurements
from han2x.model import Quantity
from han2x.registers.sunspec_points import suffices
from han2x.registers.table import FIRST_NUMBER, Block, Cell, Kind, Register, Source, Sources, nearest

NOMINAL_HERTZ: Final = 50
PHASES: Final = (0, 1, 2)
PHASE_IMPORTS: Final = (
    Quantity.ACTIVE_ENERGY_IMPORT_L1,
    Quantity.ACTIVE_ENERGY_IMPORT_L2,
    Quantity.ACTIVE_ENERGY_IMPORT_L3,
)
PHASE_EXPORTS: Final = (
    Quantity.ACTIVE_ENERGY_EXPORT_L1,
    Quantity.ACTIVE_ENERGY_EXPORT_L2,
    Quantity.ACTIVE_ENERGY_EXPORT_L3,
)
_POWER_FACTORS: Final = (Quantity.POWER_FACTOR_L1, Quantity.POWER_FACTOR_L2, Quantity.POWER_FACTOR_L3)
_SHARED_BY: Final = (*POWERS, *VOLTAGES, *CURRENTS)
"""What the power of a phase is made from, where the meter does not send it."""

Micro = Callable[[Measurements], int | None]
"""A measured value in millionths of its unit."""


def row(address: int, name: str, kind: Kind, unit: str, source: Source) -> Register:
    """A register by its PDU address, as these makers' documents count."""
    return Register(address + FIRST_NUMBER, name, kind, unit, source)


def measured_block(name: str, rows: Sequence[Register], first: int, end: int) -> Block:
    """A block of what is measured: clients steer by it, so that it is refused rather than read as 0."""
    return Block(name, rows, first, end, suffices=suffices)


def net_power(step: int) -> Source:
    """Active power in steps of `step` µW, import positive."""
    return _measured(lambda measured: measured.net_power, step, *POWERS)


def reactive_power(step: int) -> Source:
    """Reactive power in steps of `step` µvar, import positive."""
    return _beside(lambda measured: _in_steps(measured.net_reactive_power, step), *REACTIVE_POWERS)


def apparent_power(step: int) -> Source:
    """√(P² + Q²) in steps of `step` µVA."""
    return _beside(lambda measured: _in_steps(measured.apparent_power, step), *REACTIVE_POWERS)


def power_factor() -> Source:
    """P through √(P² + Q²) in thousandths, with the sign of P."""
    return _beside(lambda measured: measured.power_factor, *REACTIVE_POWERS)


def voltage(phase: int, step: int) -> Source:
    """The voltage of a phase, in steps of `step` µV."""
    return _measured(lambda measured: measured.voltages[phase], step, VOLTAGES[phase])


def current(phase: int, step: int) -> Source:
    """The current of a phase in steps of `step` µA, without a sign: these meters' clients take that from its power."""

    def value(measured: Measurements) -> int | None:
        known = measured.value(CURRENTS[phase])
        return None if known is None else abs(known)

    return _measured(value, step, CURRENTS[phase])


def phase_power(phase: int, step: int) -> Source:
    """The power of a phase in steps of `step` µW, import positive."""
    return Source(lambda sources: phase_powers(sources.measured, step)[phase], (*PHASE_POWERS[phase], *_SHARED_BY))


def phase_powers(measured: Measurements, step: int) -> list[int | None]:
    """The powers of all phases in steps of `step` µW; shares of the total add up to the total in such steps.

    Where nothing is known that it could be shared by, as before the first list with currents, L1 has all of it.
    """
    powers = measured.phase_powers
    if not powers.estimated and any(each is not None for each in powers.values):
        return [_in_steps(each, step) for each in powers.values]
    if not powers.estimated:
        return [_in_steps(measured.net_power, step), None, None]
    steps: list[int | None] = []
    so_far = told = 0
    for each in powers.values:
        so_far += each or 0
        rounded = nearest(so_far, step)
        steps.append(None if each is None else rounded - told)
        told = rounded
    return steps


def apparent_power_of_phase(phase: int, step: int) -> Source:
    """Voltage times current of a phase, in steps of `step` µVA."""
    return _beside(lambda measured: _in_steps(_volt_amperes(measured, phase), step), VOLTAGES[phase], CURRENTS[phase])


def power_factor_of_phase(phase: int) -> Source:
    """What the meter sends, else a phase's power through its voltage times current, within ±1000 thousandths."""
    quantity = _POWER_FACTORS[phase]

    def value(measured: Measurements) -> int | None:
        sent, power = measured.value(quantity), measured.phase_powers.values[phase]
        if sent is not None:
            return nearest(sent, 1000) if power is None or power >= 0 else -nearest(abs(sent), 1000)
        apparent = _volt_amperes(measured, phase)
        if power is None or not apparent:
            return None
        return max(-1000, min(1000, round(power * 1000 / apparent)))

    return _beside(value, quantity, *_SHARED_BY)


def frequency(steps: int) -> Source:
    """The nominal frequency in so many steps a hertz, for as long as the meter's power is known.

    No HAN port tells it and these maps have no word for that; 0 Hz would say that there is no grid.
    """

    def value(sources: Sources) -> int | None:
        return None if sources.measured.net_power is None else NOMINAL_HERTZ * steps

    return Source(value, POWERS)


def energy(quantity: Quantity, step: int) -> Source:
    """A total as it is estimated to be now, in full steps of `step` µWh or µvarh, as counters show them."""
    return Source(lambda sources: _full(sources.measured.estimate(quantity), step), energies=(quantity,))


def energies(first: Quantity, second: Quantity, step: int) -> Source:
    """The sum of two such totals."""

    def value(sources: Sources) -> int | None:
        one, other = sources.measured.estimate(first), sources.measured.estimate(second)
        return None if one is None or other is None else (one + other) // step

    return Source(value, energies=(first, second))


def phase_energy(quantity: Quantity, step: int) -> Source:
    """A phase's total as the meter last sent it, in full steps; few meters do."""
    return _beside(lambda measured: _full(measured.value(quantity), step), quantity)


def phase_energies(phase: int, step: int) -> Source:
    """The sum of a phase's import and export."""
    imported, exported = PHASE_IMPORTS[phase], PHASE_EXPORTS[phase]

    def value(measured: Measurements) -> int | None:
        one, other = measured.value(imported), measured.value(exported)
        return None if one is None or other is None else (one + other) // step

    return _beside(value, imported, exported)


def over(source: Source, divisor: int) -> Source:
    """The same as a floating-point number, divided."""

    def value(sources: Sources) -> Cell | None:
        known = source(sources)
        return known if known is None or isinstance(known, str) else known / divisor

    return Source(value, source.quantities, source.energies)


def serial_text(length: int) -> Source:
    """The end of the meter's number, which tells meters apart, where there is not room for all of it."""
    return Source(lambda sources: _text(sources.snapshot.meter_id)[-length:])


def serial_number(digits: int) -> Source:
    """As many of the last digits of the meter's number, as a number; what is no digit does not count."""

    def value(sources: Sources) -> int:
        found = "".join(each for each in _text(sources.snapshot.meter_id) if each.isascii() and each.isdigit())
        return int(found[-digits:] or 0)

    return Source(value)


def own_version() -> Source:
    """The version of this program, as these meters tell theirs."""

    def value(sources: Sources) -> Cell:
        firmware = sources.device.firmware
        return f"{firmware // 10_000}.{firmware // 100 % 100}.{firmware % 100}"

    return Source(value)


def _measured(value: Micro, step: int, *quantities: Quantity) -> Source:
    return Source(lambda sources: _in_steps(value(sources.measured), step), quantities)


def _beside(value: Callable[[Measurements], int | None], *quantities: Quantity) -> Source:
    """What no client steers by: refused with the power, and not there while it is too old itself."""

    def known(sources: Sources) -> int | None:
        snapshot = sources.whole or sources.snapshot
        return None if any(map(snapshot.is_stale, quantities)) else value(sources.measured)

    return Source(known, POWERS)


def _in_steps(micro: int | None, step: int) -> int | None:
    return None if micro is None else nearest(micro, step)


def _full(micro: int | None, step: int) -> int | None:
    return None if micro is None else micro // step


def _volt_amperes(measured: Measurements, phase: int) -> int | None:
    volts, amperes = measured.voltages[phase], measured.currents[phase]
    return None if volts is None or amperes is None else volts * abs(amperes) // MICRO


def _text(known: str | None) -> str:
    return known or ""
