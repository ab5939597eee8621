"""The registers of a Kostal Smart Energy Meter (TQ EM410, EM420), as their clients look for them.

High word first. Import and export of power stand in registers of their own, of which one is 0. The real one has SunSpec
beside these, and so has this where the gateway serves it. The frequency is the nominal one; what the meter does not
send reads 0.
"""

from __future__ import annotations

from typing import Final

from han2x.model import Quantity
from han2x.registers import foreign
from han2x.registers.foreign import PHASES, measured_block, row
from han2x.registers.table import S32, U32, U64, Register, Source, Sources

DECI: Final = 100_000
MILLI: Final = 1000


def _one_way(signed: Source, sign: int) -> Source:
    """What of a signed value goes this way, else 0."""

    def value(sources: Sources) -> int | None:
        known = signed(sources)
        return None if known is None else max(sign * int(known), 0)

    return Source(value, signed.quantities)


def _both_ways(address: int, name: str, signed: Source) -> tuple[Register, Register]:
    return (
        row(address, f"{name} import", U32, "W × 10", _one_way(signed, 1)),
        row(address + 2, f"{name} export", U32, "W × 10", _one_way(signed, -1)),
    )


def _phase(phase: int) -> tuple[Register, ...]:
    first, name = 40 * (phase + 1), f"L{phase + 1}"
    return (
        *_both_ways(first, f"Active power {name}", foreign.phase_power(phase, DECI)),
        row(first + 20, f"Current {name}", U32, "mA", foreign.current(phase, MILLI)),
        row(first + 22, f"Voltage {name}", U32, "mV", foreign.voltage(phase, MILLI)),
        row(first + 24, f"Power factor {name}", S32, "÷ 1000", foreign.power_factor_of_phase(phase)),
    )


MEASURED: Final = (
    *_both_ways(0, "Active power", foreign.net_power(DECI)),
    row(26, "Frequency, nominal", U32, "mHz", foreign.frequency(1000)),
    *(register for phase in PHASES for register in _phase(phase)),
)
TOTALS: Final = (
    row(512, "Active energy import", U64, "Wh × 10", foreign.energy(Quantity.ACTIVE_ENERGY_IMPORT, DECI)),
    row(516, "Active energy export", U64, "Wh × 10", foreign.energy(Quantity.ACTIVE_ENERGY_EXPORT, DECI)),
)

BLOCKS: Final = (
    measured_block("KSEM", MEASURED, 0, 146),
    measured_block("KSEM totals", TOTALS, 512, 520),
)
