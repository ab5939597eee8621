"""What the unit ids serve, and their registers as a Modbus client reads them now, as the contract has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from han2x.api.registers import RegisterBlock, RegisterRow, ServedBlock, ServedRegister, ServedUnit
from han2x.app.meter_answers import block_rows
from han2x.app.units import Unit
from han2x.gateway.meter import Meter
from han2x.registers import Block, Register, Sources
from han2x.registers.bank import Face
from han2x.registers.units import decimals, meanings, quantity
from han2x.state import Snapshot

State = Literal["current", "stale", "awaited", "unknown"]


def served_units(units: Iterable[tuple[str, int, Unit]]) -> list[ServedUnit]:
    """Each place of its own ("" for where Modbus is served), unit id, and what is served there."""
    return [
        ServedUnit(
            unit=number,
            on=on,
            meter=unit.meter.config.unit,
            maps=[each.title for each in unit.maps],
            blocks=[
                ServedBlock(name=each.name, first=each.first, end=each.end, own=each in unit.meter.bank.own.blocks)
                for each in unit.face.blocks
            ],
        )
        for on, number, unit in units
    ]


def register_blocks(meter: Meter, face: Face | None = None, name: str = "") -> list[RegisterBlock]:
    """The registers that a unit id shows, its own without `face`, as clients read them now; one block by its `name`."""
    face = face or meter.bank.own
    now, shown = meter.clock(), meter.shown()
    return [_block(face, block, shown, now) for block in face.blocks if name in ("", block.name)]


def _block(face: Face, block: Block, shown: Sources, now: float) -> RegisterBlock:
    rows = _served_rows(face, block, shown, now)
    return RegisterBlock(
        name=block.name,
        first=block.first,
        end=block.end,
        rows=rows,
        refused=[row.number for row in rows if row.refused],
    )


def _served_rows(face: Face, block: Block, shown: Sources, now: float) -> list[ServedRegister]:
    rows = block_rows(block, shown)
    known = meanings(block, [row.value for row in rows])
    whole = shown.whole or shown.snapshot
    return [
        ServedRegister(
            **msgspec.structs.asdict(row),
            quantity=quantity(row.value, meant) if row.known else None,
            quantity_unit=meant.unit if meant is not None else "",
            decimals=decimals(register, meant),
            state=_state(register, row, whole),
            refused=face.refuses(register.address, now),
        )
        for register, row, meant in zip(block.rows, rows, known, strict=True)
    ]


def _state(register: Register, row: RegisterRow, whole: Snapshot) -> State:
    """How it stands with the meter; `whole` has what is too old to be shown too."""
    if row.known:
        return "stale" if row.stale else "current"
    if register.source.is_awaited(whole):
        return "awaited"
    has_come = any(map(whole.values.__contains__, register.source.quantities)) or any(
        map(whole.estimates.__contains__, register.source.energies)
    )
    return "stale" if has_come and register.is_stale(whole) else "unknown"
