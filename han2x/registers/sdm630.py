"""The registers of an Eastron SDM630, as its clients look for them: 32-bit floating point, high word first.

A float has 24 bits: at 24 000 kWh an energy moves in steps of 2 Wh. What no HAN port sends reads 0: line-to-line
voltages, reactive power of phases, the phase angle, and energies of phases where the meter has none. The frequency is
the nominal one.
"""

from __future__ import annotations

from typing import Final

from han2x.measurements import MICRO
from han2x.model import Quantity
from han2x.registers import foreign
from han2x.registers.foreign import PHASE_EXPORTS, PHASE_IMPORTS, PHASES, measured_block, over, row
from han2x.registers.table import F32, U32, Block, Source

IMPORT: Final = Quantity.ACTIVE_ENERGY_IMPORT
EXPORT: Final = Quantity.ACTIVE_ENERGY_EXPORT
REACTIVE_IMPORT: Final = Quantity.REACTIVE_ENERGY_IMPORT
REACTIVE_EXPORT: Final = Quantity.REACTIVE_ENERGY_EXPORT


def _units(source: Source) -> Source:
    return over(source, MICRO)


def _kilo(source: Source) -> Source:
    return over(source, 1000)


# fmt: off
REGISTERS: Final = (
    *(row(0x00 + 2 * n,  f"Voltage L{n + 1}",              F32, "V",     _units(foreign.voltage(n, 1)))                  for n in PHASES),
    *(row(0x06 + 2 * n,  f"Current L{n + 1}",              F32, "A",     _units(foreign.current(n, 1)))                  for n in PHASES),
    *(row(0x0C + 2 * n,  f"Active power L{n + 1}",         F32, "W",     _units(foreign.phase_power(n, 1)))              for n in PHASES),
    *(row(0x12 + 2 * n,  f"Apparent power L{n + 1}",       F32, "VA",    _units(foreign.apparent_power_of_phase(n, 1)))  for n in PHASES),
    *(row(0x1E + 2 * n,  f"Power factor L{n + 1}",         F32, "",      _kilo(foreign.power_factor_of_phase(n)))        for n in PHASES),
    row(0x34,            "Active power",                   F32, "W",     _units(foreign.net_power(1))),
    row(0x38,            "Apparent power",                 F32, "VA",    _units(foreign.apparent_power(1))),
    row(0x3C,            "Reactive power",                 F32, "var",   _units(foreign.reactive_power(1))),
    row(0x3E,            "Power factor",                   F32, "",      _kilo(foreign.power_factor())),
    row(0x46,            "Frequency, nominal",             F32, "Hz",    foreign.frequency(1)),
    row(0x48,            "Active energy import",           F32, "kWh",   _kilo(foreign.energy(IMPORT, MICRO))),
    row(0x4A,            "Active energy export",           F32, "kWh",   _kilo(foreign.energy(EXPORT, MICRO))),
    row(0x4C,            "Reactive energy import",         F32, "kvarh", _kilo(foreign.energy(REACTIVE_IMPORT, MICRO))),
    row(0x4E,            "Reactive energy export",         F32, "kvarh", _kilo(foreign.energy(REACTIVE_EXPORT, MICRO))),
    row(0x156,           "Active energy both ways",        F32, "kWh",   _kilo(foreign.energies(IMPORT, EXPORT, MICRO))),
    row(0x158,           "Reactive energy both ways",      F32, "kvarh", _kilo(foreign.energies(REACTIVE_IMPORT, REACTIVE_EXPORT, MICRO))),
    *(row(0x15A + 2 * n, f"Active energy import L{n + 1}", F32, "kWh",   _kilo(foreign.phase_energy(PHASE_IMPORTS[n], MICRO))) for n in PHASES),
    *(row(0x160 + 2 * n, f"Active energy export L{n + 1}", F32, "kWh",   _kilo(foreign.phase_energy(PHASE_EXPORTS[n], MICRO))) for n in PHASES),
    *(row(0x166 + 2 * n, f"Active energy both ways L{n + 1}", F32, "kWh", _kilo(foreign.phase_energies(n, MICRO)))       for n in PHASES),
)
# fmt: on

BLOCKS: Final = (
    measured_block("SDM630", REGISTERS, 0x00, 0x17E),
    Block("SDM630 serial number", (row(0xFC00, "Serial number", U32, "", foreign.serial_number(9)),), 0xFC00, 0xFC02),
)
