"""The tables of the file: their columns, and what each may hold.

Rows have the meter's series and the moment when they begin, in seconds since 1970-01-01 UTC, and are kept in that
order. Everything measured is an integer in thousandths of its unit, unscaled; what is not known is NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from han2x.model import Quantity

DAY_S: Final = 86400
EARLIEST: Final = 1_262_304_000
"""2010-01-01: no meter with a HAN port is older, and a clock that says so was never set."""
LATEST: Final = 4_102_444_800

_FACTOR: Final = (1, 10_000_000)
_POWER: Final = (-(10**12), 10**12)
_CURRENT: Final = (-(10**9), 10**9)
_VOLTAGE: Final = (0, 10**9)
_ENERGY: Final = (-(10**13), 10**13)
_TOTAL: Final = (0, 10**16)
_COUNT: Final = (0, 60)
_BY: Final = (1, 3)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and from where to where its values may reach; None is allowed where it is `unknown`."""

    name: str
    lowest: int
    highest: int
    unknown: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One kind of rows: how far apart they begin, how long they are kept (None for ever), and by which letter a backup
    knows them. `begin` and `factor` are columns of all but that the voltages have no factor.
    """

    name: str
    letter: str
    step_s: int
    kept_s: int | None
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns after the series, in their order."""
        return ("begin", *(column.name for column in self.columns))


def _spans(*names: str, within: tuple[int, int]) -> tuple[Column, ...]:
    return tuple(Column(f"{name}{which}", *within) for name in names for which in ("", "_low", "_high"))


SPANS: Final = {
    "p_in": Quantity.ACTIVE_POWER_IMPORT,
    "p_out": Quantity.ACTIVE_POWER_EXPORT,
    "q_in": Quantity.REACTIVE_POWER_IMPORT,
    "q_out": Quantity.REACTIVE_POWER_EXPORT,
    "i1": Quantity.CURRENT_L1,
    "i2": Quantity.CURRENT_L2,
    "i3": Quantity.CURRENT_L3,
    "u1": Quantity.VOLTAGE_L1,
    "u2": Quantity.VOLTAGE_L2,
    "u3": Quantity.VOLTAGE_L3,
}
"""What a minute has a mean, a lowest and a highest value of."""
ENERGIES: Final = {"e_in": Quantity.ACTIVE_ENERGY_IMPORT, "e_out": Quantity.ACTIVE_ENERGY_EXPORT}
PHASES: Final = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)

_FACTORS: Final = (Column("factor", *_FACTOR, unknown=False),)
_KNOWN_ENERGIES: Final = (
    Column("e_in", *_ENERGY),
    Column("e_in_by", *_BY),
    Column("e_out", *_ENERGY),
    Column("e_out_by", *_BY),
)

MINUTES: Final = Table(
    "minutes", "m", 60, 35 * DAY_S,
    _FACTORS
    + _spans("p_in", "p_out", "q_in", "q_out", within=_POWER)
    + _spans("i1", "i2", "i3", within=_CURRENT)
    + _spans("u1", "u2", "u3", within=_VOLTAGE),
)  # fmt: skip
QUARTERS: Final = Table("quarters", "q", 900, 3 * 366 * DAY_S, _FACTORS + _KNOWN_ENERGIES)
HOURS: Final = Table(
    "hours", "h", 3600, None, _FACTORS + _KNOWN_ENERGIES + (Column("t_in", *_TOTAL), Column("t_out", *_TOTAL))
)
VOLTAGES: Final = Table(
    "voltages", "v", 3600, 3 * 366 * DAY_S,
    tuple(
        Column(f"u{phase}{which}", *within)
        for phase in (1, 2, 3)
        for which, within in (
            ("_low", _VOLTAGE), ("_high", _VOLTAGE), ("_minutes", _COUNT), ("_below", _COUNT), ("_above", _COUNT)
        )
    ),
)  # fmt: skip
TABLES: Final = (HOURS, QUARTERS, VOLTAGES, MINUTES)
"""The most valuable ones first."""

LONGEST_NAME: Final = 200


def creating() -> str:
    """The statements that make an empty file's tables."""
    series = (
        "CREATE TABLE series (id INTEGER PRIMARY KEY, unit INTEGER UNIQUE, name TEXT NOT NULL, meter_id TEXT,"
        " since INTEGER);\n"
    )
    return series + "".join(_creating(table) for table in TABLES)


def _creating(table: Table) -> str:
    columns = ", ".join(f"{column.name} INTEGER{'' if column.unknown else ' NOT NULL'}" for column in table.columns)
    return (
        f"CREATE TABLE {table.name} (series INTEGER NOT NULL, begin INTEGER NOT NULL, {columns},"
        " PRIMARY KEY (series, begin)) WITHOUT ROWID;\n"
    )
