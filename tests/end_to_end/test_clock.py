"""Before the computer's clock is set, and when it jumps: a Pi has no clock that runs without power."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.telegrams import kamstrup_list_1, kamstrup_list_2
from tests.end_to_end.test_gateway import say_until_read, until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]


@pytest.fixture
def wall_clock(tmp_path: Path, turned_clocks: pytest.MonkeyPatch) -> Path:
    """A file whose text says what the gateway's wall clock is to show; its monotonic clock stays real."""
    file = tmp_path / "wall-clock"
    file.write_text("+0")
    turned_clocks.setenv("FAKETIME_TIMESTAMP_FILE", str(file))
    turned_clocks.setenv("FAKETIME_NO_CACHE", "1")
    turned_clocks.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    return file


@pytest.mark.parametrize("jump", ["-10y", "+10y", "-3600", "+3600"])
async def test_a_jump_of_the_wall_clock_makes_nothing_stale_and_no_energy(
    tmp_path: Path, wire: Wire, wall_clock: Path, jump: str
) -> None:
    with running_gateway(tmp_path / "state", "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_2(energy_import=155_232_510), 40021)
        wall_clock.write_text(jump)
        await asyncio.sleep(2)

        assert gateway.read_value(40001) == 1000
        assert gateway.read_value(40029) == 155_232
        wire.say(kamstrup_list_1(power_import=500))
        await until(lambda: gateway.read_value(40001) == 500)
        assert gateway.read_value(40029) == 155_232
        assert gateway.read(40048, 1) == [0]


async def test_a_start_before_the_clock_is_set_has_the_energies_at_once(
    tmp_path: Path, wire: Wire, wall_clock: Path
) -> None:
    with running_gateway(tmp_path / "state", "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_2(energy_import=155_232_510), 40021)
        assert gateway.stop() == 0
    wall_clock.write_text("@2000-01-01 00:00:00")
    with running_gateway(tmp_path / "state", "--port", wire.path) as gateway:
        await say_until_read(wire, gateway, kamstrup_list_1(power_import=500), 40001)

        assert gateway.read_value(40029) == 155_232
        assert gateway.read(40037, 1) == [2026]
