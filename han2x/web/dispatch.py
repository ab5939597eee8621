"""From a request to its handler: who asks, may they, does the body fit; and back to an answer."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

import msgspec
from aiohttp import web

from han2x.api.access import Scope
from han2x.audit import Actor, ActorKind, acting_as
from han2x.web.answers import answer_json, refusal
from han2x.web.authentication import Access
from han2x.web.call import Call, Need, Route
from han2x.web.control import Control, RefusalError
from han2x.web.login import COOKIE, cookie_name
from han2x.web.refusals import (
    CsrfError,
    LoginError,
    MalformedError,
    MediaTypeError,
    PersonOnlyError,
    ScopeError,
    SlowBodyError,
)
from han2x.web.request_checks import refuse_unread
from han2x.web.validation import validated
from han2x.web.visitor import NOBODY, Visitor

BODY_TIMEOUT_S: Final = 20.0
"""How long a body may take to come in whole."""


LONGEST_WHOLE: Final = 15
"""Digits of a whole number in a query: all of them fit a number of JSON."""
"""Hex digits by which a session is told from others in the record of changes."""


class Endpoint:
    """One row of the route table as aiohttp calls it."""

    def __init__(
        self, route: Route, control: Control, access: Access, *, body_timeout_s: float = BODY_TIMEOUT_S
    ) -> None:
        self._route = route
        self._control = control
        self._access = access
        self._body_timeout_s = body_timeout_s

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer the request, or say why not."""
        try:
            visitor = identify(request, self._access)
            self._admit(request, visitor)
            asked = await self._asked(request)
            with acting_as(actor(request, visitor)):
                answer = await self._route.handler(Call(request, self._control, self._access, visitor, asked))
        except SlowBodyError as slow:
            return await refuse_unread(request, refusal(request, slow))
        except RefusalError as refused:
            return refusal(request, refused)
        if answer is None:
            return web.Response(status=self._route.status)
        return answer if isinstance(answer, web.StreamResponse) else answer_json(answer, self._route.status)

    def _admit(self, request: web.Request, visitor: Visitor) -> None:
        route = self._route
        if not may(visitor, route.need, self._control):
            raise LoginError("log in first" if self._access.password_set else "set a password first")
        if visitor.token is not None:
            if route.need is Need.PERSON:
                raise PersonOnlyError("this is for a person who is logged in, not for an API token")
            _refuse_scope(route, visitor.token["scope"])
        if route.csrf and visitor.session is not None:
            given = request.headers.get("X-CSRF-Token", "").encode(errors="replace")
            if not secrets.compare_digest(given, visitor.session.csrf.encode()):
                raise CsrfError("the session's token is missing or old; load the page again")

    async def _asked(self, request: web.Request) -> object:
        if self._route.query is not None:
            return validated(self._route.query, _query(self._route.query, request))
        if self._route.uploads is not None and request.content_type != self._route.uploads:
            raise MediaTypeError(f"send a file, with Content-Type: {self._route.uploads}")
        if self._route.body is not None:
            return validated(self._route.body, parse_json(await self._body(request)))
        return None

    async def _body(self, request: web.Request) -> bytes:
        if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
            raise MediaTypeError("send JSON, with Content-Type: application/json")
        try:
            async with asyncio.timeout(self._body_timeout_s):
                return await request.read()
        except TimeoutError:
            raise SlowBodyError("the body came too slowly") from None
        except (web.RequestPayloadError, ConnectionError):
            raise MalformedError("the body broke off") from None


def _refuse_scope(route: Route, scope: Scope) -> None:
    """Raises ScopeError where a token of this scope may not do what the route does."""
    if route.changes and scope == "read":
        raise ScopeError("this API token may only read", code="read-only")
    if route.changes and scope == "write" and route.scope == "administer":
        raise ScopeError("this API token may only read, and write scaling factors")


def identify(request: web.Request, access: Access) -> Visitor:
    """Who asks. An API token, where there is one, goes before a cookie; other credentials may be for a proxy.

    Raises:
        LoginError: the API token is none of ours.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = access.find_token(text.strip())
        if token is None:
            raise LoginError("this API token is not known")
        return Visitor(token=token)
    cookie = request.cookies.get(cookie_name(COOKIE, request))
    session = access.find_session(cookie) if cookie else None
    return Visitor(session) if session else NOBODY


def actor(request: web.Request, visitor: Visitor) -> Actor:
    """For whom a request acts, as it is recorded: a session by the beginning of the hash that is kept of it."""
    address = request.remote or ""
    if visitor.token is not None:
        return Actor(ActorKind.TOKEN, str(visitor.token["name"]), address)
    if visitor.session is not None:
        return Actor(ActorKind.SESSION, visitor.session.id, address)
    return Actor(ActorKind.VISITOR, address=address)


def may(visitor: Visitor, need: Need, control: Control) -> bool:
    """Whether the visitor is one of those whom a route is for, apart from what an API token may not do."""
    return need is Need.NOTHING or visitor.known or (need is Need.LIVE and control.options().live_open)


def parse_json(raw: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        MalformedError: it is none, or holds what cannot be written again (NaN, half of a surrogate pair).
    """
    try:
        parsed = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        raise MalformedError("the body is not JSON in UTF-8") from None
    if not isinstance(parsed, dict):
        raise MalformedError("the body is JSON but no object")
    return parsed


def _query(kind: Any, request: web.Request) -> dict[str, Any]:  # noqa: ANN401 - any type of a request
    """What the query has of these fields, which are whole numbers; of several the last. All else is passed over."""
    known = {each.encode_name for each in msgspec.structs.fields(kind)}
    given = {name: text for name, text in request.query.items() if name in known}
    return {name: _whole(text) for name, text in given.items()}


def _whole(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_WHOLE else text
