"""The gateway as users start it, at Debian's mosquitto."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.waiting import until
from tests.mqtt_broker import Listener, Mosquitto, kept, listening, running_broker

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(180)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with running_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def gateway(tmp_path: Path, broker: Mosquitto) -> Iterator[Gateway]:
    state = tmp_path / "state"
    state.mkdir()
    (state / "settings.toml").write_text(f'[mqtt]\nbroker = "127.0.0.1:{broker.port}"\ninterval_s = 1\n')
    with running_gateway(state, "--simulate", "kamstrup") as gateway:
        yield gateway


def own_status(client: Listener) -> str | None:
    """What the gateway's own status topic says."""
    return next(
        (text for topic, text in client.last.items() if topic.count("/") == 2 and topic.endswith("/status")), None
    )


async def test_a_gateway_that_is_killed_is_offline_by_its_will(gateway: Gateway, broker: Mosquitto) -> None:
    with listening(broker) as client:
        await until(lambda: own_status(client) == "online")
        gateway.kill()
        await until(lambda: own_status(client) == "offline")
    assert "offline" in (await asyncio.to_thread(kept, broker)).values()


async def test_values_are_those_that_modbus_has(gateway: Gateway, broker: Mosquitto) -> None:
    with listening(broker) as client:

        def says() -> tuple[int, ...]:
            [live] = [client.document(topic) for topic in client.last if topic.endswith("/1/live")] or [{}]
            [energy] = [client.document(topic) for topic in client.last if topic.endswith("/1/energy")] or [{}]
            if live.get("power_w") is None or energy.get("import_wh") is None:
                return ()
            volts = (round(10 * live[f"voltage_l{phase}_v"]) for phase in (1, 2, 3))
            return (live["power_import_w"], *volts, energy["import_wh"] // 1000)

        def has() -> tuple[int, ...]:
            powers, volts, energy = gateway.read(40001), gateway.read(40015, 6), gateway.read(40029)
            if powers is None or volts is None or energy is None:
                return ()
            words = [*powers, *volts, *energy]
            return tuple(high << 16 | low for high, low in zip(words[::2], words[1::2], strict=True))

        async with asyncio.timeout(60):  # until no telegram comes between the two
            while not (said := says()) or said != await asyncio.to_thread(has):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)


async def test_modbus_is_served_while_the_broker_is_stopped(gateway: Gateway, broker: Mosquitto) -> None:
    with listening(broker) as client:
        await until(lambda: own_status(client) == "online")
        await until(lambda: gateway.read(40001) is not None)
        broker.signal(signal.SIGSTOP)
        try:
            served = [await asyncio.to_thread(gateway.read, 40001) for _ in range(1000)]
            assert None not in served
            assert await asyncio.to_thread(gateway.stop) == 0, "nor does it wait for the broker when it ends"
        finally:
            broker.signal(signal.SIGCONT)
        await until(lambda: own_status(client) == "offline")
