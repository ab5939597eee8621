"""Begins a change of reach, keeps it, and takes it back: the only one that brings what is on trial into force."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from han2x import settings
from han2x.addresses import is_allowed
from han2x.app import reach
from han2x.app.page import PlaceError
from han2x.app.page_places import is_at, proving
from han2x.app.protocols import ForPage
from han2x.app.reach import Ending, NoSuchTrialError, Path, Trial
from han2x.app.settings_form import cannot_listen
from han2x.audit import GATEWAY, acting_as
from han2x.modbus_server import CannotListenError, Tls, TlsError
from han2x.modbus_server.acceptor import open_sockets
from han2x.settings import ModbusSettings, Settings, parse_listen
from han2x.web.control import CameIn, ConflictError, InvalidValuesError
from han2x.web.errors import WebFault

log = logging.getLogger("han2x")


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that a person wants: all the settings then, what the file gets of reach when it is kept, and the way to
    write the rest of it now. `within_s` is how long it may wait.
    """

    settings: Settings
    values: Mapping[Path, Any]
    write_rest: Callable[[], Settings]
    within_s: int = reach.CONFIRM_WITHIN_S


class Trials:
    """What the page does with changes of reach."""

    def __init__(self, gateway: ForPage) -> None:
        self._gateway = gateway
        self._expiry: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    async def begin(self, asked: Asked) -> Trial:
        """Bring a change into force beside what was before, and write all of it that is not on trial; for who holds
        `editing`.

        Raises:
            ConflictError: another one is on trial.
            InvalidValuesError: a place of the page, or a certificate, cannot be had; nothing has changed then.
            CannotListenError: the same of Modbus.
            SettingsError: the rest cannot be written; nothing has changed then.
        """
        gateway, state = self._gateway, self._gateway.reach
        if state.trial is not None:
            raise ConflictError("another change of where it is reached waits to be confirmed", code="trial-pending")
        before = gateway.effective.settings
        after = gateway.with_command_line(asked.settings)
        if before.web.enabled and not after.web.enabled:
            raise InvalidValuesError.of({"web.enabled": WebFault("page-disabled-here")})
        await _check_tls(before.modbus, after.modbus)
        try:
            if gateway.page is not None:
                await gateway.page.try_out(after.web)
        except PlaceError as error:
            raise _refused(error) from None
        trial = state.begin(
            secrets.token_urlsafe(24), asked.values, asked.settings, proving(before.web, after.web), asked.within_s
        )
        try:
            await gateway.change(asked.settings)
            await gateway.wrote_settings(await asyncio.to_thread(asked.write_rest))
        except BaseException:
            state.trial = None
            await self._back()
            raise
        if before.modbus.listen != after.modbus.listen:
            await gateway.modbus.serve_beside(before.modbus.listen)
        await self._note(trial)
        gateway.audit.record("reach-tried", ", ".join(reach.dotted(trial.values)), after=_shown(trial))
        self._expiry = asyncio.get_running_loop().call_later(trial.within_s, self._expire, trial.token)
        return trial

    async def confirm(self, token: str, came_in: CameIn) -> None:
        """Keep it for good, in the settings file.

        Raises:
            ConflictError: it is no longer on trial, or this is none of the new places.
            SettingsError: the file cannot be written; it stays on trial.
        """
        async with self._gateway.editing():
            trial = self._mine(token)
            if trial.proving and not is_at(trial.proving, came_in.address, came_in.port, encrypted=came_in.encrypted):
                raise ConflictError("this is none of the new places", code="not-at-new-place")
            if not _lets_in(trial, came_in):
                raise ConflictError("the new settings would not let this computer in", code="not-at-new-place")
            values = dict(trial.values)
            written = await asyncio.to_thread(settings.set_values, self._gateway.settings_file, values)
            await self._gateway.wrote_settings(written)
            await self._end(Ending.CONFIRMED)
            if self._gateway.page is not None:
                self._gateway.page.settle()

    async def roll_back(self, token: str) -> None:
        """Bring back now what was before.

        Raises:
            ConflictError: it is no longer on trial.
        """
        async with self._gateway.editing():
            self._mine(token)
            await self._end(Ending.ROLLED_BACK)
            await self._back()

    def _mine(self, token: str) -> Trial:
        try:
            return self._gateway.reach.mine(token)
        except NoSuchTrialError:
            raise ConflictError("this change is not on trial any more", code="no-such-trial") from None

    def _expire(self, token: str) -> None:
        task = asyncio.get_running_loop().create_task(self._take_back(token))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _take_back(self, token: str) -> None:
        with acting_as(GATEWAY):
            async with self._gateway.editing():
                trial = self._gateway.reach.trial
                if trial is not None and trial.token == token:
                    await self._end(Ending.EXPIRED)
                    await self._back()

    async def _end(self, ending: Ending) -> None:
        trial = self._gateway.reach.trial
        self._gateway.reach.end(ending)
        if self._expiry is not None:
            self._expiry.cancel()
        await self._gateway.modbus.end_beside()
        await asyncio.to_thread(self._gateway.store.forget, reach.NOTE)
        paths = ", ".join(reach.dotted(trial.values)) if trial else ""
        self._gateway.audit.record(f"reach-{ending}", paths, after=_shown(trial) if trial else None)
        log.log(
            logging.INFO if ending is Ending.CONFIRMED else logging.WARNING,
            "the change of %s: %s",
            paths,
            _WORDS[ending],
        )

    async def _back(self) -> None:
        """Bring into force what the settings file says."""
        await self._gateway.change(self._gateway.file_settings, insist=False)

    async def _note(self, trial: Trial) -> None:
        document = {"settings": list(reach.dotted(trial.values))}
        await asyncio.to_thread(self._gateway.store.save, reach.NOTE, document)


_WORDS: Final[Mapping[Ending, str]] = {
    Ending.CONFIRMED: "confirmed, and kept",
    Ending.ROLLED_BACK: "taken back as asked",
    Ending.EXPIRED: "taken back, since nobody confirmed it in time",
}


def _lets_in(trial: Trial, came_in: CameIn) -> bool:
    """Whether the page's new networks have the one who confirms them; who is on this computer is always let in."""
    if ("web", "allow") not in trial.values:
        return True
    return is_allowed(came_in.client, trial.settings.web.allow, came_in.address)


def _shown(trial: Trial) -> dict[str, object]:
    return dict(zip(reach.dotted(trial.values), trial.values.values(), strict=True))


def _refused(error: PlaceError) -> InvalidValuesError:
    fault = error.error.fault
    if fault is None:
        return InvalidValuesError({error.field: str(error)})
    return InvalidValuesError.of({error.field: fault}, {error.field: str(error)})


async def _check_tls(before: ModbusSettings, after: ModbusSettings) -> None:
    """See whether Modbus with TLS can be had, which is never insisted on later."""
    files = (after.tls_certificate, after.tls_key, after.tls_client_authority)
    if not after.tls_listen or (before.tls_listen, *_files(before)) == (after.tls_listen, *files):
        return
    certificate, key, authority = files
    if certificate and key and authority:
        try:
            await asyncio.to_thread(Tls(certificate, key, authority).context)
        except (TlsError, OSError) as error:
            raise InvalidValuesError.of({"modbus.tls_certificate": WebFault("tls-unusable", reason=error)}) from None
    if before.tls_listen != after.tls_listen:
        await _probe(before.tls_listen, after.tls_listen)


def _files(modbus: ModbusSettings) -> tuple[object, ...]:
    return modbus.tls_certificate, modbus.tls_key, modbus.tls_client_authority


async def _probe(before: str, listen: str) -> None:
    host, port = parse_listen(listen)
    own = bool(before) and parse_listen(before)[1] == port
    try:
        # What we have ourselves on another address of that port is given up for it.
        for each in await open_sockets(host, 0 if own else port):
            each.close()
    except CannotListenError as error:
        raise cannot_listen("modbus.tls_listen", listen, error) from None
