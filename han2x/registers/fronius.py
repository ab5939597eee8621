"""A Fronius Smart Meter IP, which Fronius inverters take as the meter at the grid: SunSpec with another maker's name.

Model 1 has 65 registers, without the one that fills it up, and model 213 follows it at 40069. Inverters look on port 502
and tell meters apart by their serial numbers. It states what the gateway is not, so it is for the owner to switch on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from han2x.registers import sunspec
from han2x.registers.table import Block

UNIT: Final = 1
"""The unit id at which an inverter looks for the first meter; it lets its owner choose others."""


def blocks(serial: str = "", unit: int = UNIT) -> Sequence[Block]:
    """What a meter shows as; `serial` is its serial number as long as the meter has not told its own.

    `unit` is the unit id that it says it has.
    """
    identity = sunspec.common("Fronius", "Smart Meter IP", serial, unit=unit, padded=False)
    return (sunspec.chain("Fronius Smart Meter IP", identity, sunspec.float_meter()),)
