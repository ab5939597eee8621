"""What a register's number means in a unit that people use: "V × 10" counts tenths of a volt. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from han2x.registers.sunspec import SUNSSF
from han2x.registers.table import Block, Cell, Register

_TIMES: Final = re.compile(r"(\D*?) ?[×÷] (\d+)")
_SMALL: Final = {
    "mA": ("A", 3),
    "mV": ("V", 3),
    "mHz": ("Hz", 3),
    "ms": ("s", 3),
    "0.1 Wh": ("Wh", 1),
    "0.1 varh": ("varh", 1),
}
_OF_FLOATS: Final = 2
_FLOAT: Final = "f"


class Meant(NamedTuple):
    """The unit, "" for none, and after how many decimals the number's last digit stands; fewer than 0 for tens."""

    unit: str
    decimals: int


@lru_cache(maxsize=128)
def meant(unit: str) -> Meant | None:
    """What a number with this unit counts; None for what is no quantity, as an hour of the day."""
    if unit in _SMALL:
        return Meant(*_SMALL[unit])
    times = _TIMES.fullmatch(unit)
    if times is not None:
        return Meant(times[1], len(times[2]) - 1)
    return Meant(unit, 0) if unit and not unit[0].isdigit() else None


def meanings(block: Block, values: Sequence[Cell | None]) -> list[Meant | None]:
    """What the numbers of a block count, whose rows have these values: SunSpec says it in a row behind its points."""
    found: list[Meant | None] = []
    factor: Cell | None = 0
    for row, value in zip(reversed(block.rows), reversed(values), strict=True):
        if row.kind is SUNSSF:
            factor = value
        elif not row.unit or row.kind.code == _FLOAT:
            factor = 0
        found.append(_with_factor(row, factor))
    return found[::-1]


def _with_factor(row: Register, factor: Cell | None) -> Meant | None:
    known = meant(row.unit)
    if known is None or not isinstance(factor, int):
        return None
    return Meant(known.unit, known.decimals - factor)


def quantity(value: Cell | None, known: Meant | None) -> float | None:
    """The value in that unit; None for what is no quantity, or not known."""
    if known is None or value is None or isinstance(value, str):
        return None
    return value / 10**known.decimals if known.decimals > 0 else float(value * 10**-known.decimals)


def decimals(row: Register, known: Meant | None) -> int:
    """How many of its decimals are worth showing."""
    if row.kind.code == _FLOAT:
        return _OF_FLOATS
    return max(known.decimals, 0) if known is not None else 0
