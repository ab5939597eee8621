"""The daemon: builds every part from the settings, runs them side by side, changes them, and ends them in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import astuple
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn

from han2x import __version__
from han2x.app.facts import Facts, SteadyClock
from han2x.app.health import Health, status_line
from han2x.app.keeper import Keeper, kept_name
from han2x.app.log_ring import LogRing
from han2x.app.options import Effective, Options, effective
from han2x.app.page import Page
from han2x.app.readers import Readers
from han2x.app.secure_modbus import SecureModbus
from han2x.app.status import serve_status, status_path
from han2x.app.stored import StoredNotes
from han2x.gateway.meter import Meter
from han2x.modbus_server import Identity, Limits, ModbusServer
from han2x.network import Network
from han2x.settings import Settings, SettingsError, forget, load, parse_listen
from han2x.store import Store
from han2x.systemd.notify import ServiceManager

if TYPE_CHECKING:
    from han2x.api.live import Live
    from han2x.api.modbus import Modbus
    from han2x.api.status import Status

log = logging.getLogger("han2x")

TICK_S: Final = 1.0
STATUS_S: Final = 10.0


class Daemon:
    """The whole gateway. `announce` is called once, as soon as everything is served.

    After `run`, `restart_wanted` tells whether the program should be started again at once. `restart_needed` tells
    that settings were changed which only come into force that way. `file_settings` are those of the settings file.
    """

    def __init__(self, settings: Settings, options: Options, announce: Callable[[Daemon], None]) -> None:
        self.options = options
        self.file_settings = settings
        self.effective: Effective = effective(settings, options)
        self.clock = SteadyClock()
        self.store = Store(options.state_dir)
        self.restart_wanted = False
        self.restart_needed = False
        self.log_ring = LogRing()
        self._announce = announce
        self._keeper = Keeper(self.store, options.settings_file)
        self._facts = Facts(self.clock, self.settings.device.temperature_path)
        self.meters = [self._meter(place) for place in range(len(self.settings.meters))]
        self.modbus = ModbusServer(
            {meter.settings.unit: meter for meter in self.meters},
            identity=self._identity,
            limits=_limits(self.settings),
        )
        self.secure_modbus = SecureModbus({meter.settings.unit: meter for meter in self.meters}, self._identity)
        self.page: Page | None = None
        self._readers: Readers | None = None
        self._service = ServiceManager()
        self._stop = asyncio.Event()
        self._reloading: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> Settings:
        """What is in force: the settings file with the command line over it."""
        return self.effective.settings

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, or until a restart is wanted. SIGHUP takes the settings file anew.

        Raises:
            CannotListenError: the Modbus port cannot be had.
        """
        self._handle_signals()
        logging.getLogger().addHandler(self.log_ring)
        async with AsyncExitStack() as ending:
            ending.callback(logging.getLogger().removeHandler, self.log_ring)
            ending.callback(self._keeper.finish, self.meters)
            await self._answer_status(ending)
            await self.modbus.start(*parse_listen(self.settings.modbus.listen, lowest_port=0))
            ending.push_async_callback(self.modbus.stop)
            await self.secure_modbus.apply(self.settings.modbus, _limits(self.settings))
            ending.push_async_callback(self.secure_modbus.stop)
            await self._run_parts(ending)

    def restart(self) -> None:
        """End, and be started again at once."""
        self.restart_wanted = True
        self._stop.set()

    async def change(self, settings: Settings) -> None:
        """Bring other settings of the file into force, without a break where nothing of a part has changed.

        Raises:
            CannotListenError: the new Modbus address cannot be had; nothing has changed then.
        """
        new = effective(settings, self.options)
        await self.modbus.start(*parse_listen(new.settings.modbus.listen, lowest_port=0))
        before, self.effective = self.effective, new
        self.modbus.update(_limits(new.settings))
        await self.secure_modbus.apply(new.settings.modbus, _limits(new.settings))
        logging.getLogger().setLevel(new.settings.device.log_level.upper())
        self.restart_needed = self.restart_needed or _composition(before) != _composition(new)
        if self.restart_needed:
            return
        for place, meter in enumerate(self.meters):
            if meter.change(new.settings.meters[place], new.settings.modbus) and self._readers is not None:
                await self._readers.end(meter)
                meter.renew_line()
                self._readers.begin(meter, new.simulated.get(place))
        if self.page is not None:
            self.page.move(new.settings.web)

    def status(self) -> Status:
        """What `han2x status` asks for."""
        from han2x.app import answers

        urls = self.page.urls if self.page else []
        return answers.status(self.meters, self._uptime_s(), self.modbus_snapshot(), urls, self._keeper.failures)

    def modbus_snapshot(self) -> Modbus:
        """Clients, counters and the last requests; of the server with TLS under "tls", None while there is none."""
        from han2x.app import answers

        return answers.modbus(self.modbus.snapshot(), self.secure_modbus.snapshot())

    async def forget_everything(self) -> None:
        """Factory reset: no settings, no keys, no energies. It is in force after a restart."""
        self._keeper.give_up()
        await asyncio.to_thread(forget, self.options.settings_file)
        for meter in self.meters:
            await asyncio.to_thread(self.store.forget, kept_name(meter.settings.unit))

    def live(self) -> Live:
        """What the page shows."""
        from han2x.app import answers

        return answers.live(self.meters, self._uptime_s(), self.modbus.addresses)

    def _uptime_s(self) -> float:
        return self.clock() - self.clock.started

    async def _answer_status(self, ending: AsyncExitStack) -> None:
        path = status_path(self.options.state_dir)
        try:
            ending.push_async_callback((await serve_status(path, self.status)).stop)
        except OSError as error:
            log.warning("%s: 'han2x status' will not work: %s", path, error.strerror)

    async def _run_parts(self, ending: AsyncExitStack) -> None:
        async with asyncio.TaskGroup() as group:
            self._readers = Readers(group)
            for place, meter in enumerate(self.meters):
                self._readers.begin(meter, self.effective.simulated.get(place))
            parts = [
                self._tick(),
                self._tell_status(),
                self._keeper.run_states(self.meters),
                self._keeper.run_factors(),
            ]
            tasks: list[asyncio.Task[object]] = [group.create_task(part) for part in parts]
            tasks.append(group.create_task(self._service.run_watchdog(self._fault)))
            self._service.ready()
            network = await ending.enter_async_context(Network(StoredNotes(self.store)))
            tasks += [group.create_task(part) for part in await self._parts_for_people(network, ending)]
            self._announce(self)
            await self._stop.wait()
            log.info("stopping")
            (self._service.reloading if self.restart_wanted else self._service.stopping)()
            self._readers.cancel()
            for task in tasks:
                task.cancel()

    async def _parts_for_people(self, network: Network, ending: AsyncExitStack) -> list[Coroutine[Any, Any, NoReturn]]:
        parts: list[Coroutine[Any, Any, NoReturn]] = []
        try:
            if self.settings.web.enabled:
                parts.append(await self._serve_page(network, ending))
            if any(astuple(self.settings.panel)):
                from han2x.app.panel import run_panel

                parts.append(run_panel(self, network))
        except Exception:
            log.exception("a fault in this program: Modbus goes on without the page, or the lights")
        return parts

    async def _serve_page(self, network: Network, ending: AsyncExitStack) -> Coroutine[Any, Any, NoReturn]:
        # In a thread, since Modbus is already served and should not wait for the page's libraries.
        await asyncio.to_thread(import_module, "han2x.app.control")
        from han2x.app.control import serve_page

        self.page = await serve_page(self, network)
        ending.push_async_callback(self.page.stop)
        return self.page.run()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for meter in self.meters:
                meter.tick()

    async def _tell_status(self) -> None:
        while True:
            clients = len(self.modbus.snapshot()["connections"])
            self._service.status(status_line(self.meters, self.clock(), clients))
            await asyncio.sleep(STATUS_S)

    async def _fault(self) -> str | None:
        health = Health(self.meters[0].settings.unit, lambda: self.modbus.addresses, _limits(self.settings).allows)
        return await health.fault(self._readers.tasks if self._readers is not None else [])

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._begin_reload)

    def _begin_reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _reload(self) -> None:
        self._service.reloading()
        try:
            new = load(self.options.settings_file)
            await self.change(new)
            self.file_settings = new
        except (SettingsError, OSError) as error:
            log.error("the settings are as before: %s", error)  # noqa: TRY400 - no traceback helps the reader
        else:
            log.info("the settings were taken anew")
        self._service.ready()
        if self.restart_needed:
            self.restart()

    def _meter(self, place: int) -> Meter:
        in_file = place < self.effective.in_file
        return Meter(
            self.settings.meters[place],
            self.settings.modbus,
            self.clock,
            facts=self._facts,
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


def _composition(what: Effective) -> tuple[object, ...]:
    """What cannot change while running: which meters there are, under which unit ids, and whether there is a page."""
    units = tuple(meter.unit for meter in what.settings.meters)
    return units, tuple(what.simulated.items()), what.settings.web.enabled


def _limits(settings: Settings) -> Limits:
    modbus = settings.modbus
    return Limits(
        # One more than clients may take: the watchdog's own request.
        max_connections=modbus.max_connections + 1,
        idle_timeout_s=modbus.idle_timeout_s,
        writes_per_minute=modbus.writes_per_minute,
        allow=modbus.allow,
        read_only=modbus.read_only,
    )


def _not_kept(_value: int) -> None:
    log.info("this meter is not in the settings file, so its scaling factor will not survive a restart")
