"""The HAN2X register map as one table, and how a snapshot becomes registers.

Follows the HAN2X manual, "Modbusregistere": 32-bit values take two holding registers, the high word first. Only this
module decides what a client sees for a value that is not known, and the table says it for each register: 0, as the
manual describes it for phases that do not exist and for energies before the first hourly list. What the meter is known
to send is not current instead until it comes (see `han2x.state.sent`).
"""

from __future__ import annotations

from typing import Final

from han2x.estimator import ENERGY_POWERS
from han2x.measurements import MICRO
from han2x.model import Quantity
from han2x.registers.table import COUNTER32, U16, U32, Block, Register, Source, Sources, constant, nearest
from han2x.state import Snapshot

COUNT: Final = 50
MEASURED_COUNT: Final = 36
"""Registers at the map's beginning that hold measured values: 40001 to 40036."""


def _measured(quantity: Quantity, micro: int) -> Source:
    """A power, current or voltage in steps of `micro` millionths; unsigned: of a signed current the magnitude."""

    def value(sources: Sources) -> int | None:
        known = sources.measured.value(quantity)
        return None if known is None else nearest(abs(known), micro)

    return Source(value, (quantity,))


def _energy(quantity: Quantity) -> Source:
    """Whole kWh that are full, as a counter shows them."""

    def value(sources: Sources) -> int | None:
        known = sources.measured.value(quantity)
        return None if known is None else known // MICRO // 1000

    return Source(value, (quantity,))


def _estimate(quantity: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        estimate = sources.measured.estimate(quantity)
        return None if estimate is None else estimate // MICRO // 1000

    return Source(value, energies=(quantity,))


def _clock(part: str) -> Source:
    def value(sources: Sources) -> int | None:
        time = sources.snapshot.meter_time
        return None if time is None else int(getattr(time.local, part))

    return Source(value)


def _temperature(sources: Sources) -> int | None:
    celsius = sources.device.temperature_c
    return None if celsius is None else round(celsius * 100)


def _factor(sources: Sources) -> int:
    return sources.factor_shown


# fmt: off
REGISTERS: Final[tuple[Register, ...]] = (
    Register(40001, "Active power import",               U32,       "W",        _measured(Quantity.ACTIVE_POWER_IMPORT, MICRO),   scaled=True),
    Register(40003, "Active power export",               U32,       "W",        _measured(Quantity.ACTIVE_POWER_EXPORT, MICRO),   scaled=True),
    Register(40005, "Reactive power import",             U32,       "var",      _measured(Quantity.REACTIVE_POWER_IMPORT, MICRO), scaled=True),
    Register(40007, "Reactive power export",             U32,       "var",      _measured(Quantity.REACTIVE_POWER_EXPORT, MICRO), scaled=True),
    Register(40009, "Current L1",                        U32,       "mA",       _measured(Quantity.CURRENT_L1, 1000),             scaled=True),
    Register(40011, "Current L2",                        U32,       "mA",       _measured(Quantity.CURRENT_L2, 1000),             scaled=True),
    Register(40013, "Current L3",                        U32,       "mA",       _measured(Quantity.CURRENT_L3, 1000),             scaled=True),
    Register(40015, "Voltage L1",                        U32,       "V × 10",   _measured(Quantity.VOLTAGE_L1, 100_000)),
    Register(40017, "Voltage L2",                        U32,       "V × 10",   _measured(Quantity.VOLTAGE_L2, 100_000)),
    Register(40019, "Voltage L3",                        U32,       "V × 10",   _measured(Quantity.VOLTAGE_L3, 100_000)),
    Register(40021, "Active energy import",              COUNTER32, "kWh",      _energy(Quantity.ACTIVE_ENERGY_IMPORT),           scaled=True),
    Register(40023, "Active energy export",              COUNTER32, "kWh",      _energy(Quantity.ACTIVE_ENERGY_EXPORT),           scaled=True),
    Register(40025, "Reactive energy import",            COUNTER32, "kvarh",    _energy(Quantity.REACTIVE_ENERGY_IMPORT),         scaled=True),
    Register(40027, "Reactive energy export",            COUNTER32, "kvarh",    _energy(Quantity.REACTIVE_ENERGY_EXPORT),         scaled=True),
    Register(40029, "Active energy import, estimated",   COUNTER32, "kWh",      _estimate(Quantity.ACTIVE_ENERGY_IMPORT),         scaled=True),
    Register(40031, "Active energy export, estimated",   COUNTER32, "kWh",      _estimate(Quantity.ACTIVE_ENERGY_EXPORT),         scaled=True),
    Register(40033, "Reactive energy import, estimated", COUNTER32, "kvarh",    _estimate(Quantity.REACTIVE_ENERGY_IMPORT),       scaled=True),
    Register(40035, "Reactive energy export, estimated", COUNTER32, "kvarh",    _estimate(Quantity.REACTIVE_ENERGY_EXPORT),       scaled=True),
    Register(40037, "Meter's clock: year",               U16,       "",         _clock("year")),
    Register(40038, "Meter's clock: month",              U16,       "1–12",     _clock("month")),
    Register(40039, "Meter's clock: day",                U16,       "1–31",     _clock("day")),
    Register(40040, "Meter's clock: hour",               U16,       "0–23",     _clock("hour")),
    Register(40041, "Meter's clock: minute",             U16,       "0–59",     _clock("minute")),
    Register(40042, "Meter's clock: second",             U16,       "0–59",     _clock("second")),
    Register(40043, "Firmware version",                  U16,       "",         Source(lambda sources: sources.device.firmware)),
    Register(40044, "Board temperature",                 U16,       "°C × 100", Source(_temperature)),
    Register(40045, "Scaling factor (same as 40049)",    U32,       "÷ 1000",   Source(_factor),                                  writable=True),
    Register(40047, "Not used, reads 0",                 U16,       "",         constant(0)),
    Register(40048, "Hours since start",                 U16,       "h",        Source(lambda sources: sources.device.hours)),
    Register(40049, "Scaling factor",                    U32,       "÷ 1000",   Source(_factor),                                  writable=True),
)
# fmt: on

_ENERGY_MASK: Final = sum(0b11 << row.address for row in REGISTERS if row.kind is COUNTER32)
HAN2X: Final = Block("HAN2X", REGISTERS, 0, COUNT)


def unknown_energies(snapshot: Snapshot) -> int:
    """The energies while the meter has not sent any total, as a number in which bit n stands for the PDU address n.

    What it leaves out of its totals it does not measure: 0 is all that there will be.
    """
    sent = snapshot.dropped.union(snapshot.values, snapshot.estimates)
    return 0 if any(energy in sent for energy in ENERGY_POWERS) else _ENERGY_MASK


def firmware_number(version: str) -> int:
    """The program's version as one 16-bit number: 1.2.3 is 10203. Missing or odd parts count as 0."""
    parts = [int(part) if part.isdecimal() else 0 for part in version.split(".")[:3]]
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    return min(major * 10_000 + minor * 100 + patch, 0xFFFF)
