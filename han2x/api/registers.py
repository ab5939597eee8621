"""Registers as Modbus clients read them: which unit id serves which, where, and what each says now."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from han2x.api.base import Answer, Request, Seconds, UnitId

Word: TypeAlias = Annotated[int, Meta(ge=0, le=0xFFFF)]


class RegistersQuery(Request, frozen=True):
    """Which unit id; where it is served ("" for where Modbus is, else the place of a map, as `ServedUnit.on` has it);
    and which block alone, "" for all.
    """

    unit: UnitId = 1
    on: Annotated[str, Meta(max_length=100)] = ""
    block: Annotated[str, Meta(max_length=100)] = ""


class RegisterRow(Answer, frozen=True, kw_only=True):
    """One register: numbers as 4xxxx, the address counted from 0, words as they are sent.

    `known` is false where the meter never sent the value; `value` is null where the layout has words that say so.
    `age_s` counts since the telegram that brought it, null where none did or nothing is measured; a `stale` one is
    answered as `when_stale` says.
    """

    number: int
    last: int
    address: int
    name: str
    unit: str
    words: list[Word]
    value: int | float | str | None
    known: bool
    measured: bool
    scaled: bool
    writable: bool
    age_s: Seconds | None
    stale: bool


class ServedRegister(RegisterRow, frozen=True, kw_only=True):
    """The same as a client reads it now.

    `quantity` is the value in `quantity_unit`, of which so many `decimals` are sent: 231.0 V where the words say 2310;
    null for what is no quantity, or not known. `state` says how it stands with the meter: "current", "stale",
    "awaited" (it sends the value, and has not since the gateway started) or "unknown" (it has not sent it). Where it is
    `refused`, a read is answered with exception code 0x0B and not with `words`.
    """

    quantity: float | None
    quantity_unit: str
    decimals: int
    state: Literal["current", "stale", "awaited", "unknown"]
    refused: bool


class RegisterBlock(Answer, frozen=True, kw_only=True):
    """Registers that follow one another, by the name of their layout; between rows, up to before `end`, they read 0.

    `first` and `end` are PDU addresses, counted from 0. Of the rows in `refused` (4xxxx numbers) a read is answered
    with exception code 0x0B now.
    """

    name: str
    first: int
    end: int
    rows: list[ServedRegister]
    refused: list[int]


class ServedBlock(Answer, frozen=True, kw_only=True):
    """A block's name, and its PDU addresses up to before `end`; whether it is the gateway's `own`."""

    name: str
    first: int
    end: int
    own: bool


class ServedUnit(Answer, frozen=True, kw_only=True):
    """What a unit id serves of the meter that has the unit id `meter`.

    `on` is the place of its own where it is served, "" for where Modbus is. `maps` are the meters of other makers that
    it shows as.
    """

    unit: UnitId
    on: str
    meter: UnitId
    maps: list[str]
    blocks: list[ServedBlock]
