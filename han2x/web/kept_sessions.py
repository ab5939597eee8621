"""Who is logged in, on the disk, so that a restart of the program logs nobody out.

A login and a logout are written before the answer leaves, and mere use only now and then, for the sake of an SD card.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from han2x.faults import told
from han2x.web.control import Document, UnreadableError
from han2x.web.sessions import Sessions

log = logging.getLogger("han2x.web")

USE_EVERY_S: Final = 600.0
"""How often use is written. After a power cut a session counts as unused for up to so long."""
RETRY_S: Final = 60.0


class KeptSessions:
    """Keeps `sessions` in `document`; without one they last as long as the program.

    `owner` tells whose they are: the sessions of another password are not taken up. `wall` is the wall clock.
    """

    def __init__(
        self,
        sessions: Sessions,
        document: Document | None,
        owner: Callable[[], str],
        *,
        clock: Callable[[], float],
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._sessions = sessions
        self._document = document
        self._owner = owner
        self._clock = clock
        self._wall = wall
        self._one_at_a_time = asyncio.Lock()
        self._saved_at = clock()
        self._failing = False
        self._later: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Have the sessions that were kept. What is damaged is as if there were none."""
        try:
            kept = self._document.load() if self._document is not None else None
            if kept is not None:
                self._sessions.restore(kept, self._owner(), self._wall())
        except (UnreadableError, ValueError) as error:
            log.warning("the kept logins cannot be used (%s); log in again", error)

    async def save(self) -> None:
        """Write them. What cannot be written is logged, and tried again."""
        if self._document is None:
            return
        async with self._one_at_a_time:
            self._saved_at = self._clock()
            try:
                await asyncio.to_thread(self._document.save, self._sessions.dump(self._owner(), self._wall()))
            except OSError as error:
                if not self._failing:
                    log.error("logins and logouts would not survive a restart: %s", told(error))  # noqa: TRY400 - no traceback helps the reader
                self._failing = True
                self._save_later(RETRY_S)
            else:
                self._failing = False

    def used(self) -> None:
        """A session was used; written when the last time is long ago."""
        if self._clock() - self._saved_at >= USE_EVERY_S:
            self._save_later(0.0)

    def _save_later(self, wait_s: float) -> None:
        waiting = self._later is not None and not self._later.done() and self._later is not asyncio.current_task()
        if self._document is not None and not waiting:
            self._later = asyncio.get_running_loop().create_task(self._after(wait_s))

    async def _after(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await self.save()
