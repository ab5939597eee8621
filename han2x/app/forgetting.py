"""Forgetting on purpose: the password alone, or everything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from han2x.app.parts import Parts
from han2x.app.stored import CLAIM, CREDENTIALS, KNOWN, MQTT, SESSIONS, SETTINGS, UPGRADE
from han2x.settings import PanelSettings, forget

log = logging.getLogger("han2x")


class Forgetting:
    """Forgets what is kept in the settings file and in the store."""

    def __init__(self, parts: Parts, settings_file: Path) -> None:
        self._parts = parts
        self._settings_file = settings_file

    async def everything(self, panel: PanelSettings) -> None:
        """Factory reset: no keys, no energies, no history, no password.

        Of the settings there is only left which lights and button there are.

        The password is forgotten at once, the rest is in force after a restart.

        Raises:
            OSError: the settings cannot be removed, and everything goes on then; or the password cannot.
        """
        async with self._parts.keeper.giving_up():
            with self._parts.history.giving_up():
                await asyncio.to_thread(forget, self._settings_file, panel)
                for name in (SETTINGS, MQTT, UPGRADE):
                    await asyncio.to_thread(self._parts.store.forget, name)
                await self._parts.keeper.forget(meter.config.unit for meter in self._parts.meters.all)
                await self._parts.history.forget()
                await self.password()
                await asyncio.to_thread(self._parts.audit.forget)
                await asyncio.to_thread(self._parts.kept_log.forget)
        self._parts.audit.record("factory-reset")

    async def password(self) -> None:
        """Have no password, no API tokens and no logins, at once; whoever is near may choose a password then.

        Raises:
            OSError: what is kept of them cannot be removed.
        """
        if await self._parts.people.forget_password():
            return
        for name in (CREDENTIALS, SESSIONS, KNOWN, CLAIM):
            await asyncio.to_thread(self._parts.store.remove, name)
        self._parts.audit.record("password-reset", after="not set")

    async def reset_password(self, _more: Mapping[str, object]) -> dict[str, object]:
        """The same for a command on this computer, which is given where the page is and the code to claim it."""
        log.warning("the password is reset by a command on this computer")
        await self.password()
        access = self._parts.people.page_access()
        return {"web": self._parts.people.urls, "code": access.claim_code if access else None}
