"""Reading the settings file again while the gateway runs, as SIGHUP asks for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from han2x.faults import told
from han2x.settings import SettingsError
from han2x.systemd.notify import ServiceManager

log = logging.getLogger("han2x")


class Reloads:
    """Calls `read_again` each time it is asked for, and `refused` with what kept the settings as they were."""

    def __init__(
        self,
        service: ServiceManager,
        read_again: Callable[[], Awaitable[None]],
        refused: Callable[[Exception], None],
    ) -> None:
        self._service = service
        self._read_again = read_again
        self._refused = refused
        self._allowed = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def allow(self) -> None:
        """The gateway is there whole: what is only being made cannot be changed yet."""
        self._allowed.set()

    def begin(self) -> None:
        """Read the file soon."""
        task = asyncio.get_running_loop().create_task(self._reload())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def end(self) -> None:
        """Give up what is still being read."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    async def _reload(self) -> None:
        await self._allowed.wait()
        self._service.reloading()
        try:
            await self._read_again()
        except (SettingsError, OSError) as error:
            self._refused(error)
            for line in told(error).splitlines():
                log.error("the settings are as before: %s", line)  # noqa: TRY400 - no traceback helps the reader
        except Exception:
            log.exception("the settings were not read again because of a fault in this program")
        else:
            log.info("the settings were read again")
        self._service.ready()
