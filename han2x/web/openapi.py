"""The OpenAPI 3.1 document of the API, made from the route table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from han2x.web.call import Need, Route
from han2x.web.login import COOKIE
from han2x.web.request_checks import LARGEST_BODY
from han2x.web.routes import PREFIX, ROUTES
from han2x.web.shapes import OBJECT, Shape, text

_DESCRIPTION: Final = (
    "What the page of han2x does, for programs. Use an API token (Authorization: Bearer …), made on the page. "
    "The page itself uses a cookie and, for changes, the header X-CSRF-Token with the token that GET /session tells."
)
_ERROR: Final[Shape] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "codes": {"type": "object", "additionalProperties": OBJECT},
            },
        }
    },
}
_STREAM: Final = "Server-sent events, once a second: each holds what /live answers."


def document(version: str, routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """The whole document, as `json` can write it."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    paths[f"{PREFIX}/events"] = {"get": _operation(_route_of_stream())}
    return {
        "openapi": "3.1.0",
        "info": {"title": "han2x", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


def _route_of_stream() -> Route:
    async def not_called(_call: object) -> object:
        raise NotImplementedError

    return Route("GET", "/events", not_called, _STREAM, Need.LIVE, answer="text/event-stream", refusals=(503,))


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.summary,
        "description": route.need.value,
        "security": _security(route),
        "parameters": _parameters(route),
        "responses": {str(route.status): _success(route)},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    for status in sorted(_refusals(route)):
        description = HTTPStatus(status).phrase
        reference = {"$ref": "#/components/schemas/Error"}
        operation["responses"][str(status)] = {"description": description, "content": _content(reference)}
    return operation


def _name(route: Route) -> str:
    return re.sub(r"[^a-z]+", "_", f"{route.method.lower()}{route.path}").strip("_")


def _security(route: Route) -> list[dict[str, list[str]]]:
    ways: dict[Need, list[dict[str, list[str]]]] = {
        Need.NOTHING: [],
        Need.LIVE: [{}, {"token": []}, {"session": []}],
        Need.LOGIN: [{"token": []}, {"session": []}],
        Need.PERSON: [{"session": []}],
    }
    return ways[route.need]


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text(1, 64)}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": dict(shape)} for name, shape in route.query.items()]
    if route.csrf:
        csrf = {"name": "X-CSRF-Token", "in": "header", "schema": {"type": "string"}}
        parameters.append({**csrf, "description": "Needed with a session, not with an API token."})
    return parameters


def _success(route: Route) -> dict[str, Any]:
    description = HTTPStatus(route.status).phrase
    if route.status == 204:
        return {"description": description}
    if isinstance(route.answer, str):
        return {"description": description, "content": {route.answer: {}}}
    return {"description": description, "content": _content(route.answer)}


def _content(shape: Shape) -> dict[str, Any]:
    return {"application/json": {"schema": _plain(shape)}}


def _plain(shape: Mapping[str, Any]) -> dict[str, Any]:
    return dict(shape)


def _refusals(route: Route) -> set[int]:
    found = {400, 401, 403, *route.refusals}
    if route.body is not None:
        found |= {408, 411, 413, 415, 422}
    if route.query:
        found.add(422)
    if route.changes and route.largest_body >= LARGEST_BODY:
        found |= {411, 413}
    return found
