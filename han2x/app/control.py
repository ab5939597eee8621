"""What the page may ask of the gateway, as `han2x.web.Control` has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from han2x import __version__, settings
from han2x.api import network as api_network
from han2x.api import settings as api
from han2x.api.base import plain
from han2x.api.care import LogRecord, RawTelegram, SerialPort
from han2x.api.live import History, Live
from han2x.api.modbus import Modbus
from han2x.api.network import NetworkApplied, NetworkChange
from han2x.api.settings import Change, SettingsChanged
from han2x.app import answers, diagnostics, network_form, settings_form
from han2x.app.page import Page
from han2x.app.stored import CREDENTIALS, SESSIONS, StoredDocument
from han2x.keys import MeterKeys
from han2x.modbus_server import CannotListenError
from han2x.network import InvalidSettingsError, Network, NetworkError, UnavailableError
from han2x.serial_port import find_ports
from han2x.settings import Settings, SettingsError, parse_listen
from han2x.web import Access, create_app
from han2x.web.control import ConflictError, InvalidValuesError, MissingError, PageOptions, RefusalError

if TYPE_CHECKING:
    from han2x.app.daemon import Daemon
    from han2x.gateway.meter import Meter

log = logging.getLogger("han2x")

RESTART_AFTER_S: Final = 0.5
"""So that the answer still reaches the browser."""


class GatewayControl:
    """Fulfils the page's wishes on a running daemon."""

    def __init__(self, daemon: Daemon, network: Network) -> None:
        self._daemon = daemon
        self._network = network
        self._changing = asyncio.Lock()

    @property
    def _file(self) -> Path:
        return self._daemon.options.settings_file

    def options(self) -> PageOptions:
        web = self._daemon.settings.web
        return PageOptions(__version__, live_open=web.live_open, language=web.language, host_names=web.host_names)

    def live(self) -> Live:
        return self._daemon.live()

    def history(self, unit: int, hours: int) -> History:
        return answers.history(self._meter(unit), self._daemon.clock(), hours)

    def modbus(self) -> Modbus:
        return self._daemon.modbus_snapshot()

    def settings(self) -> api.Settings:
        return settings_form.form(self._daemon.file_settings, self._daemon.settings)

    def log(self) -> list[LogRecord]:
        return answers.log_records(self._daemon.log_ring.records())

    def telegrams(self, unit: int) -> list[RawTelegram]:
        return answers.telegrams(self._meter(unit))

    async def change_settings(self, changes: Sequence[Change]) -> SettingsChanged:
        """Bring the changes into force and write them, or neither."""
        removed = [change.path for change in changes if len(change.path) == 2 and change.path[0] == "meters"]
        if removed:
            return await self._remove_meter(removed, len(changes))
        wanted = {change.path: change.value for change in changes}
        async with self._changing:
            try:
                new = await asyncio.to_thread(settings.preview_values, self._file, wanted)
                await self._change(new)
                try:
                    await asyncio.to_thread(settings.set_values, self._file, wanted)
                except SettingsError:
                    await self._change(self._daemon.file_settings)
                    raise
            except SettingsError as error:
                raise InvalidValuesError(settings_form.faults(error)) from None
            return await self._changed(new)

    async def ports(self) -> list[SerialPort]:
        return answers.serial_ports(await asyncio.to_thread(find_ports))

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        meter = self._meter(unit)
        place = self._daemon.meters.index(meter)
        if self._file.exists():
            await asyncio.to_thread(self._file.chmod, 0o600)  # before a key is in it
        authentication = keys.authentication_key
        await self.change_settings(
            [
                Change(("meters", place, "encryption_key"), keys.encryption_key.hex()),
                Change(("meters", place, "authentication_key"), authentication.hex() if authentication else None),
            ]
        )
        meter.security.forget()

    async def network(self) -> api_network.Network:
        try:
            seen = await self._network.overview()
        except UnavailableError as error:
            raise ConflictError(str(error), code=error.fault.code, values=error.fault.values) from None
        return network_form.overview(seen, self._network.pending, self._network.outcome)

    async def apply_network(self, change: NetworkChange) -> NetworkApplied:
        typed = plain(change)
        within = typed.pop("confirm_within_s", None)
        try:
            pending = await (self._network.apply(typed, within) if within else self._network.apply(typed))
        except NetworkError as error:
            raise _refusal(error) from None
        return NetworkApplied(pending=network_form.pending_change(pending))

    async def confirm_network(self, token: str) -> None:
        try:
            await self._network.confirm(token)
        except NetworkError as error:
            raise _refusal(error) from None

    async def rollback_network(self, token: str) -> None:
        try:
            await self._network.roll_back(token)
        except NetworkError as error:
            raise _refusal(error) from None

    async def set_hostname(self, hostname: str) -> None:
        try:
            await self._network.set_hostname(hostname)
        except NetworkError as error:
            raise _refusal(error) from None

    async def backup(self, *, secrets: bool) -> str:
        return await asyncio.to_thread(settings.backup, self._file, secrets=secrets)

    async def restore(self, toml: str) -> SettingsChanged:
        async with self._changing:
            try:
                new = await asyncio.to_thread(settings.preview_restore, self._file, toml)
                await self._change(new)
                await asyncio.to_thread(settings.restore, self._file, toml)
            except SettingsError as error:
                raise InvalidValuesError(settings_form.faults(error)) from None
            return await self._changed(new)

    async def diagnostics(self) -> bytes:
        status, values = self._daemon.status(), settings_form.values(self._daemon.file_settings)
        return await asyncio.to_thread(diagnostics.bundle, status, values, self.log(), self._daemon.meters)

    async def factory_reset(self) -> None:
        log.warning("factory reset: settings, keys and energies are forgotten")
        await self._daemon.forget_everything()
        self._restart_soon()

    async def restart(self) -> None:
        log.info("a restart was asked for")
        self._restart_soon()

    async def _remove_meter(self, paths: Sequence[tuple[str | int, ...]], changes: int) -> SettingsChanged:
        if changes != 1:
            raise InvalidValuesError({"meters": "a meter is removed by itself, without other changes"})
        async with self._changing:
            try:
                new = await asyncio.to_thread(settings.remove_meter, self._file, int(paths[0][1]))
            except SettingsError as error:
                raise InvalidValuesError({"meters": next(iter(settings_form.faults(error).values()))}) from None
            await self._change(new)
            return await self._changed(new)

    async def _change(self, new: Settings) -> None:
        try:
            await self._daemon.change(new)
        except CannotListenError as error:
            raise InvalidValuesError({"modbus.listen": str(error)}) from None

    async def _changed(self, new: Settings) -> SettingsChanged:
        before, self._daemon.file_settings = self._daemon.file_settings, new
        moved = (before.web.listen, before.web.https) != (new.web.listen, new.web.https)
        if self._daemon.restart_needed:
            self._restart_soon()
        return SettingsChanged(values=settings_form.values(new), moved_to=_address_of_page(new) if moved else UNSET)

    def _restart_soon(self) -> None:
        asyncio.get_running_loop().call_later(RESTART_AFTER_S, self._daemon.restart)

    def _meter(self, unit: int) -> Meter:
        for meter in self._daemon.meters:
            if meter.settings.unit == unit:
                return meter
        raise MissingError(f"no meter has the unit id {unit}")


def _address_of_page(new: Settings) -> str:
    """Where the page is going to be: a URL, or without a host of its own the scheme and port only (http://:8080/)."""
    host, port = parse_listen(new.web.listen)
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if new.web.https else 'http'}://{shown}:{port}/"


async def serve_page(daemon: Daemon, network: Network) -> Page:
    """Serve the page, or begin to try."""
    control = GatewayControl(daemon, network)
    access = Access(StoredDocument(daemon.store, CREDENTIALS), StoredDocument(daemon.store, SESSIONS))
    page = Page(lambda: create_app(control, access), daemon.settings.web, daemon.options.state_dir)
    await page.start()
    return page


def _refusal(error: NetworkError) -> RefusalError:
    if isinstance(error, InvalidSettingsError):
        return InvalidValuesError(
            {name: str(fault) for name, fault in error.errors.items()},
            codes={name: {"code": fault.code, "values": fault.values} for name, fault in error.errors.items()},
        )
    return ConflictError(str(error), code=error.fault.code, values=error.fault.values)
