"""When the MQTT output tries again: with a broker that a test stands in for, and no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from han2x.output_state import OutputPhase
from han2x.outputs import Gateway
from han2x.outputs.mqtt.faults import BrokerError
from han2x.outputs.mqtt.options import Options
from han2x.outputs.mqtt.output import AGAIN_S, LASTS_S, LINES_AN_HOUR, MqttOutput


class Attempts:
    """What becomes of each attempt, and how long after it the next is made; the last ends the run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, gateway_id: str = "800000000000") -> None:
        self.now = 0.0
        self.waits: list[float] = []
        gateway = Gateway(gateway_id, "1", lambda: self.now, list, lambda: "", lambda: None)
        self.output = MqttOutput("mqtt", Options("broker"), gateway)
        monkeypatch.setattr(self.output, "_connect", self._connect)
        monkeypatch.setattr("han2x.outputs.mqtt.output.asyncio.sleep", self._sleep)
        self._script: list[Callable[[], None]] = []

    async def make(self, *script: Callable[[], None]) -> list[float]:
        self._script = list(script)
        with pytest.raises(asyncio.CancelledError):
            await self.output.run()
        return self.waits

    def fails(self, code: str = "mqtt-lost") -> None:
        raise BrokerError.of(code, place="broker:1883")

    def works_for(self, seconds: float) -> None:
        self.output._working_since = self.now
        self.output._tell(OutputPhase.WORKING, None)
        self.now += seconds
        self.fails()

    async def _connect(self) -> None:
        if not self._script:
            raise asyncio.CancelledError
        self._script.pop(0)()

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


async def test_attempts_become_seldom_but_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(monkeypatch)
    waits = await attempts.make(*[attempts.fails] * 12)
    assert waits == pytest.approx([*AGAIN_S, *[AGAIN_S[-1]] * (12 - len(AGAIN_S))], rel=1e-3)


async def test_after_a_connection_that_lasted_the_next_is_tried_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(monkeypatch)
    waits = await attempts.make(*[attempts.fails] * 5, lambda: attempts.works_for(LASTS_S))
    assert waits[-1] == pytest.approx(AGAIN_S[0], rel=1e-3)


async def test_connections_that_come_and_go_become_seldom_too_and_so_do_their_lines(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    attempts = Attempts(monkeypatch)
    waits = await attempts.make(*[lambda: attempts.works_for(1)] * 20)
    assert waits[-1] == pytest.approx(AGAIN_S[-1], rel=1e-3)
    assert len(caplog.records) == 2 * LINES_AN_HOUR


async def test_the_gateways_of_a_fleet_do_not_come_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []
    for gateway_id in ("000000000000", "800000000000", "ffff00000000"):
        attempts = Attempts(monkeypatch, gateway_id)
        waits += await attempts.make(attempts.fails)
    assert waits == pytest.approx([0.75 * AGAIN_S[0], AGAIN_S[0], 1.25 * AGAIN_S[0]], rel=1e-3)
