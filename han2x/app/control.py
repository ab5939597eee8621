"""What the page may ask of the gateway, as `han2x.web.Control` has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from han2x import __version__, settings
from han2x.app import diagnostics, network_form, settings_form
from han2x.app.page import Page
from han2x.keys import MeterKeys
from han2x.modbus_server import CannotListenError
from han2x.network import InvalidSettingsError, Network, NetworkError, UnavailableError
from han2x.serial_port import find_ports
from han2x.settings import Settings, SettingsError, parse_listen
from han2x.store import Saved, Store
from han2x.web import Access, create_app
from han2x.web.control import Change, ConflictError, InvalidValuesError, MissingError, PageOptions, RefusalError
from han2x.web.errors import WebFault

if TYPE_CHECKING:
    from han2x.app.daemon import Daemon
    from han2x.gateway.meter import Meter

log = logging.getLogger("han2x")

RESTART_AFTER_S: Final = 0.5
"""So that the answer still reaches the browser."""


class StoredCredentials:
    """The page's password and tokens, hashed, in the state directory."""

    NAME: Final = "credentials"

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> dict[str, Any] | None:
        """What was saved last."""
        return self._store.load(self.NAME)

    def save(self, data: dict[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""
        if self._store.save(self.NAME, data) is Saved.FAILED:
            raise OSError("the state directory cannot be written")


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

    def live(self) -> dict[str, Any]:
        return self._daemon.live()

    def history(self, unit: int, hours: int) -> dict[str, Any]:
        points = self._meter(unit).history.points(self._daemon.clock(), hours)
        return {"unit": unit, "step_s": 60, "points": [list(point) for point in points]}

    def modbus(self) -> dict[str, Any]:
        return self._daemon.modbus_snapshot()

    def settings(self) -> dict[str, Any]:
        return {"table": settings_form.table(), "values": settings_form.values(self._daemon.file_settings)}

    def log(self) -> list[dict[str, Any]]:
        return self._daemon.log_ring.records()

    def telegrams(self, unit: int) -> list[dict[str, Any]]:
        return [
            {"time": round(each.at, 3), "hex": each.octets.hex(), "outcome": ", ".join(each.outcomes)}
            for each in self._meter(unit).line.telegrams
        ]

    async def change_settings(self, changes: Sequence[Change]) -> dict[str, Any]:
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
                raise settings_form.refusal(error) from None
            return await self._changed(new)

    async def ports(self) -> list[dict[str, Any]]:
        found = await asyncio.to_thread(find_ports)
        return [{"path": port.path, "device": port.device, "description": port.description} for port in found]

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

    async def network(self) -> dict[str, Any]:
        try:
            seen = await self._network.overview()
        except UnavailableError as error:
            raise _refusal(error) from None
        return network_form.overview_json(seen, self._network.pending, self._network.outcome)

    async def apply_network(self, form: Mapping[str, Any]) -> dict[str, Any]:
        typed = dict(form)
        within = typed.pop("confirm_within_s", None)
        try:
            pending = await (self._network.apply(typed, within) if within else self._network.apply(typed))
        except NetworkError as error:
            raise _refusal(error) from None
        return {"pending": network_form.pending_json(pending)}

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
        try:
            return await asyncio.to_thread(settings.backup, self._file, secrets=secrets)
        except SettingsError as error:
            raise settings_form.refusal(error) from None

    async def restore(self, toml: str) -> dict[str, Any]:
        async with self._changing:
            try:
                new = await asyncio.to_thread(settings.preview_restore, self._file, toml)
                await self._change(new)
                await asyncio.to_thread(settings.restore, self._file, toml)
            except SettingsError as error:
                raise settings_form.refusal(error, whole="toml") from None
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

    async def _remove_meter(self, paths: Sequence[tuple[str | int, ...]], changes: int) -> dict[str, Any]:
        if changes != 1:
            raise InvalidValuesError.of({"meters": WebFault("meter-removed-alone")})
        async with self._changing:
            try:
                new = await asyncio.to_thread(settings.remove_meter, self._file, int(paths[0][1]))
            except SettingsError as error:
                raise settings_form.refusal(error, only="meters") from None
            await self._change(new)
            return await self._changed(new)

    async def _change(self, new: Settings) -> None:
        try:
            await self._daemon.change(new)
        except CannotListenError as error:
            raise settings_form.cannot_listen("modbus.listen", new.modbus.listen, error) from None

    async def _changed(self, new: Settings) -> dict[str, Any]:
        before, self._daemon.file_settings = self._daemon.file_settings, new
        answer: dict[str, Any] = {"values": settings_form.values(new)}
        if (before.web.listen, before.web.https) != (new.web.listen, new.web.https):
            answer["moved_to"] = _address_of_page(new)
        if self._daemon.restart_needed:
            self._restart_soon()
        return answer

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
    control, access = GatewayControl(daemon, network), Access(StoredCredentials(daemon.store))
    page = Page(lambda: create_app(control, access), daemon.settings.web, daemon.options.state_dir)
    await page.start()
    return page


def _refusal(error: NetworkError) -> RefusalError:
    if isinstance(error, InvalidSettingsError):
        return InvalidValuesError.of(error.errors)
    return ConflictError(str(error), code=error.fault.code, values=error.fault.values)
