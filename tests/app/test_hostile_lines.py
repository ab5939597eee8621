"""Lines that say what is hardest to decode, as fast as it is taken, hold up nobody."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest

from han2x.framing import SLICE
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Event, Quantity, Reading
from han2x.serial_port import SerialLine, Turns
from han2x.serial_port.turns import TURN_S
from han2x.state import MeterState
from tests import frames
from tests.app.running import running_daemon
from tests.app.test_meters import POWER, meters
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.hostile_lines import patterns

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(120)]

STEPS = 10
MOST_AT_ONCE = 1 << 18
CONFIG = MeterConfig(port="socket://meter:1")


@contextmanager
def full_speed(octets: bytes) -> Iterator[str]:
    """The URL of a serial server that says this again and again, as fast as it is taken."""
    much = octets * (MOST_AT_ONCE // len(octets) + 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    while True:
                        connection.sendall(much)

        speaking = threading.Thread(target=speak, daemon=True)
        speaking.start()
        yield f"socket://127.0.0.1:{listening.getsockname()[1]}"
    speaking.join(10)


def stream(name: str, length: int) -> bytes:
    """A pattern again and again, so many octets."""
    return bytes(islice(cycle(patterns()[name]), length))


def a_meter() -> Meter:
    return Meter(CONFIG, lambda: 1e9)


@pytest.mark.parametrize("name", patterns())
def test_a_step_takes_one_place_in_the_stream_and_no_more(name: str) -> None:
    octets = stream(name, 20_000)
    meter = a_meter()
    steps = [*meter.steps(octets), *meter.steps(None)]

    found = [sum(event.offset is not None for event in events) for events in steps]
    assert max(found) <= 4
    assert len(steps) >= len(octets) // SLICE
    whole = a_meter()
    assert [event for events in steps for event in events] == whole.feed(octets) + whole.silence()


@pytest.mark.parametrize("name", patterns())
def test_octets_that_are_given_up_half_way_leave_nothing_behind(name: str) -> None:
    chance = random.Random(3)
    octets = stream(name, 9000)
    meter = a_meter()
    for _ in range(20):
        steps = meter.steps(octets)
        for _ in range(chance.randint(0, 200)):
            next(steps, None)
        del steps
    meter.silence()
    events: list[Event] = meter.feed(frames.a_list_1(4321))

    assert [event.values for event in events if isinstance(event, Reading)] == [
        {Quantity.ACTIVE_POWER_IMPORT: 4_321_000}
    ]


async def test_a_turn_of_the_event_loop_decodes_no_more_than_its_share() -> None:
    looks = 0

    def clock() -> float:
        """Real time, and with each look so much more that a turn has room for `STEPS` of them."""
        nonlocal looks
        looks += 1
        return time.perf_counter() + looks * TURN_S / STEPS

    meter = a_meter()
    done: list[int] = [0]

    def steps(octets: bytes) -> Iterator[object]:
        for step in meter.steps(octets):
            done[-1] += 1
            yield step

    with full_speed(patterns()["P1 telegrams, each of another meter"]) as url:
        line = SerialLine(
            url,
            on_octets=steps,
            on_silence=lambda: None,
            on_status=meter.line_changed,
            turns=Turns(clock),
        )
        running = asyncio.create_task(line.run())
        while sum(done) < 5000:
            await asyncio.sleep(0)
            if done[-1]:
                done.append(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert max(done) <= STEPS


@pytest.mark.parametrize("name", ["P1 telegrams, each of another meter", "HDLC headers of the longest frame"])
async def test_beside_a_hostile_line_the_other_meter_is_read_and_served(tmp_path: Path, wire: Wire, name: str) -> None:
    with full_speed(patterns()[name]) as url:
        async with running_daemon(tmp_path, meters((1, url), (2, wire))) as running:
            hostile = running.meter(1).state
            await until(lambda: hostile.revision > 100)
            for power in (501, 502, 503, 504):
                before = hostile.revision
                await running.hear(wire, kamstrup_list_1(power_import=power), unit=2)
                assert await running.value(POWER, unit=2) == power
                await until(partial(_rises_above, hostile, before))
            lines = len(running.said())

    assert lines < 60


def _rises_above(state: MeterState, revision: int) -> bool:
    return state.revision > revision
