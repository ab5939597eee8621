"""The example reading of the maps of other makers' meters, and how their clients take values out of a map."""

from __future__ import annotations

from dataclasses import replace
from struct import unpack

from han2x.measurements import UNSCALED
from han2x.model import Quantity
from han2x.registers import Block
from han2x.registers.bank import Face, RegisterBank, Rules, WhenStale
from han2x.registers.maps import MAPS, shown_blocks
from han2x.registers.scaling_factor import ScalingFactor
from han2x.state import MeterState
from tests.readings import NOW, a_reading

EXAMPLE: dict[Quantity, float] = {
    Quantity.ACTIVE_POWER_IMPORT: 1355,
    Quantity.ACTIVE_POWER_EXPORT: 0,
    Quantity.REACTIVE_POWER_IMPORT: 0,
    Quantity.REACTIVE_POWER_EXPORT: 410,
    Quantity.VOLTAGE_L1: 231.4,
    Quantity.VOLTAGE_L2: 233.0,
    Quantity.VOLTAGE_L3: 228.7,
    Quantity.CURRENT_L1: 5.31,
    Quantity.CURRENT_L2: 1.42,
    Quantity.CURRENT_L3: 2.05,
    Quantity.ACTIVE_ENERGY_IMPORT: 24_326_870,
    Quantity.ACTIVE_ENERGY_EXPORT: 1_319_490,
    Quantity.REACTIVE_ENERGY_IMPORT: 345_670,
    Quantity.REACTIVE_ENERGY_EXPORT: 4_567_890,
}
"""A meter that sends no power of phases."""
PHASES: dict[Quantity, float] = {
    Quantity.ACTIVE_POWER_IMPORT_L1: 1200,
    Quantity.ACTIVE_POWER_EXPORT_L1: 0,
    Quantity.ACTIVE_POWER_IMPORT_L2: 0,
    Quantity.ACTIVE_POWER_EXPORT_L2: 300,
    Quantity.ACTIVE_POWER_IMPORT_L3: 455,
    Quantity.ACTIVE_POWER_EXPORT_L3: 0,
}
"""The same of one that does."""
ONE_PHASE: dict[Quantity, float] = {
    quantity: value
    for quantity, value in EXAMPLE.items()
    if quantity.value not in {"52.7.0", "72.7.0", "51.7.0", "71.7.0"}
}


class Client:
    """Asks one map, which has a unit id for itself, of a meter that has just said this."""

    def __init__(
        self,
        name: str,
        values: dict[Quantity, float] | None = None,
        *,
        factor: int = UNSCALED,
        when_stale: WhenStale = WhenStale.EXCEPTION,
        meter_id: str | None = "5700000000000001",
    ) -> None:
        self.state = MeterState()
        self.bank = RegisterBank(self.state, ScalingFactor(factor), rules=Rules(when_stale))
        self.face = Face(self.bank, shown_blocks(self.bank.own.blocks, [MAPS[name]], with_own=False))
        self.now = NOW
        self.say(EXAMPLE | PHASES if values is None else values, meter_id=meter_id)

    def say(self, values: dict[Quantity, float], *, meter_id: str | None = "5700000000000001") -> None:
        """Have the meter say this."""
        if values:
            # Of a meter that counts in Wh, so that it is estimated to be where it says that it is.
            self.state.apply(replace(a_reading(values, meter_id=meter_id), energy_step=1), self.now)

    def words(self, address: int, count: int = 1) -> bytes | int:
        """The registers from this PDU address on, or the exception code."""
        return self.face.read(address, count, self.now)

    def u16(self, address: int) -> int:
        """One register."""
        return self._int(address, 1, signed=False)

    def s16(self, address: int) -> int:
        """One register with a sign."""
        return self._int(address, 1, signed=True)

    def u32(self, address: int) -> int:
        """Two registers, the high one first."""
        return self._int(address, 2, signed=False)

    def s32(self, address: int) -> int:
        """The same with a sign."""
        return self._int(address, 2, signed=True)

    def u64(self, address: int) -> int:
        """Four registers."""
        return self._int(address, 4, signed=False)

    def low_first(self, address: int) -> int:
        """A number with a sign in two registers, the low one first."""
        words = self._octets(address, 2)
        return int.from_bytes(words[2:] + words[:2], "big", signed=True)

    def float32(self, address: int) -> float:
        """A floating-point number in two registers."""
        (value,) = unpack(">f", self._octets(address, 2))
        return float(value)

    def text(self, address: int, count: int) -> str:
        """A text, without what fills it up."""
        return self._octets(address, count).rstrip(b"\0").decode("ascii")

    def _int(self, address: int, count: int, *, signed: bool) -> int:
        return int.from_bytes(self._octets(address, count), "big", signed=signed)

    def _octets(self, address: int, count: int) -> bytes:
        words = self.words(address, count)
        assert isinstance(words, bytes), f"{address:#x}: exception {words}"
        return words


def addresses(blocks: tuple[Block, ...]) -> set[int]:
    """Where registers are."""
    return {address for block in blocks for address in range(block.first, block.end)}
