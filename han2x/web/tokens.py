"""API tokens, which programs use instead of a password: each with a scope, and none that could do what a person may."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Protocol

import msgspec

from han2x.api.access import NewToken, Scope, Token
from han2x.web.control import ConflictError, MissingError
from han2x.web.credentials import MOST_TOKENS, Held
from han2x.web.known import Known
from han2x.web.sessions import digest
from han2x.web.turns import Turns

TOKEN_PREFIX: Final = "h2x_"  # noqa: S105 - how tokens begin, no token


class Record(Protocol):
    """Records a change that somebody asked for; no secret may be in it."""

    def __call__(self, action: str, what: str = "", *, before: object = None, after: object = None) -> None: ...


class Tokens:
    """The tokens among what is `held`; `known` has when each was last used."""

    def __init__(self, held: Held, known: Known, turns: Turns, wall: Callable[[], float], record: Record) -> None:
        self._held = held
        self._known = known
        self._turns = turns
        self._wall = wall
        self._record = record

    def find(self, text: str) -> Mapping[str, Any] | None:
        """The token with this text, which counts as used now."""
        wanted = digest(text)
        found = next((token for token in self._held.now.tokens if secrets.compare_digest(token["hash"], wanted)), None)
        if found is not None:
            self._known.token_used(found["id"])
        return found

    def all(self) -> list[Token]:
        """All of them, without what would let anyone use them."""
        return [self._shown(token) for token in self._held.now.tokens]

    async def add(self, name: str, scope: Scope) -> NewToken:
        """Make one; its text is returned here, and nowhere else ever again.

        Raises:
            ConflictError: there are too many.
            StorageError: it cannot be kept.
        """
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = {
            "id": secrets.token_hex(8),
            "name": name,
            "scope": scope,
            "created": int(self._wall()),
            "hash": digest(text),
        }
        async with self._turns.turn():
            now = self._held.now
            if len(now.tokens) >= MOST_TOKENS:
                raise ConflictError(f"there are {MOST_TOKENS} tokens already; remove one first", code="too-many")
            await self._held.keep(replace(now, tokens=(*now.tokens, token)))
        self._record("token-added", name, after=scope)
        return NewToken(**msgspec.structs.asdict(self._shown(token)), token=text)

    async def remove(self, token_id: str) -> None:
        """Make one useless.

        Raises:
            MissingError: there is none with this id.
            StorageError: this cannot be kept.
        """
        async with self._turns.turn():
            now = self._held.now
            gone = [token for token in now.tokens if token["id"] == token_id]
            if not gone:
                raise MissingError("there is no token with this id")
            await self._held.keep(replace(now, tokens=tuple(token for token in now.tokens if token not in gone)))
        self.record_removed(gone)

    def record_removed(self, gone: Iterable[Mapping[str, Any]]) -> None:
        """Leave a trace of each."""
        for token in gone:
            self._record("token-removed", str(token["name"]), before=token["scope"])

    def _shown(self, token: Mapping[str, Any]) -> Token:
        return Token(
            id=token["id"],
            name=token["name"],
            scope=token["scope"],
            read_only=token["scope"] == "read",
            created=token["created"],
            used=self._known.tokens.get(token["id"]),
        )
