"""What a row of a register map says, what registers are made from, and how a block of them becomes words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from struct import Struct
from typing import Final, TypeAlias

from han2x.measurements import Measurements
from han2x.model import Quantity
from han2x.registers import scaling_factor
from han2x.state import Snapshot

FIRST_NUMBER: Final = 40001
LARGEST_FLOAT: Final = (2 - 2**-23) * 2.0**127
"""Of 32 bits; what is larger saturates."""


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What the gateway knows of itself; `temperature_c` is None where nothing measures it.

    `unix_time` is the computer's clock in seconds; `keeps_nothing` means that state cannot be written.
    """

    firmware: int = 0
    temperature_c: float | None = None
    hours: int = 0
    unix_time: float = 0.0
    keeps_nothing: bool = False


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a meter's line besides what the meter says.

    `locked` means that encrypted telegrams come that no key opens.
    """

    is_open: bool = False
    locked: bool = False
    scale_doubted: bool = False
    clock_doubted: bool = False
    simulated: bool = False


@dataclass(frozen=True)
class Sources:
    """All that registers are made from. Scaling uses `factor`; the factor's own registers read `factor_shown`.

    Where what is stale has been left out of `snapshot`, `whole` is the same with it.
    """

    snapshot: Snapshot
    factor: int = scaling_factor.DEFAULT
    factor_shown: int = scaling_factor.DEFAULT
    device: DeviceFacts = DeviceFacts()
    line: LineFacts = LineFacts()
    whole: Snapshot | None = None

    @cached_property
    def measured(self) -> Measurements:
        """The same signed, by phase and scaled."""
        return Measurements(self.snapshot, self.factor)


Cell: TypeAlias = int | float | str
"""What a register holds, in its unit."""


def nearest(micro: int, step: int) -> int:
    """Millionths in steps of `step`, to the nearest, half of one away from 0."""
    steps = (abs(micro) + step // 2) // step
    return -steps if micro < 0 else steps


@dataclass(frozen=True, slots=True)
class Kind:
    """How a register is laid out and what happens past its end: numbers saturate, counters roll over.

    `words` are 16-bit words, the high one first unless `low_first`; `code` is what `struct` calls it. `absent` stands
    for a value that is not known, in maps that say so.
    """

    type_name: str
    words: int
    code: str
    lowest: int = 0
    highest: int = 0
    absent: float | bytes = 0
    zero: int | bytes = 0
    rolls_over: bool = False
    low_first: bool = False

    def encode(self, value: Cell | None, *, says_absent: bool = False) -> float | bytes:
        """The value as `struct` packs it: numbers to the nearest, texts as ASCII and cut off at the end.

        What is not known is 0, unless the map `says_absent`.
        """
        if value is None:
            return self.absent if says_absent else self.zero
        if isinstance(value, str):
            return value.encode("ascii", "replace")
        if not self.highest:
            return float(min(max(value, -LARGEST_FLOAT), LARGEST_FLOAT))
        number = self._within(round(value))
        if says_absent and number == self.highest == self.absent:
            number -= 1
        return (number & 0xFFFF) << 16 | number >> 16 & 0xFFFF if self.low_first else number

    def decode(self, octets: bytes) -> Cell:
        """The value in these octets, as a client understands it."""
        (value,) = Struct(f">{self.code}").unpack(octets)
        if isinstance(value, bytes):
            return value.rstrip(b"\0").decode("ascii", "replace")
        if self.low_first:
            value = (value & 0xFFFF) << 16 | value >> 16
            value -= (value & 0x8000_0000) << 1
        return float(value) if self.code == "f" else int(value)

    def _within(self, number: int) -> int:
        return number & self.highest if self.rolls_over else min(max(number, self.lowest), self.highest)


U16: Final = Kind("uint16", 1, "H", 0, 0xFFFF, 0xFFFF)
S16: Final = Kind("int16", 1, "h", -0x7FFF, 0x7FFF, -0x8000)
BITS16: Final = Kind("bits", 1, "H", 0, 0xFFFF)
U32: Final = Kind("uint32", 2, "I", 0, 0xFFFF_FFFF, 0xFFFF_FFFF)
S32: Final = Kind("int32", 2, "i", -0x7FFF_FFFF, 0x7FFF_FFFF, -0x8000_0000)
COUNTER32: Final = Kind("uint32", 2, "I", 0, 0xFFFF_FFFF, 0xFFFF_FFFF, rolls_over=True)
U64: Final = Kind("uint64", 4, "Q", 0, (1 << 64) - 1, (1 << 64) - 1)
S32_LOW_FIRST: Final = Kind("int32, low word first", 2, "I", -0x7FFF_FFFF, 0x7FFF_FFFF, 0x8000, low_first=True)
F32: Final = Kind("float32", 2, "f", absent=float("nan"))


def text(words: int) -> Kind:
    """ASCII in so many words, padded with NUL."""
    return Kind(f"text {2 * words}", words, f"{2 * words}s", absent=b"", zero=b"")


@dataclass(frozen=True, slots=True)
class Source:
    """What a register reads, and the measured quantities by whose age its own is known; those of estimates are apart.

    A register with neither holds something of the gateway itself, or of what the meter is, and is never stale.
    """

    value: Callable[[Sources], Cell | None]
    quantities: tuple[Quantity, ...] = ()
    energies: tuple[Quantity, ...] = ()

    def __call__(self, sources: Sources) -> Cell | None:
        """The value before it is fitted into the register; None when it is not known."""
        return self.value(sources)

    @property
    def measured(self) -> bool:
        """Whether it is something that the meter measures, and that can be too old."""
        return bool(self.quantities or self.energies)

    def is_stale(self, snapshot: Snapshot) -> bool:
        """Whether what it reads is too old to be current."""
        return any(map(snapshot.is_stale, self.quantities)) or any(map(snapshot.is_estimate_stale, self.energies))

    def is_awaited(self, snapshot: Snapshot) -> bool:
        """Whether any of it is still to come; of an energy that has an estimate nothing is."""
        return not snapshot.awaited.isdisjoint((*self.quantities, *set(self.energies).difference(snapshot.estimates)))

    def age(self, snapshot: Snapshot) -> float | None:
        """Seconds since the oldest of the telegrams that brought what it reads; None where none has."""
        ages = (*map(snapshot.age, self.quantities), *map(snapshot.estimate_age, self.energies))
        return max((age for age in ages if age is not None), default=None)


def constant(value: Cell) -> Source:
    """The same always."""
    return Source(lambda _sources: value)


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
    def measured(self) -> bool:
        """Whether it holds something that the meter measures, and that can be too old."""
        return self.source.measured

    def is_stale(self, snapshot: Snapshot) -> bool:
        """Whether what it reads is too old to be current; what is not measured never is."""
        return self.source.is_stale(snapshot)

    def age(self, snapshot: Snapshot) -> float | None:
        """Seconds since the telegram that brought what it reads; None where none has, or nothing is measured."""
        return self.source.age(snapshot)


@dataclass(frozen=True, eq=False)
class Block:
    """Registers that follow one another from PDU address `first` to before `end`; what lies between rows reads 0.

    A value that is not known reads 0, or with `says_absent` what its kind has for that. `suffices` says whether enough
    is known: for maps whose clients take what is absent for 0, and steer by that. As long as it is not, all that is
    measured is refused, and what is stale is refused unless it is to be held.

    Raises:
        ValueError: the rows are not in order, overlap, or lie outside.
    """

    name: str
    rows: Sequence[Register]
    first: int
    end: int
    says_absent: bool = False
    suffices: Callable[[Sources], bool] | None = None
    _layout: Struct = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes, address = [">"], self.first
        for row in self.rows:
            if row.address < address or row.address + row.kind.words > self.end:
                raise ValueError(f"{self.name}: register {row.number} ({row.name}) is not in its place")
            codes += [f"{2 * (row.address - address)}x", row.kind.code]
            address = row.address + row.kind.words
        codes.append(f"{2 * (self.end - address)}x")
        object.__setattr__(self, "_layout", Struct("".join(codes)))

    def render(self, sources: Sources) -> bytes:
        """The whole block as a client reads it, in big-endian 16-bit words."""
        says_absent = self.says_absent
        return self._layout.pack(*(row.kind.encode(row.source(sources), says_absent=says_absent) for row in self.rows))

    def refused(self, sources: Sources, *, stale: bool) -> int:
        """The words that clients are refused, as bits like those of `stale`; that says whether what is stale is."""
        if self.suffices is not None and not self.suffices(sources):
            return self._bits(row for row in self.rows if row.measured)
        return self.stale(sources.whole or sources.snapshot) if stale else 0

    def stale(self, snapshot: Snapshot) -> int:
        """What is too old to be current, as a number in which bit n stands for the word n of the block."""
        if not (snapshot.stale or snapshot.stale_values or snapshot.stale_estimates or snapshot.awaited):
            return 0
        return self._bits(row for row in self.rows if row.is_stale(snapshot))

    def awaited(self, snapshot: Snapshot) -> int:
        """What this meter sends and has not sent yet in this run, in the same way."""
        return self._bits(row for row in self.rows if row.source.is_awaited(snapshot)) if snapshot.awaited else 0

    def _bits(self, rows: Iterable[Register]) -> int:
        mask = 0
        for row in rows:
            mask |= ((1 << row.kind.words) - 1) << row.address - self.first
        return mask
