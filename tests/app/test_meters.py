"""Meters come, go, move and change their numbers while the gateway serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from han2x.api.base import plain
from han2x.port_name import FAULTS as PORT_NAME_FAULTS
from tests.app.running import Running, running_daemon, settings
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

NewWire = Callable[[], Wire]
POWER, ENERGY = 40001, 40029
"""Import: what is drawn, and what was drawn so far."""


def meters(*rows: tuple[int, Wire | str], **more: object) -> str:
    """Settings with these unit ids and ports, and `more` in the first meter's."""
    tables: list[Mapping[str, object]] = [
        {"unit": unit, "port": port if isinstance(port, str) else port.path} for unit, port in rows
    ]
    return settings(meters=[{**tables[0], **more}, *tables[1:]])


def kept(running: Running) -> list[str]:
    """What is kept of meters in the state directory."""
    return sorted(file.name for file in running.state.glob("meter-*"))


async def read_energy(running: Running, wire: Wire, energy: int, *, unit: int = 1, shown: int | None = None) -> None:
    """Let the meter tell an energy in Wh, until clients read it (as `shown`, if not in kWh)."""
    await running.hear(wire, kamstrup_list_2(energy_import=energy), unit=unit)
    await running.becomes(ENERGY, shown or energy // 1000, unit=unit)


async def test_a_meter_that_is_added_is_read_while_the_other_goes_on(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first))) as running:
        await running.hear(first, kamstrup_list_1(power_import=500))
        before = running.meter(1)
        assert await running.value(POWER, unit=5) is None
        await running.reload(meters((1, first), (5, second)))
        await running.hear(second, kamstrup_list_1(power_import=700), unit=5)

        assert await running.value(POWER, unit=5) == 700
        assert await running.value(POWER) == 500
        assert running.meter(1) is before
        assert before.line.status.state == "receiving"


async def test_a_meter_that_is_removed_is_answered_for_no_more_and_forgotten(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        await read_energy(running, second, 2_000_000, unit=2)
        assert kept(running) == ["meter-1.json", "meter-2.json"]
        await running.reload(meters((1, first)))

        assert await running.value(POWER, unit=2) is None
        assert running.client(2).last_except == 0x0B
        assert await running.value(ENERGY) == 1000
        assert kept(running) == ["meter-1.json"]
    async with running_daemon(tmp_path) as running:
        assert await running.value(ENERGY) is None, "nothing is current before the first telegram"
        await running.hear(first, kamstrup_list_1())
        assert await running.value(ENERGY) == 1000


async def test_swapped_ports_take_energies_and_values_along(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        await read_energy(running, second, 2_000_000, unit=2)
        lines = [meter.line for meter in running.daemon.meters]
        await running.reload(meters((1, second), (2, first)))

        assert [await running.value(ENERGY, unit=unit) for unit in (1, 2)] == [2000, 1000]
        assert [meter.line for meter in running.daemon.meters] == lines[::-1], "no port was opened again"
        await running.hear(first, kamstrup_list_1(power_import=111), unit=2)
        assert await running.value(POWER, unit=2) == 111
        assert kept(running) == ["meter-1.json", "meter-2.json"]
    async with running_daemon(tmp_path) as running:
        await running.hear(first, kamstrup_list_1(), unit=2)
        await running.hear(second, kamstrup_list_1(), unit=1)
        assert [await running.value(ENERGY, unit=unit) for unit in (1, 2)] == [2000, 1000]


async def test_rows_in_another_order_are_the_same_meters(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        before = list(running.daemon.meters)
        await running.reload(meters((2, second), (1, first)))

        assert list(running.daemon.meters) == before[::-1]
        assert [meter.config.unit for meter in running.daemon.meters] == [2, 1]
        assert await running.value(ENERGY) == 1000


async def test_a_renumbered_meter_is_kept_under_its_new_number(tmp_path: Path, new_wire: NewWire) -> None:
    first = new_wire()
    async with running_daemon(tmp_path, meters((1, first))) as running:
        await read_energy(running, first, 1_000_000)
        await running.reload(meters((9, first)))

        assert await running.value(ENERGY, unit=9) == 1000
        assert kept(running) == ["meter-9.json"]


async def test_a_meter_at_another_port_goes_on_with_its_energies(tmp_path: Path, new_wire: NewWire) -> None:
    first, second, third = new_wire(), new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        await running.hear(second, kamstrup_list_1(power_import=222), unit=2)
        other = running.meter(2).line
        await running.reload(meters((1, third), (2, second)))

        assert running.meter(2).line is other
        await running.hear(third, kamstrup_list_1(power_import=333))
        assert await running.value(POWER) == 333
        assert await running.value(ENERGY) == 1000
        first.say(kamstrup_list_1(power_import=444))
        await running.hear(second, kamstrup_list_1(power_import=223), unit=2)
        assert await running.value(POWER) == 333, "nobody listens at the old port"


async def test_a_new_meter_under_the_number_of_one_that_moved_away_begins_with_nothing(
    tmp_path: Path, new_wire: NewWire
) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first))) as running:
        await read_energy(running, first, 1_000_000)
        await running.reload(meters((1, second), (2, first)))

        await running.hear(second, kamstrup_list_1(power_import=10))
        assert await running.value(POWER) == 10
        assert await running.value(ENERGY) == 0
        assert await running.value(ENERGY, unit=2) == 1000


async def test_a_simulated_meter_becomes_a_real_one(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, "", simulate="aidon") as running:
        await until(lambda: running.meter().line.status.state == "receiving")
        live = plain(running.daemon.live())["meters"]
        assert [meter["simulated"] for meter in live] == [True]
        await running.reload(meters((1, wire)))
        live = plain(running.daemon.live())["meters"]
        assert [(meter["unit"], meter["simulated"]) for meter in live] == [(1, False), (2, True)]
        assert live[0]["line"]["port"] == wire.path

        await running.hear(wire, kamstrup_list_1(power_import=4321))
        assert await running.value(POWER) == 4321
        assert plain(running.daemon.live())["meters"][0]["maker"] == "kamstrup"


async def test_a_meter_whose_port_is_taken_away_waits_for_one(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1())
        await running.reload(settings(meters=[{"unit": 1}]))

        assert plain(running.daemon.live())["meters"][0]["diagnosis"]["code"] == "no-port"
        assert any("no serial port is configured" in message for message in running.said())


async def test_what_belongs_to_a_row_is_that_of_the_meter_there(tmp_path: Path, new_wire: NewWire) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second), scaling_factor=2000, name="Barn")) as running:
        await running.hear(first, kamstrup_list_1(power_import=100))
        await running.hear(second, kamstrup_list_1(power_import=300), unit=2)
        assert await running.value(POWER) == 200
        await running.reload(meters((1, second), (2, first), scaling_factor=2000, name="Barn"))

        assert [await running.value(POWER, unit=unit) for unit in (1, 2)] == [600, 100]
        assert [meter.label for meter in running.daemon.meters] == ["Barn", "meter 2"]


@pytest.mark.parametrize("port", ["foo://bar", "rfc2217://127.0.0.1:1", "socket://:5", "hwgrep://["])
async def test_a_name_that_no_port_has_harms_nothing_but_its_line(tmp_path: Path, wire: Wire, port: str) -> None:
    async with running_daemon(tmp_path, meters((1, ""), (2, wire)), port=port) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500), unit=2)
        await until(lambda: running.meter(1).line.status.state == "failed")

        assert await running.value(POWER, unit=2) == 500
        shown = plain(running.daemon.live())["meters"][0]
        assert shown["diagnosis"]["code"] == "port-failed"
        assert shown["diagnosis"]["values"]["cause"] in PORT_NAME_FAULTS


@pytest.mark.parametrize("port", ["/dev/zero", "/dev/null", "/dev", "/dev/none"])
async def test_a_port_that_no_line_can_have_harms_nothing_else(tmp_path: Path, wire: Wire, port: str) -> None:
    async with running_daemon(tmp_path, meters((1, wire), (2, port))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        await until(lambda: running.meter(2).line.status.state == "failed")

        assert await running.value(POWER) == 500
        assert plain(running.daemon.live())["meters"][1]["diagnosis"]["code"] == "port-failed"
        assert plain(running.daemon.live())["meters"][1]["line"]["detail"]
        await running.reload(meters((1, wire)))
        assert await running.value(POWER) == 500
