"""From a request to its handler: who asks, may they, does the body fit; and back to an answer."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from aiohttp import web

from han2x.web.answers import answer_json, refusal
from han2x.web.authentication import NOBODY, Access, Visitor
from han2x.web.call import Call, Need, Route
from han2x.web.control import Control, InvalidValuesError, RefusalError
from han2x.web.login import COOKIE
from han2x.web.readings import PersonOnlyError
from han2x.web.request_checks import refuse_unread
from han2x.web.shapes import Misfit, Shape, misfits

BODY_TIMEOUT_S: Final = 20.0
"""How long a body may take to come in whole."""
_MOST_TOLD: Final = 20


class LoginError(RefusalError):
    """Nobody is logged in."""

    status = 401
    code = "not-logged-in"


class CsrfError(RefusalError):
    """The session's token did not come with the request."""

    status = 403
    code = "csrf"


class MalformedError(RefusalError):
    """Not the JSON that is wanted."""

    status = 400
    code = "malformed"


class MediaTypeError(RefusalError):
    """Something else than JSON, which a form of another site could send."""

    status = 415
    code = "media-type"


class SlowBodyError(RefusalError):
    """The body did not come in time."""

    status = 408
    code = "timeout"


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
            query = _query(self._route.query, request)
            body = await self._body(request)
            answer = await self._route.handler(
                Call(request, self._control, self._access, visitor, body, query),
            )
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
            if route.changes and visitor.token["read_only"]:
                raise PersonOnlyError("this API token may only read", code="read-only")
        if route.csrf and visitor.session is not None:
            given = request.headers.get("X-CSRF-Token", "").encode(errors="replace")
            if not secrets.compare_digest(given, visitor.session.csrf.encode()):
                raise CsrfError("the session's token is missing or old; load the page again")

    async def _body(self, request: web.Request) -> object:
        if self._route.body is None:
            return None
        if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
            raise MediaTypeError("send JSON, with Content-Type: application/json")
        try:
            async with asyncio.timeout(self._body_timeout_s):
                raw = await request.read()
        except TimeoutError:
            raise SlowBodyError("the body came too slowly") from None
        except (web.RequestPayloadError, ConnectionError):
            raise MalformedError("the body broke off") from None
        body = parse_json(raw)
        _refuse(misfits(self._route.body, body))
        return body


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
    cookie = request.cookies.get(COOKIE)
    session = access.sessions.find(cookie) if cookie else None
    return Visitor(session) if session else NOBODY


def may(visitor: Visitor, need: Need, control: Control) -> bool:
    """Whether the visitor is one of those whom a route is for, apart from what an API token may not do."""
    return need is Need.NOTHING or visitor.known or (need is Need.LIVE and control.options().live_open)


def parse_json(raw: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        MalformedError: it is none, or holds what cannot be written again (NaN, half of a surrogate pair).
    """
    try:
        parsed = json.loads(raw.decode(), parse_constant=_refuse_constant)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise MalformedError("the body is not JSON in UTF-8") from None
    if not isinstance(parsed, dict):
        raise MalformedError("the body is JSON but no object")
    return parsed


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _query(shapes: Mapping[str, Shape], request: web.Request) -> dict[str, Any]:
    """The query's values; all are whole numbers. What the route does not know is passed over."""
    found: dict[str, Any] = {}
    for name, shape in shapes.items():
        given = request.query.getall(name, [])
        if not given:
            found[name] = shape["default"]
        else:
            text = given[-1]
            found[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    _refuse(fault for name, shape in shapes.items() for fault in misfits(shape, found[name], name))
    return found


def _refuse(found: Iterable[Misfit]) -> None:
    told = list(islice(found, _MOST_TOLD))
    if told:
        fields = {fault.place: fault.message for fault in told}
        codes = {fault.place: {"code": fault.code, "values": dict(fault.values)} for fault in told}
        raise InvalidValuesError(fields, codes=codes)
