"""Who may do what: the password, the sessions it opens, and the tokens that programs use instead."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from han2x.addresses import network_of
from han2x.api.access import NewToken, OpenSession, Scope, Token
from han2x.web.claim import Claim
from han2x.web.control import ConflictError, Document, InvalidValuesError
from han2x.web.credentials import Credentials, Held, remove
from han2x.web.kept_sessions import KeptSessions
from han2x.web.known import Known
from han2x.web.passwords import COST, Cost, fits, hash_password, weakness
from han2x.web.rate_limit import LoginRateLimit
from han2x.web.refusals import ClaimError, SlowDownError, WrongPasswordError
from han2x.web.sessions import Session, Sessions, digest
from han2x.web.tokens import Record, Tokens
from han2x.web.turns import Turns
from han2x.web.visitor import NOBODY, Visitor

log = logging.getLogger("han2x.web")


def _record_nothing(action: str, what: str = "", *, before: object = None, after: object = None) -> None:
    log.debug("%s %s: %r to %r", action, what, before, after)


class Access:
    """The password, its sessions and the API tokens.

    Where the kept password cannot be read, nobody is let in and none can be set, until `forget`: `fault` then says why.
    `clock` is any steady scale of seconds, `wall` that since the epoch. `client` is everywhere the address that the
    request came from, and `browser` the cookie by which its browser may be known. Making one may wait for the disk.
    """

    def __init__(
        self,
        credentials: Document | None = None,
        sessions: Document | None = None,
        known: Document | None = None,
        *,
        claim: Claim | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        cost: Cost = COST,
        record: Record = _record_nothing,
    ) -> None:
        self._to_forget = (sessions, known)
        self._cost = cost
        self._wall = wall
        self._record = record
        self._held = Held(credentials)
        self._known = Known(known, self._owner, wall)
        self._rate_limit = LoginRateLimit(clock, self._known)
        self._turns = Turns()
        self._guesses = Turns()  # of strangers that have failed before: nobody else waits for one that is under way
        self._tokens = Tokens(self._held, self._known, self._turns, wall, record)
        self.sessions = Sessions(clock)
        self._kept = KeptSessions(self.sessions, sessions, self._owner, clock=clock, wall=wall)
        self.claim = claim or Claim(None, uptime=time.monotonic, boot="")
        self.claim.load(owned=self.password_set)
        if self._held.now.password is not None:
            self._kept.load()
            self._known.load()

    @property
    def password_set(self) -> bool:
        """Whether a password is set, even one that cannot be read."""
        return self._held.now.password is not None or self.locked

    @property
    def locked(self) -> bool:
        """Whether the kept password cannot be read, so that nobody can log in."""
        return bool(self.fault)

    @property
    def fault(self) -> str:
        """Why the kept password cannot be read; "" when it can."""
        return self._held.fault

    def refuse_without_claim(self, code: str, client: str) -> None:
        """Refuse whoever wants to choose the first password from elsewhere, and has not shown to be near the computer.

        Raises:
            ClaimError: the code is missing or wrong.
            SlowDownError: there were too many attempts.
        """
        if self.password_set or self.claim.open_s > 0:
            return
        if not code:
            raise ClaimError("the claim code is needed: han2x status on the gateway's computer shows it")
        self._refuse_impatient(client, "")
        if not self.claim.fits(code):
            log.warning("a wrong claim code from %s", network_of(client))
            raise ClaimError("this is not the claim code; han2x status on the gateway's computer shows it")
        self._rate_limit.succeeded(client)

    async def set_first_password(self, password: str, client: str = "") -> str:
        """Set the password while there is none; returns a session's token.

        Raises:
            ConflictError: there is one already.
            LockedError: there is one that cannot be read.
            InvalidValuesError: it is too easy to guess.
            StorageError: it cannot be kept.
        """
        _refuse_weak("password", password)
        async with self._turns.turn():
            self._held.refuse_locked()
            if self.password_set:
                raise ConflictError("a password is set already; log in with it", code="already-set")
            await self._held.keep(Credentials(await asyncio.to_thread(hash_password, password, self._cost)))
        await asyncio.to_thread(self.claim.close)
        log.info("the web page's password has been set")
        self._record("password-set", before="not set", after="set")
        return await self._begin(client)

    async def log_in(self, password: str, client: str, instead_of: Session | None = None, browser: str = "") -> str:
        """Check the password; returns a session's token. The session `instead_of` which it is ends.

        Raises:
            WrongPasswordError, SlowDownError: it is wrong, or there were too many attempts.
            ConflictError, LockedError: there is none yet, or none that can be read.
        """
        await self._check(password, client, browser)
        self._record("login")
        return await self._begin(client, instead_of)

    async def know_browser(self, browser: str) -> str:
        """Somebody has logged in with this browser; returns the cookie by which it is known from now on."""
        cookie = self._known.add_browser(browser)
        await self._known.save()
        return cookie

    async def log_out(self, session: Session) -> None:
        """End this session, here and everywhere."""
        self.sessions.end(session)
        await self._kept.save()

    async def change_password(
        self, old: str, new: str, client: str, session: Session, *, browser: str = "", keep_tokens: bool = False
    ) -> None:
        """Change the password, end all sessions but this one, and revoke the API tokens unless they are to be kept.

        Raises:
            InvalidValuesError: the old one is wrong, or the new one too easy to guess or unchanged.
            SlowDownError, StorageError: as above.
        """
        _refuse_weak("new", new)
        try:
            await self._check(old, client, browser)
        except WrongPasswordError:
            raise _refused("old", "password-wrong", "is not the present password") from None
        if new == old:
            raise _refused("new", "password-same", "must be another one than before")
        async with self._turns.turn():
            tokens = self._held.now.tokens
            hashed = await asyncio.to_thread(hash_password, new, self._cost)
            await self._held.keep(Credentials(hashed, tokens if keep_tokens else ()))
        self.sessions.end_all(but=session)
        self._known.forget(but_browser=browser)
        await self._kept.save()
        await self._known.save()
        log.info("the web page's password has been changed")
        self._record("password-changed")
        self._tokens.record_removed(() if keep_tokens else tokens)

    def open_sessions(self, own: Session) -> list[OpenSession]:
        """Who is logged in, the last used first."""
        return [
            OpenSession(id=each.id, address=each.client, began=round(began), used=round(used), own=each is own)
            for each, began, used in self.sessions.open(self._wall())
        ]

    async def end_other_sessions(self, own: Session) -> None:
        """Log everyone out, here and everywhere, but for this one."""
        ended = len(self.sessions) - 1
        self.sessions.end_all(but=own)
        await self._kept.save()
        if ended > 0:
            self._record("sessions-ended", before=ended)

    def find_session(self, token: str) -> Session | None:
        """The session with this token, which counts as used now."""
        session = self.sessions.find(token)
        if session is not None:
            self._kept.used()
        return session

    def find_token(self, text: str) -> Mapping[str, Any] | None:
        """The API token with this text, which counts as used now."""
        return self._tokens.find(text)

    def still(self, visitor: Visitor) -> Visitor:
        """The visitor as of now: nobody, when the session or the token has ended since."""
        if visitor.session is not None:
            if not self.sessions.alive(visitor.session):
                return NOBODY
            self._kept.used()
        if visitor.token is not None and visitor.token not in self._held.now.tokens:
            return NOBODY
        return visitor

    def tokens(self) -> list[Token]:
        """The API tokens, without what would let anyone use them."""
        return self._tokens.all()

    async def add_token(self, name: str, scope: Scope) -> NewToken:
        """Make an API token; see `Tokens.add`."""
        return await self._tokens.add(name, scope)

    async def remove_token(self, token_id: str) -> None:
        """Make an API token useless; see `Tokens.remove`."""
        await self._tokens.remove(token_id)

    async def forget(self) -> None:
        """Have no password and no tokens, as from the factory, whatever was kept; all sessions end.

        Whoever is near the computer may then choose a password.

        Raises:
            StorageError: something cannot be removed.
        """
        async with self._turns.turn():
            await self._held.forget()
            for document in self._to_forget:
                await remove(document)
            await asyncio.to_thread(self.claim.renew)
        self.sessions.end_all()
        self._known.forget()
        self._record("password-reset", after="not set")

    async def open_claim(self) -> bool:
        """Somebody pressed the button at the computer: the first password may be chosen, where there is none.

        Where there is one that cannot be read it is forgotten. Returns whether that means anything.

        Raises:
            StorageError: it cannot be forgotten.
        """
        if self.locked:
            await self.forget()
        elif self.password_set:
            return False
        await asyncio.to_thread(self.claim.open)
        return True

    async def _begin(self, client: str, instead_of: Session | None = None) -> str:
        if instead_of is not None:
            self.sessions.end(instead_of)
        token = self.sessions.begin(client)
        await self._kept.save()
        return token

    def _owner(self) -> str:
        """Whose sessions these are: they end with the password, even if a power cut comes between the two."""
        return digest(self._held.now.password or "")

    def _refuse_impatient(self, client: str, browser: str) -> None:
        wait_s = self._rate_limit.wait_s(client, browser)
        if wait_s > 0:
            raise SlowDownError(wait_s)
        self._rate_limit.count(client, browser)

    async def _check(self, password: str, client: str, browser: str) -> None:
        self._held.refuse_locked()
        if self._held.now.password is None:
            raise ConflictError("no password is set yet", code="not-set")
        rank = self._rate_limit.rank(client, browser)
        self._refuse_impatient(client, browser)
        turns = self._turns if 0 in rank else self._guesses
        async with turns.turn(rank):
            kept = self._held.now.password
            right = kept is not None and await asyncio.to_thread(fits, password, kept)
        if not right:
            log.warning("a login from %s failed", network_of(client))
            raise WrongPasswordError("wrong password")
        self._rate_limit.succeeded(client, browser)


def _refuse_weak(field: str, password: str) -> None:
    found = weakness(password)
    if found:
        raise _refused(field, *found)


def _refused(field: str, code: str, message: str) -> InvalidValuesError:
    return InvalidValuesError({field: message}, message, {field: {"code": code}}, code=code)
