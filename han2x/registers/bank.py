"""One meter's registers as Modbus clients reach them: what reads answer, and what writes do.

Pure: time is an argument, and what must be kept or logged after a write is told through `on_factor`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Final

from han2x.registers import sunspec
from han2x.registers.extended import EXTENDED
from han2x.registers.han2x_map import HAN2X, REGISTERS, unknown_energies
from han2x.registers.scaling_factor import ScalingFactor
from han2x.registers.table import Block, DeviceFacts, LineFacts, Sources
from han2x.state import MeterState


class ExceptionCode(IntEnum):
    """Modbus exception codes (MODBUS Application Protocol V1.1b3, chapter 7) that registers answer with."""

    ILLEGAL_DATA_ADDRESS = 2
    ILLEGAL_DATA_VALUE = 3
    GATEWAY_TARGET_FAILED_TO_RESPOND = 0x0B


class WhenStale(StrEnum):
    """What a read answers that touches values which are not current: exception 0x0B, the last ones, or 0 for them.

    Where a block says what is absent, "zero" is that; where clients take that for 0, it is the exception.
    Where there are no last ones yet of what the meter sends, nothing is held: these are refused too, unless the block says
    what is absent.
    """

    EXCEPTION = "exception"
    HOLD = "hold"
    ZERO = "zero"


class WhenUnknown(StrEnum):
    """What a read answers that touches energies of which the meter has not sent any total yet: 0, or exception 0x0B."""

    ZERO = "zero"
    EXCEPTION = "exception"


class Beyond(StrEnum):
    """What a read answers that begins at a register and goes on where there is none: exception 02, or 0 from there."""

    EXCEPTION = "exception"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is answered where there is nothing to answer."""

    when_stale: WhenStale = WhenStale.EXCEPTION
    when_unknown: WhenUnknown = WhenUnknown.ZERO
    beyond: Beyond = Beyond.EXCEPTION


FACTOR_ADDRESSES: Final = tuple(register.address for register in REGISTERS if register.writable)

DEFAULT_RULES: Final = Rules()
ADDRESSES: Final = 65_536
REFRESH_S: Final = 0.2
"""How old an image may be when nothing has come from the meter: estimates go on and the hours count meanwhile."""


class Face:
    """The registers that one unit id shows of a meter: blocks that do not overlap, all of one moment."""

    def __init__(self, bank: RegisterBank, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)
        self._bank = bank
        self._sources: Sources | None = None  # of which the images are
        self._images: dict[Block, tuple[bytes, int]] = {}

    def read(self, address: int, count: int, now: float) -> bytes | ExceptionCode:
        """`count` big-endian words from PDU address `address` on, or the exception code to answer with."""
        last = address + count
        for block in self.blocks:
            if block.first <= address < last <= block.end:
                image, refused = self._image(block, now)
                address -= block.first
                if refused >> address & (1 << count) - 1:
                    return ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
                return image[2 * address : 2 * (address + count)]
        return self._read_beyond(address, last, now)

    def _read_beyond(self, address: int, last: int, now: float) -> bytes | ExceptionCode:
        """A read that goes on beyond a block, to before `last`."""
        begins = any(block.first <= address < block.end for block in self.blocks)
        if self._bank.rules.beyond is Beyond.EXCEPTION or not begins or not address < last <= ADDRESSES:
            return ExceptionCode.ILLEGAL_DATA_ADDRESS
        words = bytearray(2 * (last - address))
        for block in self.blocks:
            first, end = max(address, block.first), min(last, block.end)
            if first < end:
                part = self.read(first, end - first, now)
                if isinstance(part, ExceptionCode):
                    return part
                words[2 * (first - address) : 2 * (end - address)] = part
        return bytes(words)

    def refuses(self, address: int, now: float) -> bool:
        """Whether a read of this register would be refused because its value is not current."""
        return self.read(address, 1, now) == ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND

    def image(self, block: Block, now: float) -> bytes:
        """A whole block at the moment `now`, whether or not a client may read it."""
        return self._image(block, now)[0]

    def _image(self, block: Block, now: float) -> tuple[bytes, int]:
        """A block, and as bits its words that clients are refused."""
        sources = self._bank.current(now)
        if sources is not self._sources:
            self._sources = sources
            self._images.clear()
        image = self._images.get(block)
        if image is None:
            image = self._images[block] = block.render(sources), self._refused(block, sources)
        return image

    def _refused(self, block: Block, sources: Sources) -> int:
        rules = self._bank.rules
        no_zero = rules.when_stale is WhenStale.ZERO and block.suffices is not None
        refused = block.refused(sources, stale=rules.when_stale is WhenStale.EXCEPTION or no_zero)
        if rules.when_stale is WhenStale.HOLD and not block.says_absent:
            refused |= block.awaited(sources.snapshot)
        if block is HAN2X and rules.when_unknown is WhenUnknown.EXCEPTION:
            refused |= unknown_energies(sources.snapshot)
        return refused


class RegisterBank:
    """The holding registers of one meter.

    Every read is cut from images of one moment, so that it never mixes two telegrams, and judged by what was stale at
    that moment. They are made when a telegram comes or a value becomes stale, not for each read. `facts(now)` tells
    what the gateway knows of itself, `line(now)` what it knows of the meter's line; `on_factor(before, after)` is
    called with each scaling factor that comes into force through a write.
    """

    def __init__(
        self,
        state: MeterState,
        factor: ScalingFactor | None = None,
        *,
        rules: Rules = DEFAULT_RULES,
        facts: Callable[[float], DeviceFacts] = lambda _now: DeviceFacts(),
        line: Callable[[float], LineFacts] = lambda _now: LineFacts(),
        on_factor: Callable[[int, int], None] = lambda _before, _after: None,
    ) -> None:
        self.state = state
        self.factor = factor or ScalingFactor()
        self.rules = rules
        self.own = Face(self, (HAN2X, EXTENDED, *sunspec.blocks(sunspec.decades(self.factor.active))))
        self._facts = facts
        self._line = line
        self._on_factor = on_factor
        self._current: Sources | None = None
        self._of_revision = -1  # that of the state which they show
        self._from = self._until = 0.0

    def read(self, address: int, count: int, now: float) -> bytes | ExceptionCode:
        """`count` big-endian words from PDU address `address` on, or the exception code to answer with."""
        return self.own.read(address, count, now)

    def refuses(self, address: int, now: float) -> bool:
        """Whether a read of this register would be refused because its value is not current."""
        return self.own.refuses(address, now)

    def image(self, now: float) -> bytes:
        """The HAN2X registers at the moment `now`, whether or not a client may read them."""
        return self.own.image(HAN2X, now)

    def write(self, address: int, words: Sequence[int], now: float) -> ExceptionCode | None:
        """Write words from PDU address `address` on; the exception code to answer with, or None when it is done."""
        start = next((start for start in FACTOR_ADDRESSES if start <= address < start + 2), None)
        if start is None or not words or address + len(words) > start + 2:
            return ExceptionCode.ILLEGAL_DATA_ADDRESS
        before = self.factor.active
        allowed = self.factor.write(address - start, words, now)
        self._after_factor(before)
        return None if allowed else ExceptionCode.ILLEGAL_DATA_VALUE

    def change(self, rules: Rules, *, factor: int | None = None) -> None:
        """Take other settings. A factor that a client has written half is discarded when settings change it."""
        self.rules = rules
        if factor is not None and factor != self.factor.active:
            self.factor = ScalingFactor(factor)
        self._current = None

    def settle(self, now: float) -> None:
        """Let a half-written factor come into force when its time is up; to be called now and then."""
        before = self.factor.active
        if self.factor.settle(now):
            self._after_factor(before)

    def sources(self, now: float) -> Sources:
        """What registers are made from at the moment `now`, stale values among it."""
        factor = self.factor
        return Sources(self.state.snapshot(now), factor.active, factor.shown, self._facts(now), self._line(now))

    def current(self, now: float) -> Sources:
        """What clients are shown at the moment `now`; the same serve for `REFRESH_S`."""
        current = self._current
        if current is None or self._of_revision != self.state.revision or not self._from <= now < self._until:
            self.settle(now)
            current = self.sources(now)
            self._from, self._until = now, min(now + REFRESH_S, current.snapshot.until)
            if self.rules.when_stale is WhenStale.ZERO:
                current = replace(current, snapshot=current.snapshot.current(), whole=current.snapshot)
            self._current, self._of_revision = current, self.state.revision
        return current

    def _after_factor(self, before: int) -> None:
        self._current = None
        if self.factor.active != before:
            self._on_factor(before, self.factor.active)
