"""What the page may ask of the gateway, as `han2x.web.Control` has it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from han2x import __version__, settings
from han2x.api import audit as api_audit
from han2x.api import network as api_network
from han2x.api import settings as api
from han2x.api.base import plain
from han2x.api.care import Capture, LogRecord, RawTelegram, SerialPort
from han2x.api.listeners import HttpsPlace
from han2x.api.live import Live
from han2x.api.modbus import Modbus
from han2x.api.network import NetworkApplied, NetworkChange
from han2x.api.registers import RegisterBlock, ServedUnit
from han2x.api.settings import Change, SettingsChanged
from han2x.api.tariff import Tariff
from han2x.app import answers, network_form, settings_form, telegram_answers
from han2x.app.captures import Captures
from han2x.app.gateway_name import gateway_name
from han2x.app.network_form import address_after_reset
from han2x.app.no_history import NoHistory
from han2x.app.page import Page
from han2x.app.protocols import ForPage
from han2x.app.register_answers import register_blocks, served_units
from han2x.app.settings_changes import SettingsChanges
from han2x.app.trial import Trials
from han2x.gateway.meter import Meter
from han2x.keys import MeterKeys
from han2x.network import InvalidSettingsError, Network, NetworkError, UnavailableError
from han2x.serial_port import find_ports
from han2x.settings import SettingsError, WebSettings
from han2x.settings.schema import ROWS
from han2x.web import Access, create_app
from han2x.web.control import (
    CameIn,
    CaptureFile,
    ConflictError,
    InvalidValuesError,
    MissingError,
    PageOptions,
    RefusalError,
)
from han2x.web.history_control import HistoryControl

log = logging.getLogger("han2x")

RESTART_AFTER_S: Final = 0.5
"""So that the answer still reaches the browser."""
RESET_ADDRESS_FOR_S: Final = 60.0
"""How long what the network manager said last is taken for true: strangers may ask often."""


class GatewayControl:
    """Carries out the page's requests on the running gateway."""

    def __init__(self, gateway: ForPage, network: Network) -> None:
        self._gateway = gateway
        self._network = network
        self._record = gateway.audit.record
        self._trials = Trials(gateway)
        self._changes = SettingsChanges(gateway, self._trials)
        self._captures = Captures(gateway)
        self._reset_address = ""
        self._reset_address_at = float("-inf")

    @property
    def _file(self) -> Path:
        return self._gateway.settings_file

    @property
    def history(self) -> HistoryControl:
        keeping = self._gateway.history.keeping
        if keeping is None:
            return NoHistory()
        # What is switched off is not loaded.
        from han2x.app.history_answers import HistoryAnswers

        return HistoryAnswers(self._gateway, keeping)

    def options(self) -> PageOptions:
        now, page = self._gateway.effective.settings, self._gateway.page
        trial = self._gateway.reach.trial
        return PageOptions(
            __version__,
            name=gateway_name(now.device),
            live_open=now.web.live_open,
            language=now.web.language,
            host_names=now.web.host_names,
            own_names=self._network.names,
            reset_button=bool(now.panel.reset_button),
            https=_https(page) if page is not None else None,
            only_encrypted=page is not None and page.only_encrypted,
            tried=tuple(place.url() for place in trial.proving) if trial is not None else (),
        )

    async def reset_address(self) -> str:
        now = asyncio.get_running_loop().time()
        if now - self._reset_address_at > RESET_ADDRESS_FOR_S:
            self._reset_address = await address_after_reset(self._network)
            self._reset_address_at = now
        return self._reset_address

    def live(self) -> Live:
        return self._gateway.live()

    def units(self) -> list[ServedUnit]:
        return served_units(self._gateway.modbus.units())

    def registers(self, unit: int, on: str = "", block: str = "") -> list[RegisterBlock]:
        served = self._gateway.modbus.unit(unit, on)
        if served is None:
            raise MissingError(f"the unit id {unit} is not served{f' on {on}' if on else ''}")
        return register_blocks(served.meter, served.face, block)

    def tariff(self) -> Tariff:
        return answers.tariff(self._gateway.effective.settings.tariff)

    def modbus(self) -> Modbus:
        return self._gateway.modbus_snapshot()

    async def metrics(self) -> bytes:
        return await self._gateway.metrics()

    def settings(self) -> api.Settings:
        gateway = self._gateway
        return settings_form.form(
            gateway.file_settings, gateway.effective.overridden, gateway.settings_report, gateway.reach
        )

    async def log(self, most: int, *, earlier: bool) -> list[LogRecord]:
        kept = self._gateway.kept_log
        records = await asyncio.to_thread(kept.all_runs) if earlier else kept.this_run()
        return answers.log_records(records[-most:])

    async def audit(self, most: int) -> api_audit.Audit:
        return answers.audit(*await asyncio.to_thread(self._gateway.audit.read), most)

    async def telegrams(self, unit: int) -> list[RawTelegram]:
        return await telegram_answers.telegrams(self._meter(unit))

    def capture(self) -> Capture:
        return self._captures.state()

    def begin_capture(self, unit: int, minutes: int) -> Capture:
        return self._captures.begin(self._meter(unit), minutes)

    def stop_capture(self) -> Capture:
        return self._captures.stop()

    def forget_capture(self) -> None:
        self._captures.forget()

    def capture_file(self) -> CaptureFile:
        return self._captures.file()

    async def change_settings(self, changes: Sequence[Change], within_s: int | None = None) -> SettingsChanged:
        if any(_is_secret(change) for change in changes):
            await self._hide_file()
        return await self._changes.make(changes, within_s)

    async def confirm_settings(self, token: str, came_in: CameIn) -> None:
        try:
            await self._trials.confirm(token, came_in)
        except SettingsError as error:
            raise settings_form.refusal(error) from None

    async def roll_back_settings(self, token: str) -> None:
        await self._trials.roll_back(token)

    async def ports(self) -> list[SerialPort]:
        return answers.serial_ports(await asyncio.to_thread(find_ports))

    async def enter_keys(self, unit: int, keys: MeterKeys) -> None:
        meter = self._meter(unit)
        place = self._gateway.meters.index(meter)
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
            raise _refusal(error) from None
        return network_form.overview(seen, self._network.pending, self._network.outcome)

    async def apply_network(self, change: NetworkChange) -> NetworkApplied:
        typed = plain(change)
        within = typed.pop("confirm_within_s", None)
        try:
            pending = await (self._network.apply(typed, within) if within else self._network.apply(typed))
        except NetworkError as error:
            raise _refusal(error) from None
        self._record("network", pending.settings.interface, after=network_form.told(pending.settings))
        return NetworkApplied(pending=network_form.pending_change(pending))

    async def confirm_network(self, token: str) -> None:
        try:
            await self._network.confirm(token)
        except NetworkError as error:
            raise _refusal(error) from None
        self._record("network-confirmed")

    async def rollback_network(self, token: str) -> None:
        try:
            await self._network.roll_back(token)
        except NetworkError as error:
            raise _refusal(error) from None
        self._record("network-taken-back")

    async def set_hostname(self, hostname: str) -> None:
        try:
            await self._network.set_hostname(hostname)
        except NetworkError as error:
            raise _refusal(error) from None
        self._record("hostname", after=hostname)

    async def acknowledge_upgrade(self) -> None:
        await self._gateway.upgrade.acknowledge()

    async def backup(self, *, secrets: bool) -> str:
        try:
            content = await asyncio.to_thread(settings.backup, self._file, secrets=secrets)
        except SettingsError as error:
            raise settings_form.refusal(error) from None
        if secrets:
            self._record("backup", "keys")
        return content

    async def restore(self, toml: str, within_s: int | None = None) -> SettingsChanged:
        changed = await self._changes.restore(toml, within_s)
        self._record("restore")
        return changed

    async def diagnostics(self) -> bytes:
        from han2x.app import bundle  # some of what it needs is nobody else's

        return await bundle.bundled(self, self._gateway)

    async def factory_reset(self) -> None:
        try:
            await self._gateway.forget_everything()
        except OSError as error:
            raise ConflictError(f"{self._file} cannot be removed: {error.strerror}", code="not-stored") from None
        log.warning("factory reset: settings, keys and energies are forgotten")
        self._restart_soon()

    async def restart(self) -> None:
        self._record("restart")
        self._restart_soon()

    async def _hide_file(self) -> None:
        """From others on this computer, before there is a secret in it."""
        if self._file.exists():
            await asyncio.to_thread(self._file.chmod, 0o600)

    def _restart_soon(self) -> None:
        asyncio.get_running_loop().call_later(RESTART_AFTER_S, self._gateway.restart)

    def _meter(self, unit: int) -> Meter:
        for meter in self._gateway.meters:
            if meter.config.unit == unit:
                return meter
        raise MissingError(f"no meter has the unit id {unit}")


def _is_secret(change: Change) -> bool:
    row = ROWS.get(str(change.path[0]), {}).get(str(change.path[-1]))
    return row is not None and row.secret and bool(change.value)


def _https(page: Page) -> HttpsPlace | None:
    certificate, port = page.certificate, page.https_port
    if certificate is None or port is None:
        return None
    return HttpsPlace(port=port, fingerprint=certificate.fingerprint, self_made=not certificate.own)


def make_page(gateway: ForPage, network: Network, access: Access, web: WebSettings) -> Page:
    """The page, not yet served."""
    control = GatewayControl(gateway, network)
    return Page(lambda: create_app(control, access), web, gateway.state_dir)


def _refusal(error: NetworkError) -> RefusalError:
    if isinstance(error, InvalidSettingsError):
        return InvalidValuesError.of(error.errors)
    return ConflictError(str(error), code=error.fault.code, values=error.fault.values)
