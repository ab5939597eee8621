"""What is told of each step: the columns of an answer or of a file, each made from those of a table. Pure.

Values are scaled with the factor of their time, to W, var, A, V and Wh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from han2x.history_file.columns import HOURS, MINUTES, QUARTERS, Table

MILLIONTHS: Final = "1e6"
"""Thousandths of a unit times a factor in thousandths."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is told: the table that it is of, how long a step is in seconds (0 for days and longer ones of the place),
    and the columns after `begin`: their names and how SQL has them.
    """

    table: Table
    step_s: int
    columns: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        """All columns."""
        return ["begin", *(name for name, _ in self.columns)]


def _scaled(value: str, digits: int) -> str:
    return f"round({value} * factor / {MILLIONTHS}, {digits})"


def _net(imported: str, exported: str) -> str:
    known = "coalesce(p_in, p_out) IS NOT NULL"
    return f"CASE WHEN {known} THEN {_scaled(f'(ifnull({imported}, 0) - ifnull({exported}, 0))', 1)} END"


def _minute() -> Iterator[tuple[str, str]]:
    yield "import_w", _scaled("p_in", 1)
    yield "export_w", _scaled("p_out", 1)
    yield "net_w", _net("p_in", "p_out")
    yield "net_w_lowest", _net("p_in_low", "p_out_high")
    yield "net_w_highest", _net("p_in_high", "p_out_low")
    yield "reactive_import_var", _scaled("q_in", 1)
    yield "reactive_export_var", _scaled("q_out", 1)
    for phase in (1, 2, 3):
        for told, kept in (("", ""), ("_lowest", "_low"), ("_highest", "_high")):
            yield f"current_l{phase}_a{told}", _scaled(f"i{phase}{kept}", 2)
    for phase in (1, 2, 3):
        for told, kept in (("", ""), ("_lowest", "_low"), ("_highest", "_high")):
            yield f"voltage_l{phase}_v{told}", f"round(u{phase}{kept} / 1e3, 1)"


def _by(column: str) -> str:
    return f"CASE {column} WHEN 1 THEN 'meter' WHEN 2 THEN 'estimated' WHEN 3 THEN 'spread' END"


_POWER: Final = tuple(_minute())[:2]
_ENERGY: Final = (
    ("import_wh", _scaled("e_in", 3)),
    ("export_wh", _scaled("e_out", 3)),
    ("import_by", _by("e_in_by")),
    ("export_by", _by("e_out_by")),
)
_TOTALS: Final = (("import_total_wh", _scaled("t_in", 3)), ("export_total_wh", _scaled("t_out", 3)))
_SUMS: Final = (
    ("import_wh", f"round(sum(1.0 * e_in * factor) / {MILLIONTHS}, 3)"),
    ("export_wh", f"round(sum(1.0 * e_out * factor) / {MILLIONTHS}, 3)"),
    ("hours", "hours"),
    ("hours_known", "count(e_in)"),
    ("hours_by_meter", "ifnull(sum(e_in_by = 1), 0)"),
    ("highest_wh", f"round(max(CASE WHEN e_in_by <> 3 THEN 1.0 * e_in * factor END) / {MILLIONTHS}, 3)"),
    ("highest_begin", "rows.begin"),  # of the row with the highest one
)  # fmt: skip

POWER: Final = Shape(MINUTES, 60, _POWER)
SHAPES: Final = {
    "minute": Shape(MINUTES, 60, tuple(_minute())),
    "quarter": Shape(QUARTERS, 900, _ENERGY),
    "hour": Shape(HOURS, 3600, _ENERGY + _TOTALS),
    "day": Shape(HOURS, 0, _SUMS),
    "month": Shape(HOURS, 0, _SUMS),
    "year": Shape(HOURS, 0, _SUMS),
}
