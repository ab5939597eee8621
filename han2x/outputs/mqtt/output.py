"""The MQTT output: connects, publishes what is new, and begins again when the connection is lost.

There is no queue: what a broker could not be told in time is not told later, but as it is then.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final, NoReturn

from han2x.gateway.meter import Meter
from han2x.model import Event, Problem
from han2x.output_state import OutputPhase, OutputState
from han2x.outputs.base import Gateway
from han2x.outputs.mqtt.connection import Connection
from han2x.outputs.mqtt.desk import Desk
from han2x.outputs.mqtt.faults import BrokerError, MqttFault
from han2x.outputs.mqtt.memory import Memory
from han2x.outputs.mqtt.options import Options
from han2x.seldom import Seldom

log = logging.getLogger("han2x.mqtt")

AGAIN_S: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""How long after a connection that failed the next is tried: the last for ever."""
LASTS_S: Final = 30.0
TICK_S: Final = 1.0
GOODBYE_S: Final = 2.0
"""How long taking leave may take: settings, or the end of the program, wait for it."""
SPREAD_S: Final = 3.0
"""Over how long the gateways of a fleet announce their meters when Home Assistant comes up."""
LINES_AN_HOUR: Final = 3
"""Lines of a kind in the log; a connection may come and go for days."""


class MqttOutput:
    """Publishes to one broker."""

    def __init__(self, name: str, options: Options, gateway: Gateway) -> None:
        self._options = options
        self._gateway = gateway
        self._memory = Memory(gateway.store, options.place)
        self._state = OutputState(name, OutputPhase.WAITING, options.place)
        self._seldom: Seldom[str] = Seldom(most=LINES_AN_HOUR)
        self._connection: Connection | None = None
        self._wake = asyncio.Event()
        self._spoke: set[int] = set()
        self._next: dict[int, tuple[float, float]] = {}
        self._settings_changed = self._leaving = False
        self._announce_at = float("inf")
        self._working_since = 0.0
        # Those of a fleet are not to come all at once.
        self._share = int(gateway.id[:4], 16) / 0xFFFF

    @property
    def state(self) -> OutputState:
        """How it stands now."""
        return self._state

    async def run(self) -> NoReturn:
        """Publish until cancelled."""
        await self._memory.load()
        failures = -1
        while True:
            try:
                await self._connect()
            except BrokerError as error:
                failures = 0 if self._has_lasted() else failures + 1
                self._tell(OutputPhase.FAILED, error.fault)
            wait = AGAIN_S[min(failures, len(AGAIN_S) - 1)]
            await asyncio.sleep(wait * (0.75 + 0.5 * self._share))

    def take(self, meter: Meter, event: Event, now: float) -> None:
        """A meter has spoken."""
        if not isinstance(event, Problem):
            self._spoke.add(meter.config.unit)
            self._wake.set()

    def settings_changed(self) -> None:
        """Meters may have come, gone, or been renamed."""
        self._settings_changed = True
        self._wake.set()

    def leave(self, instead: object | None) -> None:
        """It ends for good, with another `instead` or none: with `run` the broker is to forget what it keeps."""
        self._leaving = not isinstance(instead, Options) or instead.place != self._options.place
        if self._leaving and self._memory.topics and self._state.phase is not OutputPhase.WORKING:
            log.warning("MQTT: %s is not there to forget what it keeps of this gateway", self._options.place)

    def _has_lasted(self) -> bool:
        """Whether the connection was not one of those that come and go, as when two clients have one name."""
        working = self._state.phase is OutputPhase.WORKING
        return working and self._gateway.clock() - self._working_since >= LASTS_S

    async def _connect(self) -> NoReturn:
        last = self._connection
        if last is not None and last.thread.is_alive():
            raise last.not_in_time()  # it still waits for a name, and another one would do so too
        desk = Desk(self._options, self._gateway, self._memory)
        client_id = f"han2x-{self._gateway.id}"
        self._connection = connection = Connection(self._options, client_id, desk.goodbye, self._heard)
        await connection.open()
        try:
            await self._publish_all(connection, desk)
        except asyncio.CancelledError:
            with suppress(BrokerError, TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._say_goodbye(connection, desk)
            raise
        finally:
            connection.end()

    async def _publish_all(self, connection: Connection, desk: Desk) -> NoReturn:
        fault = await self._subscribe(connection)
        await connection.publish([desk.hello()])
        self._next.clear()
        await self._publish_due(connection, desk)
        await self._clear(connection, desk)
        self._working_since = self._gateway.clock()
        self._tell(OutputPhase.WORKING, fault)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            self._wake.clear()
            if connection.lost.done():
                raise BrokerError.of("mqtt-lost", place=self._options.place)
            self._look_for_changes(desk)
            if await self._publish_due(connection, desk):
                await self._clear(connection, desk)

    async def _subscribe(self, connection: Connection) -> MqttFault | None:
        """Hear when Home Assistant comes up; a broker that does not allow that is good for all the rest."""
        if not self._options.discovery:
            return None
        try:
            await connection.subscribe(f"{self._options.discovery}/status")
        except BrokerError as error:
            if error.fault.code != "mqtt-not-subscribed":
                raise
            return error.fault
        return None

    def _look_for_changes(self, desk: Desk) -> None:
        if self._gateway.clock() >= self._announce_at:
            self._announce_at = float("inf")
            desk.announce_again()
            self._next.clear()
        if self._settings_changed:
            self._next.clear()

    async def _publish_due(self, connection: Connection, desk: Desk) -> bool:
        """Publish what is due of each meter; returns whether the broker may keep something now that it should not."""
        changed, self._settings_changed = self._settings_changed, False
        for meter in self._gateway.meters():
            unit, now = meter.config.unit, self._gateway.clock()
            soonest, latest = self._next.get(unit, (0.0, 0.0))
            if now < (soonest if unit in self._spoke else latest):
                continue
            self._spoke.discard(unit)
            messages, until = desk.of(meter)
            changed |= await self._memory.save()
            await connection.publish(messages)
            self._next[unit] = now + self._options.interval_s, min(now + desk.beat_s, until)
        return changed

    async def _clear(self, connection: Connection, desk: Desk) -> None:
        left = desk.leftovers()
        await connection.publish(left)
        self._memory.cleared(message.topic for message in left)
        await self._memory.save()

    async def _say_goodbye(self, connection: Connection, desk: Desk) -> None:
        if self._leaving:
            await connection.publish([desk.forget(topic) for topic in sorted(self._memory.topics)])
            self._memory.cleared(list(self._memory.topics))
            await self._memory.save()
        else:
            await connection.publish([desk.goodbye])
        await connection.close()

    def _heard(self, topic: str, payload: bytes) -> None:
        if topic == f"{self._options.discovery}/status" and payload == b"online":
            self._announce_at = self._gateway.clock() + SPREAD_S * self._share

    def _tell(self, phase: OutputPhase, fault: MqttFault | None) -> None:
        before, self._state = self._state, OutputState(self._state.name, phase, self._options.place, fault)
        if before == self._state:
            return
        line = str(fault) if fault is not None else f"publishing to {self._options.place}"
        repeated = self._seldom.take(fault.code if fault is not None else "", line, self._gateway.clock())
        if repeated is not None:
            log.log(logging.INFO if fault is None else logging.WARNING, "MQTT: %s%s", line, repeated)


def make(name: str, settings: Options, gateway: Gateway) -> MqttOutput:
    """The output that the settings ask for."""
    return MqttOutput(name, settings, gateway)
