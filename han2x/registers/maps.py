"""The maps of other makers' meters that can be served, by name: what each imitates, for whom, and where.

A map's registers are a table in a file of its own, which is imported with the first meter that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from han2x.registers.table import Block

OWN_NUMBERING_FROM: Final = 40_000
"""PDU address from which on lies what has no other maker's numbers: SunSpec finds itself there."""


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody's device or program that knows the meter: what to set here for it, and what to choose there."""

    has: str
    set: str
    choose: str


@dataclass(frozen=True)
class ForeignMap:
    """One map: by which name it is set, what it claims to be, and the unit id its clients ask unless told otherwise.

    `accepts` are the values that the real meter takes at an address and that its clients write; they change nothing
    here. With `and_sunspec` the real one has SunSpec under the same unit id.
    """

    name: str
    title: str
    unit: int
    load: Callable[[int], Sequence[Block]] = field(repr=False)
    clients: Sequence[Client]
    accepts: Mapping[int, Container[int]] = field(default_factory=dict)
    and_sunspec: bool = False

    def blocks(self, unit: int | None = None) -> Sequence[Block]:
        """Its registers, under this unit id or the usual one."""
        return self.load(self.unit if unit is None else unit)

    def accepts_write(self, address: int, words: Sequence[int]) -> bool:
        """Whether the real one takes these words from the PDU address on."""
        return bool(words) and all(word in self.accepts.get(address + place, ()) for place, word in enumerate(words))


def _em24(_unit: int) -> Sequence[Block]:
    from han2x.registers.em24 import BLOCKS

    return BLOCKS


def _abb_b23(_unit: int) -> Sequence[Block]:
    from han2x.registers.abb_b23 import BLOCKS

    return BLOCKS


def _ksem(_unit: int) -> Sequence[Block]:
    from han2x.registers.ksem import BLOCKS

    return BLOCKS


def _sdm630(_unit: int) -> Sequence[Block]:
    from han2x.registers.sdm630 import BLOCKS

    return BLOCKS


def _fronius(unit: int) -> Sequence[Block]:
    from han2x.registers.fronius import blocks

    return blocks(unit=unit)


_MAPS: Final = (
    ForeignMap(
        "abb-b23",
        "ABB B23/B21",
        1,
        _abb_b23,
        (
            Client(
                "Victron GX",
                "abb-b23",
                "Settings → Modbus TCP/UDP devices → Scan for devices; then its role, grid meter",
            ),
            Client("evcc", "abb-b23", "the template `abb-ab` with RS485 over TCP (`rs485tcpip`), id 1"),
        ),
    ),
    ForeignMap(
        "em24",
        "Carlo Gavazzi EM24 Ethernet (EM24DINAV23XE1X)",
        1,
        _em24,
        (
            Client("evcc", "em24 on *:1502", "the template `cg-em24_e1`, port 1502, id 1"),
            Client("openWB", "em24 on *:1502", "Carlo Gavazzi, port 1502, id 1"),
            Client(
                "Victron GX",
                "em24 unit 1",
                "the same, where Venus OS knows no ABB meters. It asks port 502 only: unit 1 is then without 40001 to"
                " 40050, unless the EM24 is on a second address of the gateway (`em24 on 192.168.1.11:502`)",
            ),
        ),
        accepts={0x1002: range(5), 0xA000: (7,)},
    ),
    ForeignMap(
        "fronius",
        "Fronius Smart Meter IP",
        1,
        _fronius,
        (
            Client(
                "Fronius GEN24, Tauro",
                "fronius",
                "Components → add a Fronius Smart Meter IP; unit id 1. It asks port 502 only, and tells meters apart by"
                " their numbers",
            ),
        ),
    ),
    ForeignMap(
        "kostal-ksem",
        "Kostal Smart Energy Meter (TQ EM410, EM420)",
        71,
        _ksem,
        (
            Client("openWB", "kostal-ksem", "Kostal Smart Energy Meter, id 71"),
            Client("evcc", "kostal-ksem", "the template `kostal-ksem`, id 71: it reads SunSpec, which is there too"),
        ),
        and_sunspec=True,
    ),
    ForeignMap(
        "sdm630",
        "Eastron SDM630",
        2,
        _sdm630,
        (
            Client("openWB, ioBroker, Node-RED", "sdm630", "Eastron SDM630 by Modbus TCP, id 2"),
            Client("evcc", "sdm630", "a template `eastron-…` with RS485 over TCP (`rs485tcpip`), id 2"),
        ),
    ),
)

MAPS: Final[Mapping[str, ForeignMap]] = {each.name: each for each in _MAPS}


def overlap(one: Block, other: Block) -> bool:
    """Whether an address is in both."""
    return one.first < other.end and other.first < one.end


def maps_overlap(one: ForeignMap, other: ForeignMap) -> bool:
    """Whether two maps cannot be shown under the same unit id."""
    return any(overlap(mine, theirs) for mine in one.blocks() for theirs in other.blocks())


def shown_blocks(
    own: Sequence[Block], maps: Sequence[ForeignMap], *, with_own: bool, unit: int | None = None
) -> list[Block]:
    """What a unit id shows that has these maps: theirs, and of a meter's `own` what they leave room for.

    Without `with_own` the gateway's own registers are not there, but for what the real meter has besides.
    """
    foreign = [block for each in maps for block in each.blocks(unit)]
    if with_own:
        beside = list(own)
    elif any(each.and_sunspec for each in maps):
        beside = [block for block in own if block.first >= OWN_NUMBERING_FROM]
    else:
        beside = []
    return [*(each for each in beside if not any(overlap(each, block) for block in foreign)), *foreign]


def map_table() -> str:
    """The maps as a table in Markdown, by who needs them, as docs/maps.md shows it."""
    rows = ["| You have | Set `maps` to | The gateway then claims to be | Choose there |", "|---|---|---|---|"]
    rows += [
        f'| {client.has} | `["{client.set}"]` | {each.title} | {client.choose} |'
        for each in MAPS.values()
        for client in each.clients
    ]
    return "\n".join(rows)
