"""Password, login and API tokens."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from han2x.api.base import Answer, Request, Seconds
from han2x.api.listeners import HttpsPlace

LONGEST_PASSWORD: Final = 256
AnyPassword: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_PASSWORD, extra_json_schema={"format": "password"})
]


class LoginState(Answer, frozen=True, kw_only=True):
    """What a page needs to know first. `name` is what the gateway is called. `csrf` goes with every change, as
    X-CSRF-Token; it is null without a session.

    `setup` is what the first visit needs: "code", the claim code; "open", no proof at present, for `setup_open_s` more
    (null: for as long as there is no password); or "done". `locked` is true while the kept password cannot be read, so
    that nobody can log in before somebody at the computer resets it. `reset_button` is whether there is a button for
    that, and `reset_address` the address that the gateway has after it ("" where that stays).
    `https` is null while the page is nowhere served encrypted.
    """

    password_set: bool
    logged_in: bool
    csrf: str | None
    live_open: bool
    name: str
    version: str
    languages: list[str]
    language: str
    setup: Literal["done", "open", "code"]
    setup_open_s: Seconds | None
    locked: bool
    reset_button: bool
    reset_address: str
    https: HttpsPlace | None = None


class Password(Request, frozen=True):
    """A password to log in with."""

    password: AnyPassword


class FirstPassword(Request, frozen=True):
    """The first password, and the claim code where `LoginState.setup` says that it is needed."""

    password: AnyPassword
    code: Annotated[str, Meta(max_length=64)] = ""


class PasswordChange(Request, frozen=True):
    """The present password and a new one. The API tokens are revoked unless they are to be kept."""

    old: AnyPassword
    new: AnyPassword
    keep_tokens: bool = False


Scope: TypeAlias = Literal["read", "write", "administer"]
"""What a token is good for: to read; to write what Modbus clients may, the scaling factor; or all but what is a
person's alone."""


class Token(Answer, frozen=True, kw_only=True):
    """An API token, without what would let anyone use it; times are in seconds since 1970-01-01 UTC.

    `used` is when it was last used, to within some hours; null for never. `read_only` is true where the scope is
    "read".
    """

    id: str
    name: str
    scope: Scope
    read_only: bool
    created: int
    used: int | None


class NewToken(Token, frozen=True, kw_only=True):
    """An API token with its text, which is returned only once."""

    token: str


class TokenRequest(Request, frozen=True):
    """A new token's name, and what it is good for: by its scope; or by `read_only` alone, as before there were scopes,
    when false means "administer".
    """

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
    scope: Scope | UnsetType = UNSET
    read_only: bool | UnsetType = UNSET
