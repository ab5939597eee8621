"""Register maps as tables in Markdown, for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from han2x.registers.table import FIRST_NUMBER, Block, Register

_HEAD: Final = (
    "| Register | PDU address | Value | Unit | Type | Scaled | Access |",
    "|---|---|---|---|---|---|---|",
)


def register_table(block: Block) -> str:
    """The rows of a block."""
    return "\n".join((*_HEAD, *_rows(block.rows)))


def _rows(registers: Iterable[Register]) -> Iterable[str]:
    for register in registers:
        last = register.last_number - FIRST_NUMBER
        cells = (
            register.numbers,
            str(register.address) if last == register.address else f"{register.address}–{last}",
            register.name,
            register.unit,
            register.kind.type_name,
            "yes" if register.scaled else "",
            "read, write" if register.writable else "read",
        )
        yield "| " + " | ".join(cells) + " |"
