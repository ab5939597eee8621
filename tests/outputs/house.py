"""Meters that a test speaks for, and an output that runs for them in the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from han2x.addresses import LOCAL_NETWORKS, IpNetwork
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Reading
from han2x.output_state import OutputPhase
from han2x.outputs import Gateway, Output
from han2x.outputs.place import Place
from tests.end_to_end.waiting import until
from tests.readings import NOW, a_reading

GATEWAY_ID = "a4cf12d08e36"
ELSEWHERE: tuple[IpNetwork, ...] = (ip_network("192.0.2.0/24"),)
"""Networks that no client of a test is in."""


class House:
    """Meters by their unit ids, with a clock that stands still; `page` and `modbus` are where those are reached."""

    def __init__(self, *units: int) -> None:
        self.now = NOW
        self.page = "http://192.0.2.1/"
        self.modbus: int | None = 502
        self.meters = [Meter(MeterConfig(unit=unit), lambda: self.now) for unit in units or (1,)]
        self.gateway = Gateway(
            GATEWAY_ID,
            "1.2.3",
            lambda: self.now,
            meters=lambda: self.meters,
            page_url=lambda: self.page,
            modbus_port=lambda: self.modbus,
        )

    def hear(self, reading: Reading | None = None, *, unit: int = 1, output: Output | None = None) -> None:
        """A telegram of this meter's, which the output is given too."""
        meter = next(meter for meter in self.meters if meter.config.unit == unit)
        said = reading or a_reading()
        meter.take(said)
        if output is not None:
            output.take(meter, said, self.now)


def a_place(port: int = 0, **more: Any) -> Place:  # noqa: ANN401 - any field
    """A place of the meter with unit id 1 on 127.0.0.1."""
    return replace(Place(1, "127.0.0.1", port, LOCAL_NETWORKS), **more)


def at(output: Output) -> tuple[str, int]:
    """Where an output is reached."""
    host, _, port = output.state.where.partition(", ")[0].rpartition(":")
    return host.strip("[]"), int(port)


@asynccontextmanager
async def running(output: Output, *, served: bool = True) -> AsyncIterator[Output]:
    """The output while it runs, once it is served."""
    task = asyncio.create_task(output.run())
    try:
        if served:
            await until(lambda: output.state.phase is OutputPhase.WORKING or task.done())
        yield output
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
