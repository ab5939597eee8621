"""From a row of `han2x.history` to one of a table, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from han2x.history import By, Energy, Hour, Minute, Quarter, Record, VoltageHour
from han2x.history_file.columns import (
    EARLIEST,
    ENERGIES,
    HOURS,
    LATEST,
    MINUTES,
    PHASES,
    QUARTERS,
    SPANS,
    VOLTAGES,
    Table,
)

Row: TypeAlias = tuple[int | None, ...]
"""The values of a table's columns, `begin` first."""

_NO_SPAN: Final = (None, None, None)
_NO_VOLTAGES: Final = (None, None, None, None, None)


def row_of(record: Record) -> tuple[Table, Row] | None:
    """The row of a table; None for what no file can hold: its moment or its factor is none.

    A value that is beyond what can be measured counts as unknown: a faulty line must not keep the rest from the disk.
    """
    table, values = _values(record)
    if not EARLIEST <= record.begin < LATEST:
        return None
    bounded = tuple(
        value if value is not None and column.lowest <= value <= column.highest else None
        for column, value in zip(table.columns, values, strict=True)
    )
    if any(value is None and not column.unknown for column, value in zip(table.columns, bounded, strict=True)):
        return None
    return table, (int(record.begin), *bounded)


def hour_of(row: Sequence[int | None]) -> Hour:
    """The hour that a row of `HOURS` is made of."""
    begin, factor, e_in, e_in_by, e_out, e_out_by, t_in, t_out = row
    pairs = zip(ENERGIES.values(), ((e_in, e_in_by), (e_out, e_out_by)), strict=True)
    energies = {
        quantity: Energy(milli, By(by)) for quantity, (milli, by) in pairs if milli is not None and by is not None
    }
    totals = {
        quantity: total for quantity, total in zip(ENERGIES.values(), (t_in, t_out), strict=True) if total is not None
    }
    return Hour(begin or 0, factor or 0, energies, totals)


def _values(record: Record) -> tuple[Table, Iterable[int | None]]:
    if isinstance(record, Minute):
        spans = (record.values.get(quantity, _NO_SPAN) for quantity in SPANS.values())
        return MINUTES, [record.factor, *(value for span in spans for value in span)]
    if isinstance(record, VoltageHour):
        phases = (record.phases.get(phase, _NO_VOLTAGES) for phase in PHASES)
        return VOLTAGES, [value for phase in phases for value in phase]
    if isinstance(record, Quarter):
        return QUARTERS, [record.factor, *_energies(record)]
    totals = (record.totals.get(quantity) for quantity in ENERGIES.values())
    return HOURS, [record.factor, *_energies(record), *totals]


def _energies(record: Quarter | Hour) -> Iterable[int | None]:
    for quantity in ENERGIES.values():
        energy = record.energies.get(quantity)
        yield from (None, None) if energy is None else (energy.milli, int(energy.by))
