"""Forgetting on purpose: the password alone, or everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from han2x.app.audit import AuditTrail
from han2x.app.history import History
from han2x.app.keeper import Keeper
from han2x.app.kept_log import KeptLog
from han2x.app.meters import Meters
from han2x.app.people import People
from han2x.app.stored import CLAIM, CREDENTIALS, KNOWN, MQTT, SESSIONS, SETTINGS
from han2x.settings import PanelSettings, forget
from han2x.store import Store

log = logging.getLogger("han2x")


class Forgetting:
    """Forgets what is kept in the settings file and in the store."""

    def __init__(
        self,
        settings_file: Path,
        store: Store,
        meters: Meters,
        keeper: Keeper,
        people: People,
        audit: AuditTrail,
        history: History,
        kept_log: KeptLog,
    ) -> None:
        self._settings_file = settings_file
        self._store = store
        self._meters = meters
        self._keeper = keeper
        self._people = people
        self._audit = audit
        self._history = history
        self._kept_log = kept_log

    async def everything(self, panel: PanelSettings) -> None:
        """Factory reset: no keys, no energies, no history, no password.

        Of the settings there is only left which lights and button there are.

        The password is forgotten at once, the rest is in force after a restart.

        Raises:
            OSError: the settings cannot be removed, and everything goes on then; or the password cannot.
        """
        async with self._keeper.giving_up():
            with self._history.giving_up():
                await asyncio.to_thread(forget, self._settings_file, panel)
                for name in (SETTINGS, MQTT):
                    await asyncio.to_thread(self._store.forget, name)
                await self._keeper.forget(meter.config.unit for meter in self._meters.all)
                await self._history.forget()
                await self.password()
                await asyncio.to_thread(self._audit.forget)
                await asyncio.to_thread(self._kept_log.forget)
        self._audit.record("factory-reset")

    async def password(self) -> None:
        """Have no password, no API tokens and no logins, at once; whoever is near may choose a password then.

        Raises:
            OSError: what is kept of them cannot be removed.
        """
        if await self._people.forget_password():
            return
        for name in (CREDENTIALS, SESSIONS, KNOWN, CLAIM):
            await asyncio.to_thread(self._store.remove, name)
        self._audit.record("password-reset", after="not set")

    async def reset_password(self, _more: Mapping[str, object]) -> dict[str, object]:
        """The same for a command on this computer, which is given where the page is and the code to claim it."""
        log.warning("the password is reset by a command on this computer")
        await self.password()
        access = self._people.page_access()
        return {"web": self._people.urls, "code": access.claim_code if access else None}
