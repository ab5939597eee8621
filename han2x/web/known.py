"""Who has logged in before, by browser and by host: they need not wait for what strangers do, nor after a restart.

A browser is known by a cookie of its own that outlives the login. It opens nothing; it only says that somebody who
knew the password once used this browser. Kept with it: when each API token was last used.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from han2x.faults import told
from han2x.web.control import Document, UnreadableError
from han2x.web.sessions import TOKEN_OCTETS, digest

log = logging.getLogger("han2x.web")

MOST: Final = 64
"""Browsers and hosts, each, that are remembered; of more the last ones are."""
TOKEN_USE_EVERY_S: Final = 6 * 3600.0
"""How exactly the last use of a token is kept, for the sake of an SD card."""


class _Kept(msgspec.Struct, frozen=True):
    owner: str
    browsers: Annotated[list[str], Meta(max_length=MOST)]
    hosts: Annotated[list[str], Meta(max_length=MOST)]
    tokens: dict[str, int]


class Known:
    """Browsers, by the hash of their cookie, and hosts, as `rate_limit.network_of` has them; `tokens` their last use.

    `owner` tells whose they are: those of another password are not taken up.
    """

    def __init__(
        self, document: Document | None, owner: Callable[[], str], wall: Callable[[], float] = time.time
    ) -> None:
        self._document = document
        self._owner = owner
        self._wall = wall
        self._browsers: dict[str, None] = {}
        self._hosts: dict[str, None] = {}
        self.tokens: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Have those that were kept; none, where what is kept cannot be used."""
        try:
            document = self._document.load() if self._document is not None else None
            kept = None if document is None else msgspec.convert(document, _Kept)
        except (UnreadableError, msgspec.ValidationError) as error:
            log.warning("who has logged in before is not known any more: %s", error)
            return
        if kept is not None and kept.owner == self._owner():
            self._browsers, self._hosts = dict.fromkeys(kept.browsers), dict.fromkeys(kept.hosts)
            self.tokens = dict(kept.tokens)

    def has(self, host: str, browser: str) -> bool:
        """Whether somebody has logged in from this host, or with the browser that has this cookie ("" for none)."""
        return host in self._hosts or self.has_browser(browser)

    def has_browser(self, browser: str) -> bool:
        """Whether somebody has logged in with the browser that has this cookie ("" for none)."""
        return bool(browser) and digest(browser) in self._browsers

    def add_host(self, host: str) -> None:
        """Somebody has logged in from this host."""
        _put_last(self._hosts, host)

    def add_browser(self, browser: str) -> str:
        """Somebody has logged in with this browser; returns its cookie from now on, the one that it has if known."""
        cookie = browser if self.has_browser(browser) else secrets.token_urlsafe(TOKEN_OCTETS)
        _put_last(self._browsers, digest(cookie))
        return cookie

    def token_used(self, token_id: str) -> None:
        """An API token was used; kept when the last time is long ago."""
        now = int(self._wall())
        if token_id not in self.tokens or abs(now - self.tokens[token_id]) >= TOKEN_USE_EVERY_S:
            self.tokens[token_id] = now
            if self._document is not None and (self._later is None or self._later.done()):
                self._later = asyncio.get_running_loop().create_task(self.save())

    def forget(self, but_browser: str = "") -> None:
        """Know nobody, but perhaps for the browser with this cookie."""
        self._browsers = dict.fromkeys([digest(but_browser)]) if self.has_browser(but_browser) else {}
        self._hosts = {}

    async def save(self) -> None:
        """Write them. What cannot be written is logged: it only means to wait longer in a bad hour."""
        if self._document is None:
            return
        async with self._one_at_a_time:
            kept = _Kept(self._owner(), list(self._browsers), list(self._hosts), self.tokens)
            try:
                await asyncio.to_thread(self._document.save, msgspec.to_builtins(kept))
            except OSError as error:
                log.warning("who has logged in before would not be known after a restart: %s", told(error))


def _put_last(known: dict[str, None], entry: str) -> None:
    known.pop(entry, None)
    known[entry] = None
    while len(known) > MOST:
        del known[next(iter(known))]
