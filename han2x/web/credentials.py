"""What is kept of password and tokens. Only what is whole is used: anything else would open the door to strangers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from han2x.api.access import Scope
from han2x.faults import told
from han2x.web.control import Document, Json, UnreadableError
from han2x.web.passwords import is_hash
from han2x.web.refusals import LockedError, StorageError

log = logging.getLogger("han2x.web")

MOST_TOKENS: Final = 20
HOW_TO_RESET: Final = "hold the reset button if there is one, or run: sudo han2x password reset"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A password's hash, None before the first visit; and the tokens: `id`, `name`, `scope`, `created` and `hash`."""

    password: str | None = None
    tokens: tuple[Mapping[str, Any], ...] = ()


NOTHING: Final = Credentials()


class _Token(msgspec.Struct, frozen=True):
    """`read_only` is what there was before there were scopes."""

    id: str
    name: str
    created: int
    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    scope: Scope | UnsetType = UNSET
    read_only: bool | UnsetType = UNSET


class _Kept(msgspec.Struct, frozen=True):
    password: str | None
    tokens: Annotated[list[_Token], Meta(max_length=MOST_TOKENS)]


class Held:
    """The credentials of now, as they are in `document`; without one they last as long as the program.

    Where those that are kept cannot be read, `fault` says why, and there are none until `remove`.
    """

    def __init__(self, document: Document | None) -> None:
        self._document = document
        self.fault = ""
        self.now = NOTHING
        try:
            self.now = NOTHING if document is None else load(document)
        except UnreadableError as error:
            self.fault = str(error)
            log.error("the web page's password cannot be read, nobody can log in: %s; %s", error, HOW_TO_RESET)  # noqa: TRY400 - no traceback helps the reader

    def refuse_locked(self) -> None:
        """Raises LockedError where those that are kept cannot be read."""
        if self.fault:
            raise LockedError(f"the password that is kept cannot be read, so nobody is let in; {HOW_TO_RESET}")

    async def keep(self, credentials: Credentials) -> None:
        """Have these from now on.

        Raises:
            StorageError: they cannot be kept, and are as before.
            LockedError: those that are kept cannot be read.
        """
        self.refuse_locked()
        if self._document is not None:
            try:
                await asyncio.to_thread(self._document.save, to_keep(credentials))
            except OSError as error:
                raise not_stored(error) from error
        self.now = credentials

    async def forget(self) -> None:
        """Have none, whatever was kept.

        Raises:
            StorageError: what is kept cannot be removed.
        """
        await remove(self._document)
        self.now, self.fault = NOTHING, ""


async def remove(document: Document | None) -> None:
    """Have nothing kept there.

    Raises:
        StorageError: it cannot be removed.
    """
    if document is not None:
        try:
            await asyncio.to_thread(document.remove)
        except OSError as error:
            raise not_stored(error) from error


def not_stored(error: OSError) -> StorageError:
    """What a person is told; the log has the details."""
    log.error("password and tokens cannot be kept: %s", told(error))
    return StorageError("this cannot be stored; the gateway's log says why")


def load(document: Document) -> Credentials:
    """What is kept; nothing when nothing has ever been kept.

    Raises:
        UnreadableError: it is damaged, or of another shape than ours.
    """
    kept = document.load()
    if kept is None:
        return NOTHING
    try:
        read = msgspec.convert(kept, _Kept)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"password and tokens are not kept as they have to be: {error}") from None
    if read.password is not None and not is_hash(read.password):
        raise UnreadableError("what is kept is no hash of a password")
    if read.password is None and read.tokens:
        raise UnreadableError("there are API tokens without a password")
    return Credentials(read.password, tuple(_known(token) for token in read.tokens))


def to_keep(credentials: Credentials) -> Json:
    """The document for these. Programs that know no scopes take a token that may not do everything for read-only."""
    tokens = [dict(token) | {"read_only": token["scope"] != "administer"} for token in credentials.tokens]
    return {"password": credentials.password, "tokens": tokens}


def scope_of(scope: Scope | UnsetType, read_only: bool | UnsetType) -> Scope:
    """The scope, where it may be said in the older way."""
    if scope is not UNSET:
        return scope
    return "read" if read_only is True else "administer"


def _known(token: _Token) -> Json:
    # A token that says neither may do least.
    scope = "read" if token.scope is token.read_only is UNSET else scope_of(token.scope, token.read_only)
    return {"id": token.id, "name": token.name, "scope": scope, "created": token.created, "hash": token.hash}
