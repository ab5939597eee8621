"""The web page as a part of the gateway: served when it can be, tried again when it cannot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NoReturn

from han2x.settings import parse_listen

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger("han2x")

RETRY_S: Final = 30.0
MOVE_AFTER_S: Final = 0.5
"""How long the old address goes on after a move was asked for, so that the answer still reaches the browser."""


class Page:
    """Serves what `make_app` makes. Modbus goes on without it; whoever holds the page's port may let go of it."""

    def __init__(self, make_app: Callable[[], web.Application], listen: str) -> None:
        from han2x.web import WebServer

        self._server = WebServer(make_app)
        self._listen = listen
        self._wanted = asyncio.Event()

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it is served; empty while it is not."""
        return list(self._server.addresses)

    async def start(self) -> bool:
        """Serve the page; answers whether that was possible, and logs why when it was not."""
        from han2x.web import WebError

        try:
            await self._server.start(*parse_listen(self._listen, lowest_port=0))
        except WebError as error:
            log.error("%s", error)  # noqa: TRY400 - no traceback helps the reader
            return False
        return True

    def move(self, listen: str) -> None:
        """Serve the page somewhere else, soon; where that is not possible, where it was before."""
        if listen != self._listen:
            self._listen = listen
            self._wanted.set()

    async def run(self) -> NoReturn:
        """Keep the page served until cancelled."""
        while True:
            before = self._listen
            served = bool(self.addresses) or await self.start()
            await self._wait(None if served else RETRY_S)
            if self._wanted.is_set():
                self._wanted.clear()
                await self._move_from(before)

    async def stop(self) -> None:
        """End all connections."""
        await self._server.stop()

    async def _wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), seconds)
        except TimeoutError:
            return

    async def _move_from(self, before: str) -> None:
        await asyncio.sleep(MOVE_AFTER_S)
        await self._server.stop()
        if not await self.start():
            self._listen = before
            await self.start()


def urls(addresses: list[tuple[str, int]]) -> list[str]:
    """What a person types into a browser."""
    return [f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/" for host, port in addresses]
