"""What the page may ask of the gateway, as `han2x.web.Control` has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from han2x import __version__, settings
from han2x.app import diagnostics, network_form, settings_form
from han2x.app.page import Page
from han2x.app.people import CREDENTIALS
from han2x.app.protocols import ForPage
from han2x.gateway.meter import Meter
from han2x.keys import MeterKeys
from han2x.modbus_server import CannotListenError
from han2x.network import InvalidSettingsError, Network, NetworkError, UnavailableError
from han2x.serial_port import find_ports
from han2x.settings import Settings, SettingsError, WebSettings, parse_listen
from han2x.store import Saved, Store
from han2x.web import Access, create_app
from han2x.web.control import Change, ConflictError, InvalidValuesError, MissingError, PageOptions, RefusalError

log = logging.getLogger("han2x")

RESTART_AFTER_S: Final = 0.5
"""So that the answer still reaches the browser."""


class StoredCredentials:
    """The page's password and tokens, hashed, in the state directory."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> dict[str, Any] | None:
        """What was saved last."""
        return self._store.load(CREDENTIALS)

    def save(self, data: dict[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""
        if self._store.save(CREDENTIALS, data) is Saved.FAILED:
            raise OSError("the state directory cannot be written")


class GatewayControl:
    """Carries out the page's requests on the running gateway."""

    def __init__(self, gateway: ForPage, network: Network) -> None:
        self._gateway = gateway
        self._network = network

    @property
    def _file(self) -> Path:
        return self._gateway.settings_file

    def options(self) -> PageOptions:
        web = self._gateway.effective.settings.web
        return PageOptions(__version__, live_open=web.live_open, language=web.language, host_names=web.host_names)

    def live(self) -> dict[str, Any]:
        return self._gateway.live()

    def history(self, unit: int, hours: int) -> dict[str, Any]:
        points = self._meter(unit).history.points(self._gateway.clock(), hours)
        return {"unit": unit, "step_s": 60, "points": [list(point) for point in points]}

    def modbus(self) -> dict[str, Any]:
        return self._gateway.modbus_snapshot()

    def settings(self) -> dict[str, Any]:
        return {
            "table": settings_form.table(),
            "values": settings_form.values(self._gateway.file_settings),
            "overridden": self._gateway.effective.overridden,
        }

    def log(self) -> list[dict[str, Any]]:
        return self._gateway.log_records()

    def telegrams(self, unit: int) -> list[dict[str, Any]]:
        return [
            {"time": round(each.at, 3), "hex": each.octets.hex(), "outcome": ", ".join(each.outcomes)}
            for each in self._meter(unit).line.telegrams
        ]

    async def change_settings(self, changes: Sequence[Change]) -> dict[str, Any]:
        """Bring the changes into force and write them, or neither."""
        removed = [change for change in changes if len(change.path) == 2 and change.path[0] == "meters"]
        if removed:
            return await self._remove_meter(removed[0], len(changes))
        wanted = {change.path: change.value for change in changes}
        return await self._change(
            partial(settings.preview_values, self._file, wanted), partial(settings.set_values, self._file, wanted)
        )

    async def ports(self) -> list[dict[str, Any]]:
        found = await asyncio.to_thread(find_ports)
        return [{"path": port.path, "device": port.device, "description": port.description} for port in found]

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        meter = self._meter(unit)
        place = self._gateway.meters.index(meter)
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
            raise ConflictError(str(error), code=error.fault.code) from None
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
            raise InvalidValuesError(settings_form.faults(error)) from None

    async def restore(self, toml: str) -> dict[str, Any]:
        return await self._change(
            partial(settings.preview_restore, self._file, toml), partial(settings.restore, self._file, toml)
        )

    async def diagnostics(self) -> bytes:
        status, values = self._gateway.status(), settings_form.values(self._gateway.file_settings)
        telegrams = diagnostics.captures(self._gateway.meters)
        return await asyncio.to_thread(diagnostics.bundle, status, values, self.log(), telegrams)

    async def factory_reset(self) -> None:
        try:
            await self._gateway.forget_everything()
        except OSError as error:
            raise ConflictError(f"{self._file} cannot be removed: {error.strerror}", code="not-stored") from None
        log.warning("factory reset: settings, keys and energies are forgotten")
        self._restart_soon()

    async def restart(self) -> None:
        log.info("a restart was asked for")
        self._restart_soon()

    async def _remove_meter(self, change: Change, changes: int) -> dict[str, Any]:
        index = change.path[1]
        if changes != 1:
            raise InvalidValuesError({"meters": "a meter is removed by itself, without other changes"})
        if change.value is not None or not isinstance(index, int):
            raise InvalidValuesError({"meters": "a meter is removed with null at its place in the list, such as 1"})
        return await self._change(
            partial(settings.preview_without_meter, self._file, index),
            partial(settings.remove_meter, self._file, index),
            field="meters",
        )

    async def _change(
        self, preview: Callable[[], Settings], write: Callable[[], Settings], *, field: str | None = None
    ) -> dict[str, Any]:
        """Bring what `preview` gives into force and then `write` it, or neither; mistakes are shown at `field`."""
        async with self._gateway.editing():
            before = self._gateway.effective.settings.web
            try:
                new = await asyncio.to_thread(preview)
                await self._gateway.change(new)
                try:
                    self._gateway.file_settings = await asyncio.to_thread(write)
                except SettingsError:
                    await self._gateway.change(self._gateway.file_settings)
                    raise
            except SettingsError as error:
                faults = settings_form.faults(error)
                raise InvalidValuesError({field: next(iter(faults.values()))} if field else faults) from None
            except CannotListenError as error:
                raise InvalidValuesError({"modbus.listen": str(error)}) from None
        answer: dict[str, Any] = {"values": settings_form.values(self._gateway.file_settings)}
        web = self._gateway.effective.settings.web
        if (before.listen, before.https) != (web.listen, web.https):
            answer["moved_to"] = _address_of_page(web)
        return answer

    def _restart_soon(self) -> None:
        asyncio.get_running_loop().call_later(RESTART_AFTER_S, self._gateway.restart)

    def _meter(self, unit: int) -> Meter:
        for meter in self._gateway.meters:
            if meter.config.unit == unit:
                return meter
        raise MissingError(f"no meter has the unit id {unit}")


def _address_of_page(web: WebSettings) -> str:
    """Where the page is going to be: a URL, or without a host of its own the scheme and port only (http://:8080/)."""
    host, port = parse_listen(web.listen)
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if web.https else 'http'}://{shown}:{port}/"


def make_page(gateway: ForPage, network: Network, store: Store, web: WebSettings) -> Page:
    """The page, not yet served."""
    control, access = GatewayControl(gateway, network), Access(StoredCredentials(store))
    return Page(lambda: create_app(control, access), web, gateway.state_dir)


def _refusal(error: NetworkError) -> RefusalError:
    if isinstance(error, InvalidSettingsError):
        return InvalidValuesError(
            {name: str(fault) for name, fault in error.errors.items()},
            codes={name: {"code": fault.code, "values": fault.values} for name, fault in error.errors.items()},
        )
    return ConflictError(str(error), code=error.fault.code)
