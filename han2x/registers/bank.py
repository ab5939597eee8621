"""One meter's registers as a Modbus client reaches them: what reads answer, and what writes do.

Pure: time is an argument, and what must be kept or logged after a write is told through `on_factor`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum
from typing import Final

from han2x import registers
from han2x.registers import DeviceFacts, Sources
from han2x.registers.scaling_factor import ScalingFactor
from han2x.state import MeterState, Snapshot


class ExceptionCode(IntEnum):
    """Modbus exception codes (MODBUS Application Protocol V1.1b3, chapter 7) that registers answer with."""

    ILLEGAL_DATA_ADDRESS = 2
    ILLEGAL_DATA_VALUE = 3
    GATEWAY_TARGET_FAILED_TO_RESPOND = 0x0B


class WhenStale(StrEnum):
    """What a read answers that touches values which are not current: exception 0x0B, the last ones, or 0 for them.

    Where there are no last ones yet of what the meter sends, nothing is held: these are refused too.
    """

    EXCEPTION = "exception"
    HOLD = "hold"
    ZERO = "zero"


FACTOR_ADDRESSES: Final = tuple(register.address for register in registers.REGISTERS if register.writable)

REFRESH_S: Final = 0.2
"""How old an image may be when nothing has come from the meter: estimates go on and the hours count meanwhile."""


class RegisterBank:
    """The holding registers of one unit.

    Every read is cut from one image, so that it never mixes two telegrams, and judged by what was stale in that image.
    Both are made when a telegram comes or a value becomes stale, not for each read. `facts(now)` tells what the
    gateway knows of itself; `on_factor(before, after)` is called with each scaling factor that comes into force
    through a write.
    """

    def __init__(
        self,
        state: MeterState,
        factor: ScalingFactor | None = None,
        *,
        when_stale: WhenStale = WhenStale.EXCEPTION,
        facts: Callable[[float], DeviceFacts] = lambda _now: DeviceFacts(),
        on_factor: Callable[[int, int], None] = lambda _before, _after: None,
    ) -> None:
        self.state = state
        self.factor = factor or ScalingFactor()
        self.when_stale = when_stale
        self._facts = facts
        self._on_factor = on_factor
        self._image = b""
        self._refused = 0  # bit n: reads that touch the PDU address n are answered with exception 0x0B
        self._image_of = -1  # revision of the state that the image shows
        self._image_from = self._image_until = 0.0

    def read(self, address: int, count: int, now: float) -> bytes | ExceptionCode:
        """`count` big-endian words from PDU address `address` on, or the exception code to answer with."""
        if address < 0 or count < 1 or address + count > registers.COUNT:
            return ExceptionCode.ILLEGAL_DATA_ADDRESS
        image = self.image(now)
        if self._refused >> address & (1 << count) - 1:
            return ExceptionCode.GATEWAY_TARGET_FAILED_TO_RESPOND
        return image[2 * address : 2 * (address + count)]

    def refuses(self, address: int, now: float) -> bool:
        """Whether a read of this register would be refused because its value is not current."""
        self.image(now)
        return bool(self._refused >> address & 1)

    def write(self, address: int, words: Sequence[int], now: float) -> ExceptionCode | None:
        """Write words from PDU address `address` on; the exception code to answer with, or None when it is done."""
        start = next((start for start in FACTOR_ADDRESSES if start <= address < start + 2), None)
        if start is None or not words or address + len(words) > start + 2:
            return ExceptionCode.ILLEGAL_DATA_ADDRESS
        before = self.factor.active
        allowed = self.factor.write(address - start, words, now)
        self._after_factor(before)
        return None if allowed else ExceptionCode.ILLEGAL_DATA_VALUE

    def change(self, *, when_stale: WhenStale, factor: int | None = None) -> None:
        """Take other settings. A factor that a client has written half is discarded when settings change it."""
        self.when_stale = when_stale
        if factor is not None and factor != self.factor.active:
            self.factor = ScalingFactor(factor)
        self._image_of = -1

    def settle(self, now: float) -> None:
        """Let a half-written factor come into force when its time is up; to be called now and then."""
        before = self.factor.active
        if self.factor.settle(now):
            self._after_factor(before)

    def image(self, now: float) -> bytes:
        """All registers at the moment `now`, whether or not a client may read them; an image serves for `REFRESH_S`."""
        if self._image_of != self.state.revision or not self._image_from <= now < self._image_until:
            self.settle(now)
            self._render(now)
        return self._image

    def _render(self, now: float) -> None:
        snapshot = self.state.snapshot(now)
        self._refused = self._refused_of(snapshot)
        self._image_from, self._image_until = now, min(now + REFRESH_S, snapshot.until)
        if self.when_stale is WhenStale.ZERO:
            snapshot = snapshot.current()
        self._image = registers.render(Sources(snapshot, self.factor.active, self.factor.shown, self._facts(now)))
        self._image_of = self.state.revision

    def _refused_of(self, snapshot: Snapshot) -> int:
        if self.when_stale is WhenStale.EXCEPTION:
            return registers.stale_registers(snapshot)
        return registers.awaited_registers(snapshot) if self.when_stale is WhenStale.HOLD else 0

    def _after_factor(self, before: int) -> None:
        self._image_of = -1
        if self.factor.active != before:
            self._on_factor(before, self.factor.active)
