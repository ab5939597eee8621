"""SunSpec, PDU address 40000 on: the meter as clients know it that search for a SunSpec meter by themselves.

The chain is the marker, model 1 (who this is), model 203 (a meter with three phases: integers with scale factors), model
213 (the same in floating point) and the end. A meter with one phase is 201 and 211 instead, which have their points at
the same places, so that a client that looked before this was known reads on as it did.

Import is positive. Scale factors are chosen once (`decades`). What goes past an integer saturates, and an energy rolls
over; floating point has neither, but only 24 bits. What the meter does not send is "not implemented": for an energy that
is 0, which SunSpec reads as "not accumulated", and NaN in model 213.

Clients steer by these values and take one that is not implemented for 0. So all that is measured is refused until the
power is known, and, of a meter that is known to send them, currents and voltages; and what is stale is refused unless it
is to be held. Who this is, lengths and scale factors are always there. What no client steers by is not implemented while
it is stale, and takes nothing else with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

from han2x import __version__
from han2x.measurements import MICRO, UNSCALED
from han2x.registers.sunspec_points import ACC32, GROUPS, events, suffices
from han2x.registers.table import (
    F32,
    FIRST_NUMBER,
    U16,
    Block,
    Kind,
    Register,
    Source,
    constant,
    nearest,
    text,
)

BASE: Final = 40000
"""The PDU address of the marker: the first at which clients look."""

BITFIELD32: Final = Kind("bitfield32", 2, "I", 0, 0xFFFF_FFFF)
SUNSSF: Final = Kind("sunssf", 1, "h", -10, 10, -0x8000)
MODEL: Final = Kind("uint16", 1, "H", 0, 0xFFFF)
"""A model's number; FFFF is one too, which stands for the end."""

_PAD: Final = 0x8000
_END: Final = 0xFFFF


class Cell(NamedTuple):
    """A point of a model, wherever the model stands."""

    name: str
    kind: Kind
    source: Source
    unit: str = ""
    scaled: bool = False


def decades(factor: int) -> int:
    """By how many decades steps are coarser for a scaling factor in thousandths: 0 up to 1.000, 1 up to 10.000 …

    Then what the meter itself measures has room, times the factor, where it would have without one: 32 767 W.
    """
    found = 0
    while UNSCALED * 10**found < factor:
        found += 1
    return found


MARKER: Final = Cell("SunS", text(2), constant("SunS"))
END: Final = (Cell("ID", MODEL, constant(_END)), Cell("L", U16, constant(0)))


def common(maker: str, model: str, serial: str = "", *, unit: int | None = None, padded: bool = True) -> list[Cell]:
    """Model 1, of 66 registers or 65. The serial number is the meter's own, or `serial` while that is not known."""
    cells = [
        Cell("Mn", text(16), constant(maker)),
        Cell("Md", text(16), constant(model)),
        Cell("Opt", text(8), constant("")),
        Cell("Vr", text(8), constant(__version__)),
        Cell("SN", text(16), Source(lambda sources: sources.snapshot.meter_id or serial)),
        Cell("DA", U16, Source(lambda _sources: unit)),
    ]
    if padded:
        cells.append(Cell("Pad", U16, constant(_PAD)))
    return _model(constant(1), cells)


def integer_meter(coarser: int) -> list[Cell]:
    """Model 203, or 201; steps are `coarser` by so many decades in what the scaling factor applies to."""
    cells: list[Cell] = []
    for group in GROUPS:
        more = coarser if group.scaled else 0
        shown = _in_steps(group.step * 10**more, counted=group.kind is ACC32)
        cells += (
            Cell(name, group.kind, each.as_source(shown), group.unit, group.scaled) for name, each in group.points
        )
        factor = None if group.factor is None else group.factor + more
        cells.append(Cell(group.scale, SUNSSF, _fixed(factor)))
    return _model(_id(203), [*cells, Cell("Evt", BITFIELD32, Source(events))])


def float_meter() -> list[Cell]:
    """Model 213, or 211."""
    cells = [
        Cell(name, F32, each.as_source(_whole), group.unit.replace("%", ""), group.scaled)
        for group in GROUPS
        for name, each in group.points
    ]
    return _model(_id(213), [*cells, Cell("Evt", BITFIELD32, Source(events))])


def chain(name: str, *models: Sequence[Cell]) -> Block:
    """The marker, these models and the end, as one block: a client may read across all of it."""
    rows, address = [], BASE
    for cell in (MARKER, *(cell for model in models for cell in model), *END):
        rows.append(Register(address + FIRST_NUMBER, cell.name, cell.kind, cell.unit, cell.source, cell.scaled))
        address += cell.kind.words
    return Block(name, rows, BASE, address, says_absent=True, suffices=suffices)


@cache
def blocks(coarser: int = 0) -> Sequence[Block]:
    """The gateway's own chain, by its own name, with steps that are `coarser` by so many decades (see `decades`)."""
    return (chain("SunSpec", common("han2x", "HAN2X"), integer_meter(coarser), float_meter()),)


def _model(number: Source, cells: Sequence[Cell]) -> list[Cell]:
    length = sum(cell.kind.words for cell in cells)
    return [Cell("ID", MODEL, number), Cell("L", U16, constant(length)), *cells]


def _id(of_three_phases: int) -> Source:
    return Source(lambda sources: of_three_phases - 2 * (sources.measured.phases == 1))


def _fixed(factor: int | None) -> Source:
    return Source(lambda _sources: factor)


def _in_steps(step: int, *, counted: bool) -> Callable[[int], float]:
    """Millionths in whole steps: to the nearest, or those that are full, as a counter shows them."""
    return (lambda micro: micro // step) if counted else (lambda micro: nearest(micro, step))


def _whole(micro: int) -> float:
    return micro / MICRO
