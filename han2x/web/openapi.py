"""The OpenAPI 3.1 document of the API, made from the route table and the types that its rows name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from han2x.api.errors import Refusal
from han2x.api.live import Live
from han2x.web.call import Need, Route
from han2x.web.login import COOKIE
from han2x.web.readings import live
from han2x.web.request_checks import LARGEST_BODY
from han2x.web.routes import METRICS, PREFIX, ROUTES

_DESCRIPTION: Final = (
    "What the page of han2x does, for programs. Use an API token (Authorization: Bearer …), made on the page. "
    "The page itself uses a cookie and, for changes, the header X-CSRF-Token with the token that GET /session tells. "
    "Answers may gain further fields; those that are described here stay."
)
_WAYS: Final[Mapping[Need, list[dict[str, list[str]]]]] = {
    Need.NOTHING: [],
    Need.LIVE: [{}, {"token": []}, {"session": []}],
    Need.LOGIN: [{"token": []}, {"session": []}],
    Need.PERSON: [{"session": []}],
}
_AREAS: Final = {
    **dict.fromkeys(("live", "events", "units", "registers", "modbus", "metrics", "telegrams", "capture"), "values"),
    "history": "history",
    **dict.fromkeys(("settings", "ports", "keys", "backup", "restore", "tariff"), "settings"),
    **dict.fromkeys(("network", "hostname"), "network"),
    **dict.fromkeys(("session", "sessions", "setup", "login", "logout", "password", "tokens"), "access"),
}
"""What belongs together, by the first part of the path; all else is care of the gateway."""
_JSON: Final = "application/json"
_STREAM: Final = "text/event-stream"
# It is answered by `events`; the table's handlers return once.
_EVENTS: Final = Route(
    "GET", "/events", live, "What the meters say, again and again.", Need.LIVE, gives=_STREAM, refusals=(503,)
)
_TOKEN_ID: Final = {"type": "string", "minLength": 1, "maxLength": 64}


def document(version: str, routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """The whole document, as `json` can write it."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in (*routes, _EVENTS):
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, schemas)
    paths[METRICS.path] = {METRICS.method.lower(): _operation(METRICS, schemas, refusal="text/plain")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "han2x", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


class _Schemas:
    """The JSON Schema of types; what they refer to by name gathers in `components`."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def of(self, kind: object) -> dict[str, Any]:
        (schema,), named = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
        for component in named.values():
            component["description"] = inspect.cleandoc(component.get("description", ""))
        self.components |= named
        return schema

    def content(self, kind: object) -> dict[str, Any]:
        """Of a body of this type, or of these media types where it is no JSON."""
        if kind == _STREAM:
            event = {"contentMediaType": "application/json", "contentSchema": self.of(Live)}
            text = "Server-sent events, one a second; the data of each is what /live returns."
            return {_STREAM: {"schema": {"type": "string", "description": text, **event}}}
        if isinstance(kind, str):
            return {each: {"schema": {"type": "string"}} for each in kind.split(", ")}
        return {_JSON: {"schema": self.of(kind)}}


def _operation(route: Route, schemas: _Schemas, refusal: object = Refusal) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z]+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.summary,
        "tags": [_AREAS.get(route.path.split("/")[1], "care")],
        "description": _description(route),
        "security": _ways(route),
        "parameters": _parameters(route),
        "responses": {str(route.status): _response(route.status, route.gives, schemas)},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": schemas.content(route.body)}
    if route.uploads is not None:
        operation["requestBody"] = {"required": True, "content": schemas.content(route.uploads)}
    for status in sorted(_refusals(route)):
        operation["responses"][str(status)] = _response(status, refusal, schemas)
    return operation


def _ways(route: Route) -> list[dict[str, list[str]]]:
    """Who may ask; for a token with the least scope that it needs (a list of roles, as OpenAPI 3.1 has them)."""
    least = route.scope if route.csrf else "read"
    return [{"token": [least]} if "token" in way else way for way in _WAYS[route.need]]


def _description(route: Route) -> str:
    if not route.csrf or route.need is Need.PERSON:
        return route.need.value
    least = "write (the meters' scaling factors alone) or administer" if route.scope == "write" else "administer"
    return f"{route.need.value} A token needs the scope {least}."


def _response(status: int, kind: object, schemas: _Schemas) -> dict[str, Any]:
    described = {"description": HTTPStatus(status).phrase}
    return described if kind is None else {**described, "content": schemas.content(kind)}


def _parameters(route: Route) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": _TOKEN_ID}
        for name in re.findall(r"\{(\w+)\}", route.path)
    ]
    if route.query is not None:
        fields = msgspec.json.schema(route.query)["$defs"][route.query.__name__]["properties"]
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
    if route.csrf:
        csrf = {"name": "X-CSRF-Token", "in": "header", "schema": {"type": "string"}}
        parameters.append({**csrf, "description": "Needed with a session, not with an API token."})
    return parameters


def _refusals(route: Route) -> set[int]:
    found = {400, 401, 403, *route.refusals}
    if route.body is not None:
        found |= {408, 411, 413, 415, 422}
    if route.query is not None:
        found.add(422)
    if route.changes and route.largest_body >= LARGEST_BODY:
        found |= {411, 413}
    return found
