"""A scaling factor that a client writes: in force, in the settings file, and only then acknowledged."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest

from han2x.api.base import plain
from han2x.atomic_file import locked
from tests.app.conftest import Skew
from tests.app.running import FACTOR, Running, change, connected, in_file, running_daemon, settings
from tests.end_to_end.waiting import until
from tests.modbus_server.frames import mbap

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


def write(value: int, transaction: int = 1) -> bytes:
    """A request to write the factor."""
    return mbap(bytes((16,)) + FACTOR.to_bytes(2, "big") + b"\0\x02\x04" + value.to_bytes(4, "big"), transaction)


def read_factor(transaction: int) -> bytes:
    return mbap(b"\x03" + FACTOR.to_bytes(2, "big") + b"\0\x02", transaction)


async def pending(running: Running) -> None:
    """Wait until a factor is being written, which takes as long as somebody else holds the file's directory."""
    await until(running.daemon._keeper.editing.locked)


async def test_an_acknowledged_factor_is_in_the_file_and_in_the_form(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "# mine\n[[meters]]\nunit = 1\n") as running:
        assert await running.write_factor(2500)
        assert in_file(running).meters[0].scaling_factor == 2500
        assert running.daemon.file_settings == in_file(running)
        form = (await (await running.browser()).ask("GET", "/settings")).body
        assert form["values"]["meters"][0]["scaling_factor"] == 2500
        assert plain(running.daemon.live())["meters"][0]["scaling_factor"] == 2500
        assert running.file.read_text().startswith("# mine\n")
    async with running_daemon(tmp_path) as running:
        assert await running.value(40049) == 2500


async def test_nothing_is_acknowledged_before_it_is_in_the_file(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        with locked(tmp_path):
            writing = asyncio.create_task(running.write_factor(2500))
            await pending(running)
            await until(lambda: running.meter().bank.factor.active == 2500)
            assert (await running.read(40049, unit=0)) == [0, 2500], "others see it, and are answered"
            assert not writing.done()
            assert in_file(running).meters[0].scaling_factor == 1000
        assert await writing
        assert in_file(running).meters[0].scaling_factor == 2500


async def test_a_factor_that_a_client_leaves_half_written_is_kept_when_its_time_is_up(
    tmp_path: Path, skew: Skew
) -> None:
    async with running_daemon(tmp_path, "") as running:
        client = running.client()
        assert await asyncio.to_thread(client.write_multiple_registers, FACTOR, [2])
        assert running.meter().bank.factor.active == 1000
        skew.passes(11)
        await until(lambda: in_file(running).meters[0].scaling_factor == (2 << 16) + 1000)


async def test_the_page_s_changes_and_a_client_s_factor_go_together(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}, {"unit": 2}])) as running:
        browser = await running.browser()
        with locked(tmp_path):
            writing = asyncio.create_task(running.write_factor(2500, unit=2))
            await pending(running)
            changing = asyncio.create_task(change(browser, (["meters", 1, "name"], "Barn")))
            await asyncio.sleep(0.05)
        assert await writing
        assert (await changing).body["values"]["meters"][1]["scaling_factor"] == 2500
        assert (in_file(running).meters[1].name, in_file(running).meters[1].scaling_factor) == ("Barn", 2500)
        assert await running.value(40049, unit=2) == 2500

        with locked(tmp_path):
            writing = asyncio.create_task(running.write_factor(4000, unit=2))
            await pending(running)
            changing = asyncio.create_task(change(browser, (["meters", 1, "scaling_factor"], 3000)))
            await asyncio.sleep(0.05)
        assert await writing
        assert (await changing).status == 200
        assert await running.value(40049, unit=2) == 3000
        assert in_file(running).meters[1].scaling_factor == 3000


async def test_a_meter_removed_while_its_factor_is_pending_leaves_nobody_waiting(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}, {"unit": 2}])) as running:
        browser = await running.browser()
        with locked(tmp_path):
            writing = asyncio.create_task(running.write_factor(2500, unit=2))
            await pending(running)
            removing = asyncio.create_task(change(browser, (["meters", 1], None)))
            await asyncio.sleep(0.05)
        assert await writing
        assert (await removing).status == 200
        assert await running.write_factor(3000)
        assert [meter.scaling_factor for meter in in_file(running).meters] == [3000]


async def test_a_factor_that_cannot_be_written_is_told_of_and_tried_again_with_the_next_write(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "[[meters]]\n") as running:
        running.file.write_text("[[meters]\n")
        assert await running.write_factor(2500), "it is in force, and acknowledged"
        assert "would not survive a restart" in plain(running.daemon.status())["storage"][0]
        async with asyncio.timeout(30):
            assert await running.write_factor(2500), "the same once more"
        running.file.write_text("[[meters]]\n")
        async with asyncio.timeout(30):
            assert await running.write_factor(2500)
        assert in_file(running).meters[0].scaling_factor == 2500
        assert plain(running.daemon.status())["storage"] == []


async def test_a_factor_of_a_meter_that_the_command_line_added_is_in_force_only(tmp_path: Path) -> None:
    text = settings(meters=[{"unit": 1, "port": "/nonexistent"}])
    async with running_daemon(tmp_path, text, simulate="kamstrup") as running:
        assert await running.write_factor(2500, unit=2)
        assert await running.value(40049, unit=2) == 2500
        assert any("will not survive a restart" in message for message in running.said())
        assert running.file.read_text() == text


async def test_a_factor_that_is_being_written_at_the_end_is_kept_and_then_acknowledged(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running, connected(running) as (reader, writer):
        with ExitStack() as holding:
            holding.enter_context(locked(tmp_path))
            writer.write(write(2500))
            await pending(running)
            answer = asyncio.create_task(reader.read())
            running.daemon.stop()
            await asyncio.sleep(0.1)
            assert not answer.done()
        async with asyncio.timeout(30):
            await running.task
            assert await answer == bytes.fromhex("0001 0000 0006 01 10 0030 0002")
    assert in_file(running).meters[0].scaling_factor == 2500


async def test_who_goes_away_meanwhile_leaves_the_factor_and_the_others_alone(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        with locked(tmp_path):
            async with connected(running) as (_, writer):
                writer.write(write(2500))
                await pending(running)
            writing = asyncio.create_task(running.write_factor(2600))
            await until(lambda: running.meter().bank.factor.active == 2600)
        assert await writing
        assert in_file(running).meters[0].scaling_factor == 2600
        await until(lambda: len(plain(running.daemon.modbus_snapshot())["connections"]) == 1)


async def test_who_only_listens_after_its_write_is_answered_and_the_connection_ends(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running, connected(running) as (reader, writer):
        with locked(tmp_path):
            writer.write(write(2500, 7))
            writer.write_eof()
            await pending(running)
        async with asyncio.timeout(30):
            assert await reader.read() == bytes.fromhex("0007 0000 0006 01 10 0030 0002")


async def test_requests_behind_a_write_are_answered_after_it_and_in_order(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running, connected(running) as (reader, writer):
        with locked(tmp_path):
            writer.write(read_factor(1) + write(2500, 2) + read_factor(3) + write(2600, 4) + read_factor(5))
            await pending(running)
            assert await reader.readexactly(13) == bytes.fromhex("0001 0000 0007 01 03 04 000003e8")
        async with asyncio.timeout(30):
            answers = await reader.readexactly(12 + 13 + 12 + 13)
        assert [answers[at + 1] for at in (0, 12, 25, 37)] == [2, 3, 4, 5]
        assert answers[23:25] == (2500).to_bytes(2, "big")
        assert answers[-2:] == (2600).to_bytes(2, "big")
        assert in_file(running).meters[0].scaling_factor == 2600
