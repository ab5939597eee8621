"""The registers of a Carlo Gavazzi EM24 Ethernet (EM24DINAV23XE1X), as its clients look for them.

32-bit values have the low word first. What makes it known reads the same always, telegram or not. L31's high word is
the model's number, as in the real one. What no HAN port sends reads 0: line-to-line voltages, and energies of phases
where the meter has none; the frequency is the nominal one.
"""

from __future__ import annotations

from typing import Final

from han2x.model import Quantity
from han2x.registers import foreign
from han2x.registers.foreign import PHASE_IMPORTS, PHASES, measured_block, row
from han2x.registers.table import S16, S32_LOW_FIRST, U16, Block, Source, Sources, constant, text

MODEL: Final = 1648
"""EM24DINAV23XE1X."""
HARDWARE: Final = 0x1000
"""1.0.0, as (v >> 12).(v >> 8 & 15).(v & 255)."""
FIRMWARE: Final = 0x1803
"""1.8.3, the oldest with which evcc reads it."""
APPLICATION: Final = 7
"""Application H, the one that Victron chooses."""
THREE_PHASES_AND_NEUTRAL: Final = 0
ONE_PHASE: Final = 3
DECI: Final = 100_000
MILLI: Final = 1000
DECI_KWH: Final = 100_000_000


def _phase_system(sources: Sources) -> int:
    return ONE_PHASE if sources.measured.phases == 1 else THREE_PHASES_AND_NEUTRAL


# fmt: off
MEASURED: Final = (
    *(row(0x0000 + 2 * n, f"Voltage L{n + 1}",       S32_LOW_FIRST, "V × 10",    foreign.voltage(n, DECI))      for n in PHASES),
    row(0x000B,           "Model",                   U16,           "",          constant(MODEL)),
    *(row(0x000C + 2 * n, f"Current L{n + 1}",       S32_LOW_FIRST, "mA",        foreign.current(n, MILLI))     for n in PHASES),
    *(row(0x0012 + 2 * n, f"Active power L{n + 1}",  S32_LOW_FIRST, "W × 10",    foreign.phase_power(n, DECI))  for n in PHASES),
    row(0x0028,           "Active power",            S32_LOW_FIRST, "W × 10",    foreign.net_power(DECI)),
    *(row(0x002E + n,     f"Power factor L{n + 1}",  S16,           "÷ 1000",    foreign.power_factor_of_phase(n)) for n in PHASES),
    row(0x0031,           "Power factor",            S16,           "÷ 1000",    foreign.power_factor()),
    row(0x0032,           "Phase sequence",          U16,           "",          constant(0)),
    row(0x0033,           "Frequency, nominal",      U16,           "Hz × 10",   foreign.frequency(10)),
    row(0x0034,           "Active energy import",    S32_LOW_FIRST, "kWh × 10",  foreign.energy(Quantity.ACTIVE_ENERGY_IMPORT, DECI_KWH)),
    *(row(0x0040 + 2 * n, f"Active energy import L{n + 1}", S32_LOW_FIRST, "kWh × 10", foreign.phase_energy(PHASE_IMPORTS[n], DECI_KWH)) for n in PHASES),
    row(0x004E,           "Active energy export",    S32_LOW_FIRST, "kWh × 10",  foreign.energy(Quantity.ACTIVE_ENERGY_EXPORT, DECI_KWH)),
)
VERSIONS: Final = (
    row(0x0302,           "Hardware version",        U16,           "",          constant(HARDWARE)),
    row(0x0304,           "Firmware version",        U16,           "",          constant(FIRMWARE)),
)
# fmt: on

BLOCKS: Final = (
    measured_block("EM24", MEASURED, 0x0000, 0x0050),
    Block("EM24 versions", VERSIONS, 0x0302, 0x0305),
    Block("EM24 phase system", (row(0x1002, "Phase system", U16, "", Source(_phase_system)),), 0x1002, 0x1003),
    Block("EM24 serial number", (row(0x5000, "Serial number", text(7), "", foreign.serial_text(14)),), 0x5000, 0x5007),
    Block("EM24 application", (row(0xA000, "Application", U16, "", constant(APPLICATION)),), 0xA000, 0xA001),
    Block("EM24 front selector", (row(0xA100, "Front selector", U16, "", constant(0)),), 0xA100, 0xA101),
)
