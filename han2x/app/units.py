"""What each unit id serves of which meter: its own registers, maps of other makers' meters, or both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from han2x import __version__
from han2x.gateway.meter import Meter
from han2x.modbus_server import Identity
from han2x.printable import printable
from han2x.registers import HAN2X, Block
from han2x.registers.bank import ExceptionCode, Face
from han2x.registers.maps import ForeignMap, shown_blocks
from han2x.settings import MeterSettings

IMITATES: Final = "imitates "
"""How the identification of a unit id begins to say whose registers it shows in place of the HAN2X map."""

Written = Callable[[], asyncio.Future[None] | None]


class Unit:
    """A meter as `han2x.modbus_server.Device`: what is written is acknowledged when it is on the disk.

    With `maps` it shows those, and with `own` the gateway's registers beside them as far as there is room.
    """

    def __init__(
        self, unit: int, meter: Meter, written: Written, maps: Sequence[ForeignMap] = (), *, own: bool = True
    ) -> None:
        self.meter = meter
        self.maps = tuple(maps)
        self.face = meter.bank.own
        self.read = meter.read
        self._written = written
        if maps:
            self.face = Face(meter.bank, shown_blocks(meter.bank.own.blocks, maps, with_own=own, unit=unit))
            self.read = self._read

    def write(self, address: int, words: Sequence[int]) -> int | asyncio.Future[None] | None:
        """Write registers; an exception code says why not, and a future when it is kept."""
        if self.maps and not self._is_own(address, len(words)):
            return self._write_foreign(address, words)
        code = self.meter.write(address, words)
        return self._written() if code is None else code

    @property
    def imitates(self) -> str:
        """Whose registers it has in place of the HAN2X map; "" for nobody's."""
        return "" if HAN2X in self.face.blocks else ", ".join(each.title for each in self.maps)

    def identity(self) -> Identity:
        """What function code 43/14 reports: this gateway, and whom it imitates where the HAN2X map is not there."""
        known = self.meter.state.snapshot(self.meter.clock())
        return Identity(
            vendor="han2x",
            product_code="HAN2X",
            version=__version__,
            product_name="Modbus TCP gateway for a meter's HAN port",
            model=f"{IMITATES}{self.imitates}" if self.imitates else "",
            meter=printable(" ".join(filter(None, (known.maker, known.meter_type, known.meter_id)))),
        )

    def always_there(self) -> int:
        """The PDU address of a register that is answered whether or not the meter speaks."""
        found = (_steady(block) for block in self.face.blocks)
        return next((address for address in found if address is not None), self.face.blocks[0].first)

    def _read(self, address: int, count: int) -> bytes | int:
        return self.face.read(address, count, self.meter.clock())

    def _write_foreign(self, address: int, words: Sequence[int]) -> int | None:
        if any(each.accepts_write(address, words) for each in self.maps):
            return None
        taken = {place for each in self.maps for place in each.accepts}
        known = words and taken.issuperset(range(address, address + len(words)))
        return ExceptionCode.ILLEGAL_DATA_VALUE if known else ExceptionCode.ILLEGAL_DATA_ADDRESS

    def _is_own(self, address: int, count: int) -> bool:
        own = self.meter.bank.own.blocks
        return any(each in own and each.first <= address and address + count <= each.end for each in self.face.blocks)


def _steady(block: Block) -> int | None:
    """An address of the block that holds nothing measured; None where everything is."""
    free = set(range(block.first, block.end))
    for row in block.rows:
        if row.measured:
            free.difference_update(range(row.address, row.address + row.kind.words))
    return min(free, default=None)


@dataclass
class Served:
    """Unit ids where Modbus is served, the first meter's first, and under each place of their own those of maps."""

    ordinary: dict[int, Unit] = field(default_factory=dict)
    elsewhere: dict[str, dict[int, Unit]] = field(default_factory=dict)


def served(meters: Sequence[Meter], settings: Sequence[MeterSettings], written: Written) -> Served:
    """What these meters serve, in the order of their settings. A map never takes another meter's unit id."""
    all_of = Served()
    foreign: dict[tuple[str, int], tuple[Meter, list[ForeignMap]]] = {}
    for meter, wanted in zip(meters, settings, strict=True):
        for each in wanted.maps:
            owner, maps = foreign.setdefault((each.on, each.unit), (meter, []))
            if owner is meter:
                maps.append(each.foreign)
    for meter in meters:
        owner, maps = foreign.pop(("", meter.config.unit), (meter, []))
        all_of.ordinary[meter.config.unit] = Unit(meter.config.unit, meter, written, maps if owner is meter else ())
    for (on, unit), (meter, maps) in foreign.items():
        units = all_of.elsewhere.setdefault(on, {}) if on else all_of.ordinary
        units[unit] = Unit(unit, meter, written, maps, own=False)
    return all_of
