"""Password, login and API tokens."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from han2x.api.base import Answer, Request
from han2x.api.listeners import HttpsPlace

LONGEST_PASSWORD: Final = 256
AnyPassword: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_PASSWORD, extra_json_schema={"format": "password"})
]


class LoginState(Answer, frozen=True, kw_only=True):
    """What a page needs to know first. `csrf` goes with every change, as X-CSRF-Token; it is null without a session.

    `https` is null while the page is nowhere served encrypted.
    """

    password_set: bool
    logged_in: bool
    csrf: str | None
    live_open: bool
    version: str
    languages: list[str]
    language: str
    https: HttpsPlace | None = None


class Password(Request, frozen=True):
    """A password: to log in with, or the first one."""

    password: AnyPassword


class PasswordChange(Request, frozen=True):
    """The present password and a new one."""

    old: AnyPassword
    new: AnyPassword


class Token(Answer, frozen=True, kw_only=True):
    """An API token, without what would let anyone use it; `created` is in seconds since 1970-01-01 UTC."""

    id: str
    name: str
    read_only: bool
    created: int


class NewToken(Token, frozen=True, kw_only=True):
    """An API token with its text, which is returned only once."""

    token: str


class TokenRequest(Request, frozen=True):
    """A new token's name, and whether it may only read."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    read_only: bool = False
