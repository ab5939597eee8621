"""Values that no longer come, through the running gateway: a client is refused those and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from han2x.simulator import SimulatedMeter
from tests.end_to_end.gateway import running_gateway
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

START = datetime.fromisoformat("2026-03-04T12:59:55")


def aidon_lists() -> list[bytes]:
    """A list 1, a list 2 and a list 3."""
    telegrams = [octets for _, octets in SimulatedMeter("aidon", start=START).frames_between(0, 30)]
    return [next(octets for octets in telegrams if len(octets) == length) for length in (44, 288, 396)]


async def say_until(wire: Wire, telegram: bytes, condition: Callable[[], object]) -> None:
    """Say a telegram again and again until something is so; fails when it is not within half a minute."""
    async with asyncio.timeout(30):
        while not condition():
            wire.say(telegram)
            await asyncio.sleep(0.2)


async def test_currents_and_voltages_are_refused_when_only_list_1_comes_and_answer_with_the_next_list_3(
    tmp_path: Path, wire: Wire
) -> None:
    (tmp_path / "settings.toml").write_text("[modbus]\nstale_after_s = 5\n")
    list_1, list_2, list_3 = aidon_lists()
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until(wire, list_2, lambda: gateway.read(40001, 20))
        wire.say(list_3)
        await until(lambda: gateway.read_value(40021))
        await say_until(wire, list_1, lambda: gateway.read(40009, 12) is None)
        assert gateway.client.last_except == 0x0B
        assert gateway.read_value(40001) is not None
        assert gateway.read(40001, 20) is None
        assert gateway.read_value(40021), "the hourly total counts for longer"
        (meter,) = gateway.live()["meters"]
        assert (meter["stale"], meter["diagnosis"]["code"]) == (False, "values-stopped")
        assert meter["diagnosis"]["values"]["stopped"] == "export,reactive,current,voltage"
        assert (meter["values"]["31.7.0"]["stale"], meter["values"]["1.7.0"]["stale"]) == (True, False)
        assert meter["values"]["31.7.0"]["age_s"] >= 5
        gateway.wait_for("WARNING.*Not received for .*currents and voltages")

        wire.say(list_3)
        await until(lambda: gateway.read(40001, 50))
        assert gateway.read_value(40009)
        assert gateway.stop() == 0


async def test_after_a_restart_currents_are_refused_and_not_0_until_their_list_comes(
    tmp_path: Path, wire: Wire
) -> None:
    list_1, list_2, _ = aidon_lists()
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until(wire, list_2, lambda: gateway.read(40001, 20))
        assert gateway.stop() == 0
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until(wire, list_1, lambda: gateway.read(40001, 2))
        assert gateway.read(40009, 6) is None
        assert gateway.client.last_except == 0x0B
        assert gateway.live()["meters"][0]["diagnosis"]["code"] == "receiving"
        await say_until(wire, list_2, lambda: gateway.read(40001, 20))
        assert all(gateway.read_value(number) for number in (40009, 40011, 40013))
        assert gateway.stop() == 0
