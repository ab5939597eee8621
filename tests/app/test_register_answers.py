"""The registers as a Modbus client reads them now, of every unit id and map, and how each value stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from han2x.api.base import to_json
from han2x.api.registers import RegisterBlock, ServedRegister
from han2x.app.register_answers import register_blocks
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Quantity
from han2x.registers.bank import Face, Rules, WhenStale
from han2x.registers.maps import MAPS
from tests.api.contract import assert_is
from tests.app.running import running_daemon
from tests.app.test_maps import with_maps
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.wire import Wire
from tests.ports import free_port
from tests.readings import a_reading
from tests.web.clocks import Clock

NOW = 1_800_000_000.0


def a_meter(clock: Clock, when_stale: WhenStale = WhenStale.EXCEPTION) -> Meter:
    clock.now = NOW
    return Meter(MeterConfig(serial_settings="2400 8N1", rules=Rules(when_stale)), clock)


def shown(meter: Meter, block: str = "HAN2X") -> dict[int, ServedRegister]:
    """The rows of one block, by number."""
    (found,) = register_blocks(meter, name=block)
    assert_is(to_json(found), RegisterBlock)
    assert found.refused == [row.number for row in found.rows if row.refused]
    return {row.number: row for row in found.rows}


def how(row: ServedRegister) -> tuple[str, bool, bool]:
    return row.state, row.refused, row.known


def test_a_value_is_told_in_its_unit_beside_its_words() -> None:
    meter = a_meter(Clock())
    meter.feed(kamstrup_list_1(power_import=500, voltage_l1=231))
    rows = shown(meter)
    voltage = rows[40015]
    assert (voltage.quantity, voltage.quantity_unit, voltage.decimals) == (231.0, "V", 1)
    assert (voltage.value, voltage.words, voltage.unit) == (2310, [0, 0x0906], "V × 10")
    assert (rows[40049].quantity, rows[40049].quantity_unit, rows[40049].decimals) == (1.0, "", 3)
    assert (rows[40037].quantity, rows[40037].value) == (None, 2026)


def test_before_the_first_telegram_the_registers_are_refused_and_nothing_is_known() -> None:
    rows = shown(a_meter(Clock()))
    assert how(rows[40001]) == ("unknown", True, False)
    assert how(rows[40043]) == ("current", False, True)


@pytest.mark.parametrize(
    ("when_stale", "power"),
    [
        (WhenStale.EXCEPTION, ("stale", True, True)),
        (WhenStale.HOLD, ("stale", False, True)),
        (WhenStale.ZERO, ("stale", False, False)),
    ],
)
def test_what_is_not_current_any_more_is_told_as_clients_get_it(
    when_stale: WhenStale, power: tuple[str, bool, bool]
) -> None:
    clock = Clock()
    meter = a_meter(clock, when_stale)
    meter.feed(kamstrup_list_1(power_import=500))
    assert how(shown(meter)[40001]) == ("current", False, True)
    clock.now += 400.0
    row = shown(meter)[40001]
    assert how(row) == power
    assert row.words == ([0, 0] if when_stale is WhenStale.ZERO else [0, 500])


def test_a_total_that_an_earlier_run_had_is_told_apart_from_one_that_never_came() -> None:
    """After a restart 40021 on is refused until the next hourly list, while 40023 of a meter without export reads 0."""
    clock = Clock()
    before = a_meter(clock)
    reading = {Quantity.ACTIVE_POWER_IMPORT: 500_000, Quantity.CURRENT_L1: 4000}
    before.take(a_reading({**reading, Quantity.VOLTAGE_L1: 230_000}, meter_id="1"))
    meter = a_meter(clock)
    meter.state.restore(before.state.dump(), clock.now)
    meter.take(a_reading({Quantity.ACTIVE_POWER_IMPORT: 600_000}, meter_id="1"))
    rows = shown(meter)
    assert how(rows[40001]) == ("current", False, True)
    assert how(rows[40009]) == ("awaited", True, False)
    assert how(rows[40003]) == ("unknown", False, False)
    assert rows[40003].words == [0, 0]


@pytest.mark.enable_socket
async def test_every_unit_and_map_is_listed_and_shows_what_its_clients_read(tmp_path: Path, wire: Wire) -> None:
    place = f"127.0.0.1:{free_port()}"
    text = with_maps("sdm630", f"em24 on {place}", wire=wire)
    async with running_daemon(tmp_path, text) as running:
        await running.hear(wire, kamstrup_list_1(power_import=1234))
        browser = await running.browser()
        units = (await browser.ask("GET", "/units")).body
        assert [(each["unit"], each["on"], each["meter"]) for each in units] == [(1, "", 1), (2, "", 1), (1, place, 1)]
        assert [block["name"] for block in units[0]["blocks"]] == ["HAN2X", "extended", "SunSpec"]
        assert units[1]["maps"] == ["Eastron SDM630"]
        assert not any(block["own"] for block in units[1]["blocks"])

        async def rows(query: str) -> dict[int, dict[str, Any]]:
            blocks = (await browser.ask("GET", f"/registers?{query}")).body
            return {row["address"]: row for block in blocks for row in block["rows"]}

        power = (await rows(f"unit=1&on={place}&block=EM24"))[0x28]
        assert (power["quantity"], power["quantity_unit"], power["value"]) == (1234.0, "W", 12_340)
        assert (await running.read(40001 + 0x28, 2, port=int(place.rpartition(":")[2]))) == power["words"]
        assert 0 in await rows("unit=2")
        assert (await browser.ask("GET", "/registers?unit=2&on=127.0.0.1:1")).status == 404
        assert (await browser.ask("GET", "/registers?unit=9")).code == "not-found"


@pytest.mark.enable_socket
async def test_where_a_map_takes_the_place_of_the_han2x_registers_those_are_not_told(
    tmp_path: Path, wire: Wire
) -> None:
    async with running_daemon(tmp_path, with_maps("em24 unit 1", wire=wire)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=5_000_000))
        names = [block["name"] for block in (await (await running.browser()).ask("GET", "/registers?unit=1")).body]
        assert "HAN2X" not in names
        assert "EM24" in names
        assert "extended" in names


def test_what_a_map_has_no_value_for_is_unknown_and_not_too_old() -> None:
    """An EM24 has totals by phase, which few meters send; it is refused with the power, but has no age of its own."""
    meter = a_meter(Clock())
    meter.feed(kamstrup_list_1(power_import=500))
    face = Face(meter.bank, MAPS["em24"].blocks())
    (block,) = register_blocks(meter, face, "EM24")
    row = next(row for row in block.rows if row.name == "Active energy import L1")
    assert how(row) == ("unknown", False, False)
