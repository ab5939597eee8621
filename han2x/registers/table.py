"""What a row of a register map says, and what registers are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from han2x.model import Quantity
from han2x.registers import scaling_factor
from han2x.state import Snapshot

FIRST_NUMBER: Final = 40001


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the gateway knows of itself; `temperature_c` is None where nothing measures it."""

    firmware: int = 0
    temperature_c: float | None = None
    hours: int = 0


@dataclass(frozen=True, slots=True)
class Sources:
    """All that registers are made from. Scaling uses `factor`; the factor's own registers read `factor_shown`."""

    snapshot: Snapshot
    factor: int = scaling_factor.DEFAULT
    factor_shown: int = scaling_factor.DEFAULT
    device: DeviceFacts = DeviceFacts()


class Kind(Enum):
    """How a register is laid out and what happens past its end: powers saturate, counters roll over."""

    U32 = ("uint32", 2, "saturates")
    COUNTER32 = ("uint32", 2, "rolls over")
    U16 = ("uint16", 1, "saturates")

    def __init__(self, type_name: str, words: int, overflow: str) -> None:
        self.type_name = type_name
        self.words = words
        self.overflow = overflow
        self._top = (1 << 16 * words) - 1
        self._rolls_over = overflow == "rolls over"

    def fit(self, value: int) -> int:
        """The value as this kind can hold it."""
        if 0 <= value <= self._top:
            return value
        if self._rolls_over:
            return value & self._top
        return 0 if value < 0 else self._top


@dataclass(frozen=True, slots=True)
class Source:
    """What a register reads: of a measured value or an estimated energy the quantity, by which its age is known."""

    value: Callable[[Sources], int | None]
    quantity: Quantity | None = None
    estimated: bool = False

    def __call__(self, sources: Sources) -> int | None:
        """The value before it is fitted into the register; None when it is not known."""
        return self.value(sources)


@dataclass(frozen=True, slots=True)
class Register:
    """One row: the 4xxxx number, what it holds, in which unit, and whether the scaling factor applies."""

    number: int
    name: str
    kind: Kind
    unit: str
    source: Source
    scaled: bool = False
    writable: bool = False

    @property
    def address(self) -> int:
        """The PDU address, counted from 0."""
        return self.number - FIRST_NUMBER

    @property
    def last_number(self) -> int:
        """The 4xxxx number of its last word."""
        return self.number + self.kind.words - 1

    @property
    def numbers(self) -> str:
        """Its 4xxxx number, or from-to."""
        return str(self.number) if self.kind.words == 1 else f"{self.number}–{self.last_number}"

    @property
    def mask(self) -> int:
        """Its words as bits of a number in which bit n stands for the PDU address n."""
        return ((1 << self.kind.words) - 1) << self.address

    def is_stale(self, snapshot: Snapshot) -> bool:
        """Whether what it reads is too old to be current; what is not measured never is."""
        quantity = self.source.quantity
        if quantity is None:
            return False
        return snapshot.is_estimate_stale(quantity) if self.source.estimated else snapshot.is_stale(quantity)

    def age(self, snapshot: Snapshot) -> float | None:
        """Seconds since the telegram that brought what it reads; None where none has, or nothing is measured."""
        quantity = self.source.quantity
        if quantity is None:
            return None
        return snapshot.estimate_age(quantity) if self.source.estimated else snapshot.age(quantity)
