"""What is kept, and what the gateway does with a disk that is slow or takes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from han2x.api.base import plain
from han2x.gateway.keeping import EVERY_S
from tests.app.conftest import Skew, SlowDisk
from tests.app.running import Running, running_daemon, settings
from tests.app.test_meters import ENERGY, POWER, NewWire, kept, meters, read_energy
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


async def save_under_way(running: Running, disk: SlowDisk, wire: Wire, skew: Skew, *, unit: int = 1) -> None:
    """Let a save of this meter begin, and wait for the disk."""
    disk.free.clear()
    skew.passes(EVERY_S + 1)
    await running.hear(wire, kamstrup_list_1(power_import=3000), unit=unit)
    await until(lambda: disk.waiting == [f"meter-{unit}"])


async def test_while_the_disk_blocks_energies_stand_still_and_modbus_goes_on(
    tmp_path: Path, wire: Wire, disk: SlowDisk, skew: Skew
) -> None:
    async with running_daemon(tmp_path, meters((1, wire), scaling_factor=1_000_000)) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=1_000_000, hour=20))
        await until(lambda: running.meter().sources().snapshot.estimates)
        skew.passes(3600)
        disk.free.clear()
        await running.hear(wire, kamstrup_list_2(energy_import=1_300_000, hour=21))
        await until(lambda: disk.waiting)
        stood_at = await running.value(ENERGY)
        for power in range(100, 110):
            skew.passes(10)
            await running.hear(wire, kamstrup_list_1(power_import=power))
            assert await running.value(POWER) == 1000 * power
            assert await running.value(ENERGY) == stood_at
        assert await running.write_factor(2_000_000), "another file, and another thread"
        assert await running.value(POWER) == 218_000

        disk.free.set()
        async with asyncio.timeout(30):
            while (await running.value(ENERGY) or 0) // 2 <= (stood_at or 0):
                await running.hear(wire, kamstrup_list_1())
                skew.passes(10)
        assert {record["level"] for record in running.daemon.log_records()} <= {"info", "warning"}
        assert plain(running.daemon.status())["storage"] == []


async def test_a_meter_renumbered_while_it_is_being_saved_is_kept_once(
    tmp_path: Path, new_wire: NewWire, disk: SlowDisk, skew: Skew
) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        await read_energy(running, second, 2_000_000, unit=2)
        await save_under_way(running, disk, second, skew, unit=2)
        change = asyncio.create_task(running.reload(meters((1, second), (2, first))))
        await until(lambda: running.daemon.settings.meters[0].port == second.path)
        await asyncio.sleep(0.1)
        disk.free.set()
        await change
        await until(lambda: not disk.waiting)
        assert kept(running) == ["meter-1.json", "meter-2.json"]
        kept_of = [running.daemon.store.load(f"meter-{unit}") or {} for unit in (1, 2)]
        registers = [document["estimator"]["channels"]["1.8.0"]["register"][1] for document in kept_of]
        assert registers == [2_000_000.0, 1_000_000.0]


async def test_a_meter_removed_while_it_is_being_saved_is_forgotten(
    tmp_path: Path, new_wire: NewWire, disk: SlowDisk, skew: Skew
) -> None:
    first, second = new_wire(), new_wire()
    async with running_daemon(tmp_path, meters((1, first), (2, second))) as running:
        await read_energy(running, first, 1_000_000)
        await save_under_way(running, disk, second, skew, unit=2)
        change = asyncio.create_task(running.reload(meters((1, first))))
        await until(lambda: len(running.daemon.settings.meters) == 1)
        await asyncio.sleep(0.1)
        disk.free.set()
        await change
        await until(lambda: not disk.waiting)

        assert kept(running) == ["meter-1.json"]


async def test_a_state_directory_that_takes_nothing_is_told_of_until_it_does(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        obstacle = running.state / ".meter-1.json.new"
        obstacle.mkdir()
        await running.hear(wire, kamstrup_list_2(energy_import=1_000_000))
        await until(lambda: plain(running.daemon.status())["storage"])
        assert "state cannot be saved" in plain(running.daemon.status())["storage"][0]
        await running.becomes(ENERGY, 1000)
        assert sum("state cannot be saved" in message for message in running.said()) == 1
        assert kept(running) == []
        obstacle.rmdir()
    assert any("state is saved again" in message for message in running.said())
    assert plain(running.daemon.status())["storage"] == []
    assert kept(running) == ["meter-1.json"]


async def test_a_state_directory_that_is_none_does_not_keep_the_gateway_from_serving(
    tmp_path: Path, wire: Wire
) -> None:
    (tmp_path / "state").write_text("a file")
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_2(energy_import=1_000_000))
        await until(lambda: plain(running.daemon.status())["storage"])

        await running.becomes(ENERGY, 1000)
        assert any("'han2x status' will not work" in message for message in running.said())


async def test_kept_energies_that_are_damaged_are_set_aside_and_begin_again(tmp_path: Path, wire: Wire) -> None:
    text = meters((1, wire))
    async with running_daemon(tmp_path, text) as running:
        await read_energy(running, wire, 1_000_000)
    file = tmp_path / "state" / "meter-1.json"
    file.write_text(file.read_text()[:-20])
    async with running_daemon(tmp_path, text) as running:
        await running.hear(wire, kamstrup_list_1())
        assert await running.value(ENERGY) == 0
        await read_energy(running, wire, 1_500_000)
    assert [name.split("-2")[0] for name in kept(running)] == ["meter-1.json", "meter-1.json.damaged"]


async def test_without_a_meter_s_word_nothing_is_kept(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        pass
    assert kept(running) == []
