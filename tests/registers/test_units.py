"""What a register's number counts: 231.0 V where the words say 2310."""

from __future__ import annotations

import pytest

from han2x.registers import EXTENDED, HAN2X, Block, sunspec
from han2x.registers.maps import MAPS
from han2x.registers.units import decimals, meanings, meant, quantity

SUNSPEC = sunspec.blocks(sunspec.decades(1000))[0]
ALL = [HAN2X, EXTENDED, SUNSPEC, *(block for each in MAPS.values() for block in each.blocks())]
UNITS = {"W", "kW", "var", "VA", "Wh", "kWh", "varh", "kvarh", "VAh", "V", "A", "Hz", "%", "°C", "s", "h", ""}


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("V × 10", 2313, (231.3, "V")),
        ("mA", 4210, (4.21, "A")),
        ("÷ 1000", 40_000, (40.0, "")),
        ("°C × 100", 4312, (43.12, "°C")),
        ("0.1 Wh", 12, (1.2, "Wh")),
        ("kWh", 155_232, (155_232.0, "kWh")),
        ("kWh × 100", 155_232, (1552.32, "kWh")),
    ],
)
def test_a_number_is_told_in_its_unit(unit: str, value: int, told: tuple[float, str]) -> None:
    known = meant(unit)
    assert known is not None
    assert (quantity(value, known), known.unit) == told


@pytest.mark.parametrize("unit", ["", "0–23", "1–12", "1, 3"])
def test_what_is_no_quantity_has_none(unit: str) -> None:
    assert meant(unit) is None


@pytest.mark.parametrize("block", ALL, ids=lambda block: block.name)
def test_every_unit_of_every_map_is_known(block: Block) -> None:
    found = {known.unit for row in block.rows if (known := meant(row.unit)) is not None}
    assert found <= UNITS


def test_sunspec_s_integers_go_by_the_scale_factor_behind_them() -> None:
    values: list[int | float | str | None] = [None] * len(SUNSPEC.rows)
    places = {row.name: place for place, row in reversed(list(enumerate(SUNSPEC.rows)))}
    for name, value in (("A_SF", -2), ("V_SF", -1), ("W_SF", 1)):
        values[places[name]] = value
    known = meanings(SUNSPEC, values)
    assert quantity(421, known[places["A"]]) == 4.21
    assert quantity(2310, known[places["PhVphA"]]) == 231.0
    assert quantity(3200, known[places["W"]]) == 32_000.0
    assert known[places["Hz"]] is None  # its scale factor is not implemented


def test_floating_point_counts_units_whatever_stands_behind_it() -> None:
    (block,) = MAPS["fronius"].blocks()
    known = meanings(block, [None] * len(block.rows))
    place = next(place for place, row in enumerate(block.rows) if row.name == "W")
    assert quantity(1234.5, known[place]) == 1234.5
    assert decimals(block.rows[place], known[place]) == 2
