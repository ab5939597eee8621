"""A meter's reading as P1 telegrams on a TCP port, which Home Assistant (`dsmr`), evcc and DSMR-reader read.

Clients say nothing. Each gets a telegram when it comes, at each reading of the meter, and at least every `EVERY_S`;
none while nothing is current.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final, NoReturn

from han2x.gateway.meter import Meter
from han2x.model import Event, Reading
from han2x.output_state import OutputState
from han2x.outputs.base import Gateway, Output
from han2x.outputs.crowd import Crowd, Visitor
from han2x.outputs.door import Door
from han2x.outputs.p1_telegram import telegram
from han2x.outputs.place import Place, meter_of

EVERY_S: Final = 10.0
AT_LEAST_S: Final = 0.5
"""What lies between two telegrams, however fast a line speaks."""
MOST_HEARD: Final = 4096
"""Octets that a client may say before it is cut off; it has nothing to say."""


def make(name: str, settings: object, gateway: Gateway) -> Output:
    """The output for one meter; `settings` is its `Place`."""
    if not isinstance(settings, Place):
        raise TypeError(f"{name} is made with a place, not with {settings!r}")
    return P1Tcp(name, settings, gateway)


class P1Tcp:
    """Sends one meter's telegrams to everybody who is there."""

    def __init__(self, name: str, place: Place, gateway: Gateway) -> None:
        self._unit = place.unit
        self._gateway = gateway
        self.crowd = Crowd(name, place)
        serve = partial(self.crowd.serve, lambda: _Listener(self.crowd, self))
        self._door = Door(name, place, socket.SOCK_STREAM, serve, gateway)
        self._heard = asyncio.Event()

    @property
    def state(self) -> OutputState:
        """How it stands now."""
        return self._door.state

    async def run(self) -> NoReturn:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._door.run())
            await self._send()

    def take(self, meter: Meter, event: Event, now: float) -> None:
        """What a meter just said."""
        if meter.config.unit == self._unit and isinstance(event, Reading):
            self._heard.set()

    def settings_changed(self) -> None:
        """Nothing of it is kept here."""

    def telegram(self) -> bytes | None:
        """What is current now; None while nothing is."""
        meter = meter_of(self._gateway, self._unit)
        return telegram(meter.measured(), datetime.now(UTC), meter.config.zone) if meter is not None else None

    async def _send(self) -> NoReturn:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S - AT_LEAST_S):
                    await self._heard.wait()
            self._heard.clear()
            octets = self.telegram() if len(self.crowd) else None
            for visitor in self.crowd if octets else ():
                visitor.say(octets or b"")
            await asyncio.sleep(AT_LEAST_S)


class _Listener(Visitor):
    """A client that gets telegrams."""

    def __init__(self, crowd: Crowd, output: P1Tcp) -> None:
        super().__init__(crowd)
        self._output = output
        self._said = 0

    def entered(self) -> None:
        """The present telegram need not be waited for."""
        octets = self._output.telegram()
        if octets is not None:
            self.say(octets)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._said += len(data)
        if self._said > MOST_HEARD:
            self.cut()
