"""The daemon: builds every part from the settings, runs them side by side, and ends them in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from han2x import __version__
from han2x.app.facts import Facts, SteadyClock
from han2x.app.keeper import Keeper
from han2x.app.meter import Meter
from han2x.app.options import Effective, Options, effective
from han2x.modbus_server import Identity, Limits, ModbusServer
from han2x.settings import Settings, WebSettings, parse_listen
from han2x.store import Store

if TYPE_CHECKING:
    from han2x.web import WebServer

log = logging.getLogger("han2x")

TICK_S: Final = 1.0
WEB_RETRY_S: Final = 30.0
URL: Final = "https://www.varibits.no/han2x"


class Daemon:
    """The whole gateway. `announce` is called once with the addresses in force, as soon as Modbus is served."""

    def __init__(self, settings: Settings, options: Options, announce: Callable[[Daemon], None]) -> None:
        self.effective: Effective = effective(settings, options)
        self.settings = self.effective.settings
        self.clock = SteadyClock()
        self._announce = announce
        self._keeper = Keeper(Store(options.state_dir), options.settings_file)
        facts = Facts(self.clock, self.settings.device.temperature_path)
        self.meters = [self._meter(place, facts) for place in range(len(self.settings.meters))]
        self.modbus = ModbusServer(
            {meter.settings.unit: meter for meter in self.meters},
            identity=self._identity,
            limits=_limits(self.settings),
        )
        self._stop = asyncio.Event()
        self.web_addresses: list[str] = []

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT.

        Raises:
            CannotListenError: the Modbus port cannot be had.
        """
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stop.set)
        async with AsyncExitStack() as ending:
            ending.callback(self._keeper.finish, self.meters)
            await self.modbus.start(*parse_listen(self.settings.modbus.listen, lowest_port=0))
            ending.push_async_callback(self.modbus.stop)
            await self._run_parts(ending)

    async def _run_parts(self, ending: AsyncExitStack) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part) for part in self._parts()]
            if self.settings.web.enabled:
                await self._serve_web(group, tasks, ending)
            self._announce(self)
            await self._stop.wait()
            log.info("stopping")
            for task in tasks:
                task.cancel()

    def _parts(self) -> list[Coroutine[Any, Any, object]]:
        parts: list[Coroutine[Any, Any, object]] = [
            self._tick(), self._keeper.run_states(self.meters), self._keeper.run_factors(),
        ]  # fmt: skip
        for place, meter in enumerate(self.meters):
            kind = self.effective.simulated.get(place)
            if kind is not None:
                parts.append(_run_simulated(meter, kind))
            elif meter.settings.port:
                parts.append(meter.line.run())
            else:
                log.warning("%s: no serial port is configured; set port in [[meters]], or use --port", meter.label)
        return parts

    async def _serve_web(
        self, group: asyncio.TaskGroup, tasks: list[asyncio.Task[object]], ending: AsyncExitStack
    ) -> None:
        from han2x.web import WebServer, create_app

        server = WebServer(lambda: create_app(self.live))
        ending.push_async_callback(server.stop)
        if not await self._start_web(server, self.settings.web):
            tasks.append(group.create_task(self._keep_trying_web(server, self.settings.web)))

    async def _start_web(self, server: WebServer, web: WebSettings) -> bool:
        from han2x.web import WebError

        try:
            await server.start(*parse_listen(web.listen, lowest_port=0))
        except WebError as error:
            log.error("%s", error)  # noqa: TRY400 - no traceback helps the reader
            return False
        self.web_addresses = [f"{host}:{port}" for host, port in server.addresses]
        return True

    async def _keep_trying_web(self, server: WebServer, web: WebSettings) -> None:
        """Modbus goes on without the page; whoever holds the page's port may let go of it."""
        while True:
            await asyncio.sleep(WEB_RETRY_S)
            if await self._start_web(server, web):
                return

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for meter in self.meters:
                meter.tick()

    def live(self) -> dict[str, Any]:
        """What the page shows."""
        now = self.clock()
        return {
            "version": __version__,
            "uptime_s": round(now - self.clock.started, 1),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "modbus": {"port": self.modbus.addresses[0][1] if self.modbus.addresses else None},
            "meters": [meter.live() for meter in self.meters],
        }

    def _meter(self, place: int, facts: Facts) -> Meter:
        in_file = place < self.effective.in_file
        return Meter(
            self.settings.meters[place],
            self.settings.modbus,
            self.clock,
            facts=facts,
            on_factor=partial(self._keeper.keep_factor, place) if in_file else _not_kept,
            kept=self._keeper.kept(self.settings.meters[place].unit),
            simulated=place in self.effective.simulated,
        )

    def _identity(self, unit: int) -> Identity:
        meter = next(meter for meter in self.meters if meter.settings.unit == unit)
        known = meter.state.snapshot(self.clock())
        return Identity(
            vendor="han2x",
            product_code="HAN2X",
            version=__version__,
            product_name="Modbus TCP gateway for a meter's HAN port",
            meter=" ".join(filter(None, (known.maker, known.meter_type, known.meter_id))),
        )


async def _run_simulated(meter: Meter, kind: str) -> None:
    """A simulated meter on a pseudo-terminal, and the line that reads it as it would read a real one."""
    from han2x.simulator import SimulatedLine, SimulatedMeter

    async with SimulatedLine(SimulatedMeter(kind, start=datetime.now(UTC))) as simulated:
        log.info("%s: simulated %s meter on %s", meter.label, kind, simulated.path)
        await meter.line.run(simulated.path)


def _limits(settings: Settings) -> Limits:
    modbus = settings.modbus
    return Limits(
        max_connections=modbus.max_connections,
        idle_timeout_s=modbus.idle_timeout_s,
        allow=modbus.allow,
        read_only=modbus.read_only,
    )


def _not_kept(_value: int) -> None:
    log.info("this meter is not in the settings file, so its scaling factor will not survive a restart")
