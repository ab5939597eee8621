"""The gateway finds out by itself with what settings a meter speaks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from han2x.gateway.line_search import SerialSettings
from han2x.simulator import SimulatedMeter
from han2x.simulator.uart import heard, levels
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.wire import Wire

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(240)]


def as_heard(octets: bytes, spoken: SerialSettings, reader: SerialSettings) -> bytes:
    """What a port set to `reader` delivers of what was spoken, bit by bit.

    A pseudo-terminal hands on octets whatever its speed and has no parity; so the line is worked out here, with the
    settings that the gateway says it reads with.
    """
    line = levels(octets, even_parity=spoken.parity == "E")
    return heard(line, bit_time=spoken.baudrate / reader.baudrate, even_parity=reader.parity == "E")


async def speak(kind: str, spoken: SerialSettings, wire: Wire, gateway: Gateway) -> None:
    """Be a meter that pushes at its real pace, until the gateway has understood it."""
    meter = SimulatedMeter(kind, start=datetime.now(UTC))
    begun = asyncio.get_running_loop().time()
    for second, telegram in meter.telegrams():
        await asyncio.sleep(max(0.0, begun + second - asyncio.get_running_loop().time()))
        (seen,) = (await asyncio.to_thread(gateway.live))["meters"]
        if seen["line"]["understood"]:
            return
        if seen["line"]["settings"]:
            wire.say(as_heard(telegram, spoken, SerialSettings.parse(seen["line"]["settings"])))


@pytest.mark.parametrize(
    ("kind", "spoken"), [("kamstrup", "2400 8N1"), ("kaifa", "2400 8E1"), ("kamstrup-p1", "115200 8N1")]
)
async def test_the_settings_of_a_meter_are_found_kept_and_used_again(tmp_path: Path, kind: str, spoken: str) -> None:
    wire = Wire()
    try:
        with running_gateway(tmp_path, "--port", wire.path) as gateway:
            async with asyncio.timeout(120):
                await speak(kind, SerialSettings.parse(spoken), wire, gateway)
            (seen,) = (await asyncio.to_thread(gateway.live))["meters"]
            assert seen["line"]["settings"] == spoken
            assert seen["diagnosis"]["code"] == "receiving"
            assert gateway.read_value(40001) is not None
            assert gateway.stop() == 0
        with running_gateway(tmp_path, "--port", wire.path) as gateway:
            assert f"is open ({spoken})" in "".join(gateway.said)
    finally:
        wire.close()


async def test_settings_that_are_given_are_stayed_with(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[[meters]]\nserial_settings = "9600 8E1"\n')
    wire = Wire()
    try:
        with running_gateway(tmp_path, "--port", wire.path) as gateway:
            assert "is open (9600 8E1)" in "".join(gateway.said)
            for _ in range(3):
                wire.say(b"\x55\xaa" * 20)
                await asyncio.sleep(1.5)
            (seen,) = (await asyncio.to_thread(gateway.live))["meters"]

            assert seen["line"]["settings"] == "9600 8E1"
    finally:
        wire.close()
