"""What the gateway has for people: the page and the front panel. Modbus goes on without either."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import astuple
from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING, Any, Final, NoReturn

from han2x.app.log_ring import PUBLIC
from han2x.app.protocols import ForPage
from han2x.app.stored import StoredNotes
from han2x.audit import GATEWAY, acting_as
from han2x.listeners import Listener
from han2x.network import Ending, Network, Outcome
from han2x.output_state import OutputPhase, OutputState
from han2x.settings import PanelSettings
from han2x.store import Store

if TYPE_CHECKING:
    from han2x.api.status import PageAccess
    from han2x.app.page import Page
    from han2x.front_panel import PanelFault
    from han2x.web import Access

log = logging.getLogger("han2x")

NO_PANEL: Final = PanelSettings()


class People:
    """The page and the panel, begun, changed and ended with the settings."""

    def __init__(self, gateway: ForPage, store: Store) -> None:
        self._gateway = gateway
        self._store = store
        self._group: asyncio.TaskGroup | None = None
        self._network: Network | None = None
        self._page: Page | None = None
        self._access: Access | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._panel_settings = NO_PANEL
        self._panel_faults: list[PanelFault] = []
        self._begun = False  # whether the panel has been looked at since the program started

    @property
    def urls(self) -> list[str]:
        """What a person types into a browser; empty while the page is not served."""
        return self._page.urls if self._page is not None else []

    @property
    def listeners(self) -> list[Listener]:
        """Where the page is wanted, and how each place stands."""
        return self._page.listeners if self._page is not None else []

    @property
    def panel(self) -> list[OutputState]:
        """The lights and the button that cannot be had."""
        return [OutputState("front-panel", OutputPhase.FAILED, "", fault) for fault in self._panel_faults]

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the page's certificate; "" while HTTPS is not served."""
        certificate = self._page.certificate if self._page is not None else None
        return certificate.fingerprint if certificate is not None else ""

    @property
    def page(self) -> Page | None:
        """The page; None where it has never been enabled."""
        return self._page

    @property
    def network(self) -> Network | None:
        """This computer's network; None before `begin`."""
        return self._network

    def page_access(self) -> PageAccess | None:
        """Whether the page has an owner, and how to become one; None while there is no page."""
        from han2x.app.access import page_access

        return page_access(self._access) if self._access is not None else None

    async def forget_password(self) -> bool:
        """Have no password, no tokens and no logins; False where there is no page that would know of them.

        Raises:
            OSError: what is kept of them cannot be removed.
        """
        if self._access is None:
            return False
        from han2x.web.refusals import StorageError

        try:
            await self._access.forget()
        except StorageError as error:
            raise OSError(errno.EIO, str(error)) from error
        self._tell_claim()
        return True

    async def open_claim(self) -> None:
        """Let whoever is near choose the first password; where there is one nothing happens."""
        if self._access is not None and await self._access.open_claim():
            self._tell_claim()

    async def begin(self, group: asyncio.TaskGroup, ending: AsyncExitStack) -> None:
        """Serve what the settings ask for, in tasks of the group, until `ending` closes."""
        self._group = group
        self._network = await ending.enter_async_context(Network(StoredNotes(self._store), on_end=self._record_end))
        ending.push_async_callback(self.end)
        await self.change()

    async def change(self) -> None:
        """Take the settings of now. A fault in either part is logged, and the rest goes on."""
        for part in (self._change_page, self._change_panel):
            try:
                await part()
            except Exception:
                log.exception("a fault in this program: Modbus goes on without the page, or the lights")

    async def end(self) -> None:
        """End both."""
        for name in list(self._tasks):
            await self._end_task(name)
        if self._page is not None:
            await self._page.stop()

    def _record_end(self, outcome: Outcome) -> None:
        """Record that the gateway itself took a change of the network back; a person who did is recorded elsewhere."""
        if outcome.ending in (Ending.EXPIRED, Ending.FAILED, Ending.INTERRUPTED):
            with acting_as(GATEWAY):
                self._gateway.audit.record("network-taken-back", outcome.settings.interface, after=str(outcome.ending))

    async def _change_page(self) -> None:
        web = self._gateway.effective.settings.web
        if self._page is not None:
            self._page.move(web)
        elif web.enabled and self._network is not None:
            # In a thread, since Modbus is already served and should not wait for the page's libraries.
            await asyncio.to_thread(import_module, "han2x.app.control")
            from han2x.app.access import make_access
            from han2x.app.control import make_page

            self._access = await asyncio.to_thread(make_access, self._store, self._gateway.audit)
            self._page = make_page(self._gateway, self._network, self._access, web)
            await self._page.start()
            self._tell_claim()
            self._begin_task("page", self._page.run())

    def _tell_claim(self) -> None:
        access = self.page_access()
        if access is not None and access.claim_code is not None:
            window = f"within {ceil(access.open_s / 60)} minutes, later " if access.open_s else ""
            told = "the page has no password: choose one"
            log.warning(f"{told}, %swith the claim code %s", window, access.claim_code, extra={PUBLIC: told})

    async def _change_panel(self) -> None:
        settings = self._gateway.effective.settings.panel
        if settings == self._panel_settings or self._network is None:
            return
        self._panel_settings = settings
        self._panel_faults = []
        await self._end_task("panel")
        if any(astuple(settings)):
            from han2x.app.panel import run_panel

            begun, faults = self._begun, self._panel_faults
            self._begin_task(
                "panel", run_panel(self._gateway, self._network, settings, at_start=not begun, faults=faults)
            )
        self._begun = True

    def _begin_task(self, name: str, part: Coroutine[Any, Any, NoReturn]) -> None:
        if self._group is not None:
            self._tasks[name] = self._group.create_task(_guarded(name, part))

    async def _end_task(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _guarded(name: str, part: Coroutine[Any, Any, NoReturn]) -> None:
    """Run a part to its end, and let a fault in it be the end of nothing else."""
    try:
        await part
    except Exception:
        log.exception("a fault in this program: the gateway goes on without the %s", name)
