"""The daemon: builds every part from the settings, runs them side by side, changes them, and ends them in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from han2x.app.audit import AuditTrail
from han2x.app.facts import Facts, SteadyClock
from han2x.app.forgetting import Forgetting
from han2x.app.gateway_id import GatewayId
from han2x.app.history import History
from han2x.app.keeper import Keeper
from han2x.app.kept_log import KeptLog
from han2x.app.local_sockets import serve_locally
from han2x.app.meters import Meters
from han2x.app.modbus import Modbus
from han2x.app.options import Effective, Options, effective
from han2x.app.orders import orders
from han2x.app.outputs import Outputs
from han2x.app.parts import Parts
from han2x.app.people import People
from han2x.app.pulse import Pulse
from han2x.app.reach import NOTE, Ending, Reach
from han2x.app.reach_note import left_on_trial
from han2x.app.reloads import Reloads
from han2x.app.reports import Reports
from han2x.app.settings_file import SettingsFile
from han2x.app.telegrams import Telegrams
from han2x.app.upgrade import Upgrade
from han2x.gateway.meter import Meter
from han2x.settings import Report, Settings
from han2x.store import Store
from han2x.systemd.notify import ServiceManager

if TYPE_CHECKING:
    from han2x.api import modbus as api_modbus
    from han2x.api.live import Live
    from han2x.api.status import Status
    from han2x.app.page import Page

log = logging.getLogger("han2x")


class Daemon:
    """The whole gateway. `announce` is called once, as soon as everything is served; `report` is what there is to tell
    of the settings file, from `load_or_set_aside`. After `run`, `restart_wanted` says whether to start again at once.
    """

    def __init__(
        self,
        settings: Settings,
        options: Options,
        announce: Callable[[Daemon], None],
        report: Report | None = None,
    ) -> None:
        self.options = options
        self.effective: Effective = effective(settings, options)
        self.audit = AuditTrail(options.state_dir)
        self.clock = SteadyClock()
        self.store = Store(options.state_dir)
        self._file = SettingsFile(options.settings_file, self.store, self.audit, settings, report)
        self.restart_wanted = False
        self.reach = Reach(monotonic)
        self.kept_log = KeptLog(options.state_dir)
        self.upgrade = Upgrade(self.store, self.audit)
        self._announce = announce
        self._facts = Facts(self.clock, self.settings.device.temperature_path)
        self.outputs = Outputs(lambda: self._reports.for_outputs(self.store))
        self._telegrams = Telegrams()
        self.history = History(options.state_dir, self.clock, lambda: self._meters.all, self.audit)
        self._meters = Meters(
            self.effective,
            self.clock,
            self.store,
            self._facts,
            self.audit,
            [self.history.consumer, self.outputs.consumer, self._telegrams.consumer],
        )
        self._keeper = self._meters.keeper = Keeper(
            self.store,
            options.settings_file,
            meters=lambda: self._meters.all,
            place_of=self._meters.place_in_file,
            on_settings=self._settings_written,
            known=self._file.known,
        )
        self._facts.keeps_nothing = lambda: bool(self._keeper.failures)
        self.modbus = Modbus(self._meters, self._keeper)
        self.people = People(self, self.store)
        parts = Parts(
            self.clock, self.store, self._facts, self._meters, self.modbus, self.people, self.outputs, self._telegrams,
            self._keeper, self.audit, self._file, self.reach, self.history, self.kept_log, self.upgrade,
        )  # fmt: skip
        self._reports = Reports(parts, GatewayId(self.store))
        self._forgetting = Forgetting(parts, options.settings_file)
        self._orders = orders(parts, self._forgetting)
        self._service = ServiceManager()
        self._stop = asyncio.Event()
        self._reloads = Reloads(self._service, self._read_again, self._file.refused)

    @property
    def settings(self) -> Settings:
        """What is in force: the settings file with the command line over it."""
        return self.effective.settings

    @property
    def file_settings(self) -> Settings:
        """What the settings file says, as far as it is in force."""
        return self._file.settings

    @property
    def settings_report(self) -> Report | None:
        """What there is to tell of the settings file."""
        return self._file.report

    @property
    def settings_file(self) -> Path:
        """Where the settings are kept."""
        return self.options.settings_file

    @property
    def state_dir(self) -> Path:
        """Where state is kept."""
        return self.options.state_dir

    @property
    def meters(self) -> Sequence[Meter]:
        """The meters in the order of the settings."""
        return self._meters.all

    @property
    def page(self) -> Page | None:
        """The page; None where it has never been enabled."""
        return self.people.page

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, or until a restart is wanted. SIGHUP reads the settings file again."""
        self._handle_signals()
        logging.getLogger().addHandler(self.kept_log.handler)
        async with AsyncExitStack() as ending:
            ending.callback(logging.getLogger().removeHandler, self.kept_log.handler)
            ending.callback(self.kept_log.flush)
            ending.callback(self.audit.finish)
            ending.callback(self._keeper.finish)
            ending.callback(self.history.finish)
            self.reach.outcome = await asyncio.to_thread(left_on_trial, self.store)
            await asyncio.to_thread(self.upgrade.look)
            await serve_locally(ending, self.options.state_dir, self.status, self._orders)
            ending.push_async_callback(self.modbus.stop)
            await self.modbus.begin(self.settings.modbus)
            await self._run_parts(ending)

    def stop(self) -> None:
        """End in order."""
        self._stop.set()

    def restart(self) -> None:
        """End, and be started again at once."""
        self.restart_wanted = True
        self._stop.set()

    @asynccontextmanager
    async def editing(self) -> AsyncIterator[None]:
        """Held while the settings file is changed; what clients wrote is in the file then."""
        async with self._keeper.editing:
            await self._file.mend()
            await self._keeper.write_factors()
            try:
                yield
            finally:  # only now: a change that could not be written has been taken back
                await self._keeper.forget_left()
                await self.history.settle()

    async def change(self, settings: Settings, *, insist: bool = True) -> None:
        """Bring other settings of the file into force, without a break where nothing of a part has changed.

        Raises:
            CannotListenError: the new Modbus address cannot be had; nothing has changed then. Without `insist`, as when
                a change is taken back, it is done without.
        """
        new = effective(self.reach.over(settings), self.options)
        await self.modbus.change(new.settings.modbus, insist=insist)
        self.effective = new
        logging.getLogger().setLevel(new.settings.device.log_level.upper())
        self._facts.use(new.settings.device.temperature_path)
        await self._meters.change(new)
        await self.history.change(enabled=new.settings.history.enabled)
        await self.modbus.serve_meters()
        await self.outputs.change(new.settings)
        await self.people.change()

    def with_command_line(self, settings: Settings) -> Settings:
        """What these settings of the file would be with the command line over them."""
        return effective(settings, self.options).settings

    def live(self) -> Live:
        """What the page shows."""
        return self._reports.live()

    def status(self) -> Status:
        """What `han2x status` asks for."""
        return self._reports.status()

    def modbus_snapshot(self) -> api_modbus.Modbus:
        """Clients, counters and the last requests; those of other servers under "tls" and "maps"."""
        return self._reports.modbus()

    async def metrics(self) -> bytes:
        """All of it in Prometheus's text format."""
        return await self._reports.metrics()

    def log_records(self) -> list[dict[str, str]]:
        """The last log records of this run, the newest last."""
        return self.kept_log.this_run()

    async def forget_everything(self) -> None:
        """Factory reset, in force after a restart but for the password: see `Forgetting.everything`."""
        await self._forgetting.everything(self.file_settings.panel)

    async def forget_password(self) -> None:
        """Have no password, no API tokens and no logins, at once; whoever is near may choose a password then.

        Raises:
            OSError: what is kept of them cannot be removed.
        """
        await self._forgetting.password()

    async def open_claim(self) -> None:
        """Let whoever is near choose the first password, for a while; where there is one nothing happens."""
        await self.people.open_claim()

    async def wrote_settings(self, settings: Settings) -> None:
        """The file has these settings now by our own hand: that is known of it from now on, and recorded."""
        await self._file.wrote(settings)

    async def _run_parts(self, ending: AsyncExitStack) -> None:
        async with asyncio.TaskGroup() as group:
            self.history.begin(enabled=self.settings.history.enabled)
            self._meters.begin(group)
            pulse = Pulse(self._meters, self.modbus, self._service, self._reports.listeners, self.clock)
            parts = (
                pulse.tick(),
                pulse.report(),
                self._keeper.run_states(),
                self._keeper.run_factors(),
                self.audit.run(),
                self.history.run(),
                self.kept_log.run(),
                self.modbus.run(),
                self._service.run_watchdog(pulse.fault),
            )
            tasks: list[asyncio.Task[object]] = [group.create_task(part) for part in parts]
            self._service.ready()
            await self.people.begin(group, ending)
            await self.outputs.begin(group, self.settings)
            self._keeper.log_messages()
            self._reloads.allow()
            self._announce(self)
            await self._stop.wait()
            log.info("stopping")
            await self._reloads.end()
            (self._service.reloading if self.restart_wanted else self._service.stopping)()
            self._meters.end()
            await self.outputs.end()
            await self.people.end()
            for task in tasks:
                task.cancel()

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloads.begin)

    async def _read_again(self) -> None:
        async with self.editing():
            new = await self._file.read_again()
            if self.reach.trial is not None:
                log.warning("what is on trial is taken back, as the settings are read again")
                self.reach.end(Ending.ROLLED_BACK)
                await self.modbus.end_beside()
                await asyncio.to_thread(self.store.forget, NOTE)
            await self.change(new)
            await self._file.taken(new)

    def _settings_written(self, settings: Settings) -> None:
        """A factor that a client wrote is in the settings file now."""
        self._file.settings = settings
