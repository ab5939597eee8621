"""The HAN2X register map as one table, and how a snapshot becomes registers.

Follows the HAN2X manual, "Modbusregistere": 32-bit values take two holding registers, the high word first. Only this
module decides what a client sees for a value that is not known, and the table says it for each register: 0, as the
manual describes it for phases that do not exist and for energies before the first hourly list. What the meter is known
to send is not current instead until it comes (see `han2x.state.sent`).
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from han2x.model import Quantity
from han2x.registers import scaling_factor
from han2x.registers.table import FIRST_NUMBER, Kind, Register, Source, Sources
from han2x.state import Snapshot

COUNT: Final = 50
MEASURED_COUNT: Final = 36
"""Registers at the map's beginning that hold measured values: 40001 to 40036."""


def _scaled(milli: int, factor: int, step: int) -> int:
    """Thousandths of a unit times the factor, in steps of `step` thousandths, to the nearest, half of one upwards."""
    return (milli * factor + scaling_factor.DEFAULT * step // 2) // (scaling_factor.DEFAULT * step)


def _measured(quantity: Quantity, step: int) -> Source:
    """A power or current; the register is unsigned, so that of a signed current its magnitude remains."""

    def value(sources: Sources) -> int | None:
        known = sources.snapshot.values.get(quantity)
        return None if known is None else _scaled(abs(known.milli), sources.factor, step)

    return Source(value, quantity)


def _voltage(quantity: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        known = sources.snapshot.values.get(quantity)
        return None if known is None else _scaled(known.milli, scaling_factor.DEFAULT, 100)

    return Source(value, quantity)


def _energy(quantity: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        known = sources.snapshot.values.get(quantity)
        return None if known is None else _whole_kwh(known.milli, sources.factor)

    return Source(value, quantity)


def _estimate(quantity: Quantity) -> Source:
    def value(sources: Sources) -> int | None:
        estimate = sources.snapshot.estimates.get(quantity)
        return None if estimate is None else _whole_kwh(int(estimate.wh * 1000), sources.factor)

    return Source(value, quantity, estimated=True)


def _whole_kwh(milliwatthours: int, factor: int) -> int:
    """Whole kWh that are full, as a counter shows them."""
    return milliwatthours * factor // (scaling_factor.DEFAULT * 1_000_000)


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
    Register(40001, "Active power import",                Kind.U32,       "W",       _measured(Quantity.ACTIVE_POWER_IMPORT, 1000),   scaled=True),
    Register(40003, "Active power export",                Kind.U32,       "W",       _measured(Quantity.ACTIVE_POWER_EXPORT, 1000),   scaled=True),
    Register(40005, "Reactive power import",              Kind.U32,       "var",     _measured(Quantity.REACTIVE_POWER_IMPORT, 1000), scaled=True),
    Register(40007, "Reactive power export",              Kind.U32,       "var",     _measured(Quantity.REACTIVE_POWER_EXPORT, 1000), scaled=True),
    Register(40009, "Current L1",                         Kind.U32,       "mA",      _measured(Quantity.CURRENT_L1, 1),               scaled=True),
    Register(40011, "Current L2",                         Kind.U32,       "mA",      _measured(Quantity.CURRENT_L2, 1),               scaled=True),
    Register(40013, "Current L3",                         Kind.U32,       "mA",      _measured(Quantity.CURRENT_L3, 1),               scaled=True),
    Register(40015, "Voltage L1",                         Kind.U32,       "V × 10",  _voltage(Quantity.VOLTAGE_L1)),
    Register(40017, "Voltage L2",                         Kind.U32,       "V × 10",  _voltage(Quantity.VOLTAGE_L2)),
    Register(40019, "Voltage L3",                         Kind.U32,       "V × 10",  _voltage(Quantity.VOLTAGE_L3)),
    Register(40021, "Active energy import",               Kind.COUNTER32, "kWh",     _energy(Quantity.ACTIVE_ENERGY_IMPORT),          scaled=True),
    Register(40023, "Active energy export",               Kind.COUNTER32, "kWh",     _energy(Quantity.ACTIVE_ENERGY_EXPORT),          scaled=True),
    Register(40025, "Reactive energy import",             Kind.COUNTER32, "kvarh",   _energy(Quantity.REACTIVE_ENERGY_IMPORT),        scaled=True),
    Register(40027, "Reactive energy export",             Kind.COUNTER32, "kvarh",   _energy(Quantity.REACTIVE_ENERGY_EXPORT),        scaled=True),
    Register(40029, "Active energy import, estimated",    Kind.COUNTER32, "kWh",     _estimate(Quantity.ACTIVE_ENERGY_IMPORT),        scaled=True),
    Register(40031, "Active energy export, estimated",    Kind.COUNTER32, "kWh",     _estimate(Quantity.ACTIVE_ENERGY_EXPORT),        scaled=True),
    Register(40033, "Reactive energy import, estimated",  Kind.COUNTER32, "kvarh",   _estimate(Quantity.REACTIVE_ENERGY_IMPORT),      scaled=True),
    Register(40035, "Reactive energy export, estimated",  Kind.COUNTER32, "kvarh",   _estimate(Quantity.REACTIVE_ENERGY_EXPORT),      scaled=True),
    Register(40037, "Meter's clock: year",                Kind.U16,       "",        _clock("year")),
    Register(40038, "Meter's clock: month",               Kind.U16,       "1–12",    _clock("month")),
    Register(40039, "Meter's clock: day",                 Kind.U16,       "1–31",    _clock("day")),
    Register(40040, "Meter's clock: hour",                Kind.U16,       "0–23",    _clock("hour")),
    Register(40041, "Meter's clock: minute",              Kind.U16,       "0–59",    _clock("minute")),
    Register(40042, "Meter's clock: second",              Kind.U16,       "0–59",    _clock("second")),
    Register(40043, "Firmware version",                   Kind.U16,       "",        Source(lambda sources: sources.device.firmware)),
    Register(40044, "Board temperature",                  Kind.U16,       "°C × 100", Source(_temperature)),
    Register(40045, "Scaling factor (same as 40049)",     Kind.U32,       "÷ 1000",  Source(_factor), writable=True),
    Register(40047, "Not used, reads 0",                  Kind.U16,       "",        Source(lambda _sources: 0)),
    Register(40048, "Hours since start",                  Kind.U16,       "h",       Source(lambda sources: sources.device.hours)),
    Register(40049, "Scaling factor",                     Kind.U32,       "÷ 1000",  Source(_factor), writable=True),
)
# fmt: on

_READ: Final = [(register.kind.fit, register.source.value) for register in REGISTERS]
_LAYOUT: Final = Struct(">" + "".join("I" if register.kind.words == 2 else "H" for register in REGISTERS))


def render(sources: Sources) -> bytes:
    """The whole map as a client reads it: `COUNT` big-endian 16-bit words from 40001 on.

    A value that is not known reads 0. Each value is scaled here and nowhere else.
    """
    return _LAYOUT.pack(*[fit(value(sources) or 0) for fit, value in _READ])


def stale_registers(snapshot: Snapshot) -> int:
    """The registers whose values are too old to be current, as a number in which bit n stands for the PDU address n."""
    mask = 0
    if not (snapshot.stale or snapshot.stale_values or snapshot.stale_estimates or snapshot.awaited):
        return mask
    for register in REGISTERS:
        if register.is_stale(snapshot):
            mask |= register.mask
    return mask


def awaited_registers(snapshot: Snapshot) -> int:
    """The registers whose values this meter sends and that have not come yet, in the same way."""
    mask = 0
    for register in REGISTERS if snapshot.awaited else ():
        quantity = register.source.quantity
        if quantity in snapshot.awaited and register.source(Sources(snapshot)) is None:
            mask |= register.mask
    return mask


def firmware_number(version: str) -> int:
    """The program's version as one 16-bit number: 1.2.3 is 10203. Missing or odd parts count as 0."""
    parts = [int(part) if part.isdecimal() else 0 for part in version.split(".")[:3]]
    major, minor, patch = (*parts, 0, 0, 0)[:3]
    return min(major * 10_000 + minor * 100 + patch, 0xFFFF)


def register_table() -> str:
    """The map as a table in Markdown, as the README shows it and `han2x registers` prints it."""
    rows = [
        "| Register | PDU address | Value | Unit | Type | Scaled | Access |",
        "|---|---|---|---|---|---|---|",
    ]
    for register in REGISTERS:
        last = register.last_number - FIRST_NUMBER
        address = str(register.address) if last == register.address else f"{register.address}–{last}"
        cells = (
            register.numbers,
            address,
            register.name,
            register.unit,
            register.kind.type_name,
            "yes" if register.scaled else "",
            "read, write" if register.writable else "read",
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)
