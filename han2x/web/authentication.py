"""Who may do what: the password, the sessions it opens, and the tokens that programs use instead."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from han2x.api.access import NewToken, Token
from han2x.web.control import ConflictError, Document, InvalidValuesError, Json, MissingError
from han2x.web.kept_sessions import KeptSessions
from han2x.web.passwords import COST, Cost, fits, hash_password, weakness
from han2x.web.rate_limit import LoginRateLimit, network_of
from han2x.web.refusals import SlowDownError, StorageError, WrongPasswordError
from han2x.web.sessions import Session, Sessions, digest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger("han2x.web")

MOST_TOKENS: Final = 20
MOST_WAITING: Final = 8
"""Logins that may wait for one another; each takes a noticeable part of a second."""
TOKEN_PREFIX: Final = "h2x_"  # noqa: S105 - how tokens begin, no token


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: a person with a session, a program with a token, or nobody that is known."""

    session: Session | None = None
    token: Mapping[str, Any] | None = None

    @property
    def known(self) -> bool:
        """Whether it is a person who is logged in, or a program."""
        return self.session is not None or self.token is not None


NOBODY: Final = Visitor()


class Access:
    """The password, its sessions and the API tokens.

    Password and tokens are kept in `credentials`, sessions in `sessions`; without these they last as long as the
    program. `clock` is any steady scale of seconds, `wall` that since the epoch. `client` is everywhere the address
    that the request came from.
    """

    def __init__(
        self,
        credentials: Document | None = None,
        sessions: Document | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        cost: Cost = COST,
    ) -> None:
        self._credentials = credentials
        self._cost = cost
        self._rate_limit = LoginRateLimit(clock)
        self._one_at_a_time = asyncio.Lock()
        self._waiting = 0
        self._password, self._tokens = _read(credentials.load() if credentials else None)
        self.sessions = Sessions(clock)
        self._kept = KeptSessions(self.sessions, sessions, self._owner, clock=clock, wall=wall)
        if self.password_set:
            self._kept.load()

    @property
    def password_set(self) -> bool:
        """Whether a password is set."""
        return self._password is not None

    async def set_first_password(self, password: str) -> str:
        """Set the password while there is none; returns a session's token.

        Raises:
            ConflictError: there is one already.
            InvalidValuesError: it is too easy to guess.
            StorageError: it cannot be kept.
        """
        _refuse_weak("password", password)
        async with self._turn():
            if self.password_set:
                raise ConflictError("a password is set already; log in with it", code="already-set")
            await self._keep(await asyncio.to_thread(hash_password, password, self._cost), self._tokens)
        log.info("the web page's password has been set")
        return await self._begin()

    async def log_in(self, password: str, client: str, instead_of: Session | None = None) -> str:
        """Check the password; returns a session's token. The session `instead_of` which it is ends.

        Raises:
            WrongPasswordError, SlowDownError: it is wrong, or there were too many attempts.
            ConflictError: there is none yet.
        """
        await self._check(password, client, "wrong password")
        log.info("a login from %s", network_of(client))
        return await self._begin(instead_of)

    async def log_out(self, session: Session) -> None:
        """End this session, here and everywhere."""
        self.sessions.end(session)
        await self._kept.save()

    async def change_password(self, old: str, new: str, client: str, session: Session) -> None:
        """Change the password and end all sessions but this one.

        Raises:
            InvalidValuesError: the old one is wrong, or the new one too easy to guess or unchanged.
            SlowDownError, StorageError: as above.
        """
        _refuse_weak("new", new)
        try:
            await self._check(old, client, "wrong password")
        except WrongPasswordError:
            raise _refused("old", "password-wrong", "is not the present password") from None
        if new == old:
            raise _refused("new", "password-same", "must be another one than before")
        async with self._turn():
            await self._keep(await asyncio.to_thread(hash_password, new, self._cost), self._tokens)
        self.sessions.end_all(but=session)
        await self._kept.save()
        log.info("the web page's password has been changed")

    def find_session(self, token: str) -> Session | None:
        """The session with this token, which counts as used now."""
        session = self.sessions.find(token)
        if session is not None:
            self._kept.used()
        return session

    def find_token(self, text: str) -> Mapping[str, Any] | None:
        """The API token with this text."""
        wanted = digest(text)
        return next((token for token in self._tokens if secrets.compare_digest(token["hash"], wanted)), None)

    def still(self, visitor: Visitor) -> Visitor:
        """The visitor as of now: nobody, when the session or the token has ended since."""
        if visitor.session is not None:
            if not self.sessions.alive(visitor.session):
                return NOBODY
            self._kept.used()
        if visitor.token is not None and visitor.token not in self._tokens:
            return NOBODY
        return visitor

    def tokens(self) -> list[Token]:
        """The API tokens, without what would let anyone use them."""
        return [_shown(token) for token in self._tokens]

    async def add_token(self, name: str, *, read_only: bool) -> NewToken:
        """Make an API token; its text is returned here, and nowhere else ever again.

        Raises:
            ConflictError: there are too many.
            StorageError: it cannot be kept.
        """
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = {
            "id": secrets.token_hex(8),
            "name": name,
            "read_only": read_only,
            "created": int(time.time()),
            "hash": digest(text),
        }
        async with self._turn():
            if len(self._tokens) >= MOST_TOKENS:
                raise ConflictError(f"there are {MOST_TOKENS} tokens already; remove one first", code="too-many")
            await self._keep(self._password, [*self._tokens, token])
        return NewToken(**msgspec.structs.asdict(_shown(token)), token=text)

    async def remove_token(self, token_id: str) -> None:
        """Make an API token useless.

        Raises:
            MissingError: there is none with this id.
            StorageError: this cannot be kept.
        """
        async with self._turn():
            left = [token for token in self._tokens if token["id"] != token_id]
            if len(left) == len(self._tokens):
                raise MissingError("there is no token with this id")
            await self._keep(self._password, left)

    async def forget(self) -> None:
        """Have no password and no tokens, as from the factory; all sessions end.

        Raises:
            StorageError: this cannot be kept.
        """
        async with self._turn():
            await self._keep(None, [])
        self.sessions.end_all()
        await self._kept.save()

    async def _begin(self, instead_of: Session | None = None) -> str:
        if instead_of is not None:
            self.sessions.end(instead_of)
        token = self.sessions.begin()
        await self._kept.save()
        return token

    def _owner(self) -> str:
        """Whose sessions these are: they end with the password, even if a power cut comes between the two."""
        return digest(self._password or "")

    async def _check(self, password: str, client: str, message: str) -> None:
        if self._password is None:
            raise ConflictError("no password is set yet", code="not-set")
        wait_s = self._rate_limit.wait_s(client)
        if wait_s > 0:
            raise SlowDownError(wait_s)
        self._rate_limit.count(client)
        async with self._turn():
            kept = self._password
            right = kept is not None and await asyncio.to_thread(fits, password, kept)
        if not right:
            log.warning("a login from %s failed", network_of(client))
            raise WrongPasswordError(message)
        self._rate_limit.succeeded(client)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Bound the memory that hashing takes, whatever comes."""
        if self._waiting >= MOST_WAITING:
            raise SlowDownError(1.0)
        self._waiting += 1
        try:
            async with self._one_at_a_time:
                yield
        finally:
            self._waiting -= 1

    async def _keep(self, password: str | None, tokens: list[Json]) -> None:
        if self._credentials is not None:
            try:
                await asyncio.to_thread(self._credentials.save, {"password": password, "tokens": tokens})
            except OSError as error:
                log.error("password and tokens cannot be kept: %s", error)  # noqa: TRY400 - no traceback helps the reader
                raise StorageError("this cannot be stored; the gateway's log says why") from error
        self._password, self._tokens = password, tokens


def _read(kept: Mapping[str, Any] | None) -> tuple[str | None, list[Json]]:
    password = (kept or {}).get("password")
    tokens = (kept or {}).get("tokens") or []
    return password if isinstance(password, str) else None, list(tokens)


def _shown(token: Mapping[str, Any]) -> Token:
    return Token(id=token["id"], name=token["name"], read_only=token["read_only"], created=token["created"])


def _refuse_weak(field: str, password: str) -> None:
    found = weakness(password)
    if found:
        raise _refused(field, *found)


def _refused(field: str, code: str, message: str) -> InvalidValuesError:
    return InvalidValuesError({field: message}, message, {field: {"code": code}}, code=code)
