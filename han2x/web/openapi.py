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
from han2x.web.request_checks import LARGEST_BODY
from han2x.web.routes import PREFIX, ROUTES

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
_TOKEN_ID: Final = {"type": "string", "minLength": 1, "maxLength": 64}


def document(version: str, routes: Sequence[Route] = ROUTES) -> dict[str, Any]:
    """The whole document, as `json` can write it."""
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, schemas)
    paths[f"{PREFIX}/events"] = {"get": _stream(schemas)}
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
    """The JSON Schema of each type, which names others as `components`."""

    def __init__(self, routes: Sequence[Route]) -> None:
        named = [kind for route in routes for kind in (route.body, route.gives)]
        kinds = [kind for kind in named if kind is not None and not isinstance(kind, str)] + [Refusal, Live]
        schemas, self.components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
        self._schemas = list(zip(kinds, schemas, strict=True))
        for component in self.components.values():
            if "description" in component:
                component["description"] = inspect.cleandoc(component["description"])

    def of(self, kind: object) -> dict[str, Any]:
        return next(schema for known, schema in self._schemas if known == kind)


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"[^a-z]+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.summary,
        "description": route.need.value,
        "security": _WAYS[route.need],
        "parameters": _parameters(route, schemas),
        "responses": {str(route.status): _success(route, schemas), **_refused(_refusals(route), schemas)},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(schemas.of(route.body))}
    return operation


def _stream(schemas: _Schemas) -> dict[str, Any]:
    event = {
        "type": "string",
        "description": "Server-sent events, one a second; the data of each is what /live returns.",
        "contentMediaType": "application/json",
        "contentSchema": schemas.of(Live),
    }
    return {
        "operationId": "get_events",
        "summary": "What the meters say, again and again.",
        "description": Need.LIVE.value,
        "security": _WAYS[Need.LIVE],
        "responses": {
            "200": {"description": HTTPStatus.OK.phrase, "content": {"text/event-stream": {"schema": event}}},
            **_refused({400, 401, 403, 503}, schemas),
        },
    }


def _parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
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


def _success(route: Route, schemas: _Schemas) -> dict[str, Any]:
    description = HTTPStatus(route.status).phrase
    if route.gives is None:
        return {"description": description}
    if isinstance(route.gives, str):
        return {"description": description, "content": {route.gives: {"schema": {"type": "string"}}}}
    return {"description": description, "content": _json(schemas.of(route.gives))}


def _refused(statuses: set[int], schemas: _Schemas) -> dict[str, Any]:
    return {
        str(status): {"description": HTTPStatus(status).phrase, "content": _json(schemas.of(Refusal))}
        for status in sorted(statuses)
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": dict(schema)}}


def _refusals(route: Route) -> set[int]:
    found = {400, 401, 403, *route.refusals}
    if route.body is not None:
        found |= {408, 411, 413, 415, 422}
    if route.query is not None:
        found.add(422)
    if route.changes and route.largest_body >= LARGEST_BODY:
        found |= {411, 413}
    return found
