"""The registers of an ABB B23, or of a B21 where the meter has one phase, as their clients look for them.

High word first. What the meter does not send reads as the real one says "not available" where its clients know that,
else 0: the energy export, energies exported by phases, and power factors. The frequency is the nominal one.
"""

from __future__ import annotations

from typing import Final

from han2x.model import Quantity
from han2x.registers import foreign
from han2x.registers.foreign import PHASE_EXPORTS, PHASE_IMPORTS, PHASES, measured_block, row
from han2x.registers.table import S32, U16, U32, U64, Block, Kind, Source, Sources, text

B23: Final = 0x4232_3320
B21: Final = 0x4232_3120
NOT_AVAILABLE_U64: Final = (1 << 64) - 1
NOT_AVAILABLE_S16: Final = 0x7FFF
S16_OR_NOT: Final = Kind("int16", 1, "h", -NOT_AVAILABLE_S16, NOT_AVAILABLE_S16 - 1, zero=NOT_AVAILABLE_S16)
U64_OR_NOT: Final = Kind("uint64", 4, "Q", 0, NOT_AVAILABLE_U64 - 1, zero=NOT_AVAILABLE_U64)
DECI: Final = 100_000
CENTI: Final = 10_000
CENTI_KWH: Final = 10_000_000


def _model(sources: Sources) -> int:
    return B21 if sources.measured.phases == 1 else B23


# fmt: off
TOTALS: Final = (
    row(0x5000,           "Active energy import",           U64,        "kWh × 100", foreign.energy(Quantity.ACTIVE_ENERGY_IMPORT, CENTI_KWH)),
    row(0x5004,           "Active energy export",           U64_OR_NOT, "kWh × 100", foreign.energy(Quantity.ACTIVE_ENERGY_EXPORT, CENTI_KWH)),
)
PHASE_TOTALS: Final = (
    *(row(0x5460 + 4 * n, f"Active energy import L{n + 1}", U64,        "kWh × 100", foreign.phase_energy(PHASE_IMPORTS[n], CENTI_KWH)) for n in PHASES),
    *(row(0x546C + 4 * n, f"Active energy export L{n + 1}", U64_OR_NOT, "kWh × 100", foreign.phase_energy(PHASE_EXPORTS[n], CENTI_KWH)) for n in PHASES),
)
MEASURED: Final = (
    *(row(0x5B00 + 2 * n, f"Voltage L{n + 1}",              U32,        "V × 10",    foreign.voltage(n, DECI))       for n in PHASES),
    *(row(0x5B0C + 2 * n, f"Current L{n + 1}",              U32,        "A × 100",   foreign.current(n, CENTI))      for n in PHASES),
    row(0x5B14,           "Active power",                   S32,        "W × 100",   foreign.net_power(CENTI)),
    *(row(0x5B16 + 2 * n, f"Active power L{n + 1}",         S32,        "W × 100",   foreign.phase_power(n, CENTI))  for n in PHASES),
    row(0x5B2C,           "Frequency, nominal",             U16,        "Hz × 100",  foreign.frequency(100)),
    row(0x5B3A,           "Power factor",                   S16_OR_NOT, "÷ 1000",    foreign.power_factor()),
    *(row(0x5B3B + n,     f"Power factor L{n + 1}",         S16_OR_NOT, "÷ 1000",    foreign.power_factor_of_phase(n)) for n in PHASES),
)
IDENTITY: Final = (
    row(0x8900,           "Serial number",                  S32,        "",          foreign.serial_number(9)),
    row(0x8908,           "Firmware version",               text(8),    "",          foreign.own_version()),
    row(0x8960,           "Type",                           U32,        "",          Source(_model)),
)
# fmt: on

BLOCKS: Final = (
    measured_block("ABB B23 totals", TOTALS, 0x5000, 0x5008),
    measured_block("ABB B23 totals of phases", PHASE_TOTALS, 0x5460, 0x5478),
    measured_block("ABB B23", MEASURED, 0x5B00, 0x5B3E),
    Block("ABB B23 identity", IDENTITY, 0x8900, 0x8962),
)
