"""The OpenAPI document and the route table: one is the other, and both are sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from han2x.web.call import Need, Route
from han2x.web.openapi import document
from han2x.web.routes import PREFIX, ROUTES
from han2x.web.shapes import _BOUNDS, _KINDS

DOCUMENT = document("1.2.3")
CHECKED = {"anyOf", "type", "enum", "items", "properties", "required", "additionalProperties", *_BOUNDS}
ONLY_TOLD = {"format", "default"}


def _inside(shape: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    yield shape
    for inner in (*shape.get("anyOf", ()), *shape.get("properties", {}).values()):
        yield from _inside(inner)
    if "items" in shape:
        yield from _inside(shape["items"])


def _asked(route: Route) -> Iterator[dict[str, Any]]:
    for shape in (route.body, *route.query.values()):
        if shape is not None:
            yield from _inside(shape)


def test_the_document_is_json_of_openapi_3_1_and_names_the_version() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_every_route_is_in_the_document_and_nothing_else_but_the_stream() -> None:
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    routed = {(route.method, PREFIX + route.path) for route in ROUTES}
    assert told == routed | {("GET", f"{PREFIX}/events")}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_request_is_bounded_in_every_field(route: Route) -> None:
    for shape in _asked(route):
        kinds = shape.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        assert set(shape) <= CHECKED | ONLY_TOLD, "a keyword that is not checked"
        assert set(kinds) <= set(_KINDS)
        assert "string" not in kinds or {"maxLength", "enum"} & set(shape)
        assert "array" not in kinds or {"maxItems", "items"} <= set(shape)
        assert "integer" not in kinds or {"minimum", "maximum"} <= set(shape)
        assert "object" not in kinds or shape["additionalProperties"] is False


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_what_changes_anything_needs_a_login_but_for_what_begins_or_undoes(route: Route) -> None:
    open_to_all = {"/setup", "/login", "/network/confirm", "/network/rollback"}
    if route.changes:
        assert (route.need is Need.NOTHING) == (route.path in open_to_all)
        assert route.need is not Need.LIVE
        assert route.csrf == (route.path not in open_to_all)
    assert route.method in ("GET", "POST", "PATCH", "DELETE")


@pytest.mark.parametrize("path", ["/password", "/logout", "/tokens", "/tokens/{id}", "/factory-reset"])
def test_what_only_a_person_may_do_names_no_token(path: str) -> None:
    for operation in DOCUMENT["paths"][PREFIX + path].values():
        assert operation["security"] == [{"session": []}]
