"""An upgrade that was taken back by itself, told until somebody has seen it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from han2x.app.audit import AuditTrail
from han2x.app.stored import UPGRADE
from han2x.store import Store
from han2x.upgrade_note import TakenBack, note_path, taken_back

NOTE: Final = note_path()
"""Where the package leaves it for the program that runs."""


class Upgrade:
    """Knows nothing until `look`. What somebody has acknowledged stays so, also over a restart."""

    def __init__(self, store: Store, audit: AuditTrail) -> None:
        self._store = store
        self._audit = audit
        self._found: TakenBack | None = None
        self._acknowledged: object = None

    @property
    def taken_back(self) -> TakenBack | None:
        """What there is to tell; None for nothing, or nothing that is not acknowledged."""
        found = self._found
        return None if found is None or self._acknowledged == found.at else found

    def look(self) -> None:
        """Read what the upgrade left behind; waits for the disk."""
        self._found = taken_back(NOTE)
        if self._found is not None:
            self._acknowledged = (self._store.load(UPGRADE) or {}).get("acknowledged")

    async def acknowledge(self) -> bool:
        """Tell it no more; whether there was something to tell. Where that cannot be kept, the next start tells it
        again.
        """
        told = self.taken_back
        if told is None:
            return False
        self._acknowledged = told.at
        self._audit.record("upgrade-acknowledged", told.failed)
        await asyncio.to_thread(self._store.save, UPGRADE, {"acknowledged": told.at})
        return True

    async def acknowledge_asked(self, _more: Mapping[str, object]) -> dict[str, object]:
        """The same for a command on this computer."""
        return {"acknowledged": await self.acknowledge()}
