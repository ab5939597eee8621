"""The clock hours through the running gateway: from a simulated meter's lists to registers and the live answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from han2x.simulator import SimulatedMeter
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

ABSENT = 0xFFFF_FFFF
START = datetime.now(UTC).replace(tzinfo=None, hour=19, minute=59, second=35, microsecond=0) + timedelta(days=400)
"""Of a meter whose clock is later than this computer's, since hours go by the meter's; in the evening, when
its household does not feed in.
"""
FULL_HOUR = START.replace(minute=0, second=0, tzinfo=timezone(timedelta(hours=1))) + timedelta(hours=1)
"""The meter's clock keeps normal time."""


async def say_between(wire: Wire, meter: SimulatedMeter, begin: float, end: float) -> None:
    """Let the meter say what is due between two seconds after its start, faster than it would."""
    for _, telegram in meter.frames_between(begin, end):
        wire.say(telegram)
        await asyncio.sleep(0.3)


async def say_until_heard(wire: Wire, meter: SimulatedMeter, moment: float, gateway: Gateway) -> None:
    """Let the meter say what is due at a moment again and again, until the gateway has it: what came before it had
    opened the line is lost.
    """
    telegrams = [telegram for _, telegram in meter.frames_between(moment, moment + 10)]
    async with asyncio.timeout(60):
        while gateway.read_value(40253) in (None, 0x8000_0000):
            wire.say(telegrams[0])
            await asyncio.sleep(0.3)


def total(gateway: Gateway) -> int:
    """The meter's total of the active import, in Wh."""
    words = gateway.read(40201, 4)
    return 0 if words is None else int.from_bytes(b"".join(word.to_bytes(2) for word in words))


async def test_an_hour_is_followed_and_kept_through_a_restart(tmp_path: Path, wire: Wire) -> None:
    (tmp_path / "settings.toml").write_text('[device]\ntime_zone = "Europe/Oslo"\n')
    meter = SimulatedMeter("kamstrup", start=START)
    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_heard(wire, meter, 0, gateway)
        await say_between(wire, meter, 0, 22)
        assert gateway.read_value(40241) == gateway.read_value(40247) == ABSENT
        await say_between(wire, meter, 22, 60)
        await until(lambda: gateway.read_value(40241) not in (None, ABSENT))
        before = total(gateway)
        (live,) = gateway.live()["meters"]
        hour = live["hour"]
        assert datetime.fromisoformat(hour["begin"]) == FULL_HOUR
        assert 0 <= hour["import_wh"] < 100
        assert hour["highest"] == []
        assert gateway.read_value(40247) == gateway.read_value(40249) == ABSENT
        assert gateway.read_value(40253) == round(hour["highest_w"])
        assert gateway.stop() == 0

    with running_gateway(tmp_path, "--port", wire.path) as gateway:
        await say_until_heard(wire, meter, 3600, gateway)
        await say_between(wire, meter, 3600, 3660)
        await until(lambda: gateway.read_value(40247) not in (None, ABSENT))
        consumed = total(gateway) - before
        assert consumed > 0
        assert gateway.read_value(40247) == gateway.read_value(40249) == consumed
        (live,) = gateway.live()["meters"]
        (highest,) = live["hour"]["highest"]
        assert (highest["begin"], highest["wh"]) == (hour["begin"], consumed)
        assert live["hour"]["mean_of_highest_wh"] == consumed
        assert gateway.stop() == 0
