"""The web page as a part of the gateway: served when it can be, tried again when it cannot."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from han2x.addresses import is_allowed, join_host_port
from han2x.settings import WebSettings, parse_listen

if TYPE_CHECKING:
    from han2x.web.server import MakeApp

log = logging.getLogger("han2x")

RETRY_S: Final = 30.0
MOVE_AFTER_S: Final = 0.5
"""How long the old address goes on after a move was asked for, so that the answer still reaches the browser."""
CERTIFICATE: Final = "page.pem"
KEY: Final = "page.key"


class Page:
    """Serves what `make_app` makes. Modbus goes on without it; whoever holds the page's port may let go of it.

    With HTTPS and no certificate of the owner's, one is made and kept in `state_dir`.
    """

    def __init__(self, make_app: MakeApp, settings: WebSettings, state_dir: Path) -> None:
        from han2x.web import WebServer

        self._server = WebServer(make_app, allowed=lambda client, own: is_allowed(client, self._settings.allow, own))
        self._settings = self._served = settings
        self._state_dir = state_dir
        self._wanted = asyncio.Event()

    @property
    def urls(self) -> list[str]:
        """What a person types into a browser; empty while the page is not served."""
        scheme = "https" if self._served.https else "http"
        return [f"{scheme}://{join_host_port(*address)}/" for address in self._server.addresses]

    async def start(self) -> bool:
        """Serve the page where it is wanted; returns whether it stands as wanted, and logs why when it does not."""
        from han2x.web import WebError

        wanted = self._settings
        try:
            if wanted.enabled:
                tls = await asyncio.to_thread(self._tls, wanted) if wanted.https else None
                await self._server.start(*parse_listen(wanted.listen, lowest_port=0), tls)
        except (WebError, OSError) as error:
            log.error("%s", error)  # noqa: TRY400 - no traceback helps the reader
            return False
        except Exception:
            log.exception("the web page cannot be served because of a fault in this program")
            return False
        self._served = wanted
        return True

    def move(self, settings: WebSettings) -> None:
        """Serve the page as other settings say, soon; where that is not possible, as it was before."""
        before, self._settings = self._settings, settings
        self._server.enforce()
        if _place(before) != _place(settings):
            self._wanted.set()

    async def run(self) -> NoReturn:
        """Keep the page served until cancelled."""
        while True:
            as_wanted = bool(self._server.addresses) or await self.start()
            await self._wait(None if as_wanted else RETRY_S)
            if self._wanted.is_set():
                await asyncio.sleep(MOVE_AFTER_S)
                self._wanted.clear()
                await self._move()

    async def stop(self) -> None:
        """End all connections."""
        await self._server.stop()

    async def _wait(self, seconds: float | None) -> None:
        try:
            await asyncio.wait_for(self._wanted.wait(), seconds)
        except TimeoutError:
            return

    async def _move(self) -> None:
        if self._server.addresses and _place(self._served) == _place(self._settings):
            return
        wanted = self._settings
        await self._server.stop()
        if not await self.start() and self._settings is wanted:
            self._settings = self._served
            await self.start()

    def _tls(self, settings: WebSettings) -> ssl.SSLContext:
        from han2x.atomic_file import write_whole
        from han2x.web.certificate import make_certificate, must_be_renewed, tls_context

        if settings.certificate and settings.key:
            return tls_context(settings.certificate, settings.key)
        certificate, key = self._state_dir / CERTIFICATE, self._state_dir / KEY
        names = [*_own_names(), *settings.host_names]
        if not (certificate.exists() and key.exists()) or must_be_renewed(certificate.read_bytes(), names):
            made, its_key = make_certificate(names)
            write_whole(key, its_key)
            write_whole(certificate, made)
        return tls_context(certificate, key)


def _own_names() -> list[str]:
    """What this computer is called; nothing where that is no name for a certificate."""
    host = socket.gethostname()
    return [host, f"{host}.local"] if host.isascii() else []


def _place(settings: WebSettings) -> tuple[object, ...]:
    """What a change of which serves the page again."""
    own = (settings.certificate, settings.key)
    names = settings.host_names if settings.https and None in own else ()
    return settings.enabled, settings.listen, settings.https, own, names
