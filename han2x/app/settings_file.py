"""The settings file of a running gateway: what it says, what there is to tell of it, and who changed it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from han2x.app.audit import AuditTrail
from han2x.app.stored import StoredSettings
from han2x.audit import FILE, acting_as
from han2x.faults import told
from han2x.settings import (
    MENDED,
    KnownFile,
    Outcome,
    Report,
    Settings,
    SettingsError,
    load,
    load_on_request,
    mend,
    remember,
)
from han2x.store import Store

log = logging.getLogger("han2x")


class SettingsFile:
    """The file at `path`. `settings` are those in it that are in force, `report` is what there is to tell of it."""

    def __init__(self, path: Path, store: Store, audit: AuditTrail, settings: Settings, report: Report | None) -> None:
        self.path = path
        self.known = KnownFile(path, StoredSettings(store))
        self.settings = settings
        self.report = report
        self._audit = audit
        if report is not None:
            audit.record("settings-file", after=report.outcome.value)

    async def mend(self) -> None:
        """Before something is changed in it: have the last good one in place of a file that a medium has changed."""
        report = await asyncio.to_thread(mend, self.path, self.known)
        if report is not None:
            log.warning("%s", report)
            self.report = report
            self._audit.record("settings-file", after=report.outcome.value)

    async def wrote(self, settings: Settings) -> None:
        """The file has these settings now by our own hand: that is known of it from now on, and recorded."""
        before, self.settings = self.settings, settings
        self._audit.record_settings(before, settings)
        await asyncio.to_thread(self.known.note)
        if self.report is not None and await asyncio.to_thread(self._is_good):
            self.report = None

    async def read_again(self) -> Settings:
        """Read it because a person wants it.

        Raises:
            SettingsError: it cannot be used, or was damaged.
        """
        return await asyncio.to_thread(load_on_request, self.path, self.known)

    async def taken(self, settings: Settings) -> None:
        """What was read again is in force; whoever edited the file has changed what differs."""
        before, self.settings = self.settings, settings
        with acting_as(FILE):
            self._audit.record_settings(before, settings)
        self.report = await asyncio.to_thread(remember, self.path, self.known)

    def refused(self, error: Exception) -> None:
        """What was read again cannot be in force."""
        problems = error.problems if isinstance(error, SettingsError) else ()
        self.report = Report(Outcome.AS_BEFORE, f"{told(error)}\nThe settings are as before. {MENDED}", problems)

    def _is_good(self) -> bool:
        try:
            load(self.path)
        except SettingsError:
            return False
        return True
