"""The OpenAPI document and the route table: one is the other, and both are sound."""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator
from types import NoneType
from typing import Any

import msgspec
import pytest

from han2x.web.call import Call, Need, Route
from han2x.web.openapi import document
from han2x.web.routes import PREFIX, ROUTES

DOCUMENT = document("1.2.3")
SCHEMAS = DOCUMENT["components"]["schemas"]
REFERENCE = "#/components/schemas/"


def _inside(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, and all that it is made of."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].removeprefix(REFERENCE)]
    yield schema
    inner = [*schema.get("anyOf", ()), *schema.get("prefixItems", ()), *schema.get("properties", {}).values()]
    inner += [schema[name] for name in ("items", "additionalProperties", "contentSchema") if schema.get(name)]
    for each in inner:
        yield from _inside(each)


def _bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a body, of a request and of an answer."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for part in (operation.get("requestBody"), *operation["responses"].values()):
                for kind, content in (part or {}).get("content", {}).items():
                    yield f"{method} {path} {kind}", content["schema"]


def _asked(route: Route) -> Iterator[dict[str, Any]]:
    if route.takes is not None:
        schemas = msgspec.json.schema_components([route.takes], ref_template=REFERENCE + "{name}")[1]
        operation = DOCUMENT["paths"][PREFIX + route.path][route.method.lower()]
        if route.query is not None:
            own = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
            assert schemas[route.takes.__name__]["properties"] == own
            yield from (schema for parameter in own.values() for schema in _inside(parameter))
        else:
            yield from _inside(operation["requestBody"]["content"]["application/json"]["schema"])


def test_the_document_is_json_of_openapi_3_1_and_names_the_version() -> None:
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == "1.2.3"


def test_every_route_is_in_the_document_and_nothing_else_but_the_stream_and_the_metrics() -> None:
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    routed = {(route.method, PREFIX + route.path) for route in ROUTES}
    assert told == routed | {("GET", f"{PREFIX}/events"), ("GET", "/metrics")}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_row_names_the_types_that_its_handler_takes_and_gives(route: Route) -> None:
    signature = typing.get_type_hints(route.handler)
    assert signature["call"] == Call[route.takes or NoneType]  # type: ignore[misc]  # a type known at run time
    if isinstance(route.gives, str) or signature["return"].__name__.endswith("Response"):
        assert signature["return"].__name__ in ("Response", "StreamResponse")
    else:
        assert signature["return"] == (route.gives or NoneType)
    assert (route.status == 204) == (route.gives is None)


def test_no_answer_and_no_request_holds_an_object_that_says_nothing_of_its_fields() -> None:
    seen = 0
    for where, body in _bodies():
        for schema in _inside(body):
            assert schema.keys() & {"type", "anyOf", "enum"}, where
            if schema.get("type") == "object":
                seen += 1
                assert schema.get("properties") or schema.get("additionalProperties"), where
    assert seen > 100


def test_every_reference_leads_to_a_schema_and_every_schema_is_referred_to() -> None:
    text = json.dumps(DOCUMENT)
    assert {name for name in SCHEMAS if f'"{REFERENCE}{name}"' not in text} == set()


def test_every_answer_says_what_it_is() -> None:
    assert [name for name, schema in SCHEMAS.items() if "properties" in schema and not schema.get("description")] == []


def test_the_stream_is_described_as_what_live_returns() -> None:
    (content,) = DOCUMENT["paths"][f"{PREFIX}/events"]["get"]["responses"]["200"]["content"].items()
    assert content[0] == "text/event-stream"
    assert content[1]["schema"]["contentSchema"] == {"$ref": f"{REFERENCE}Live"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_request_is_bounded_in_every_field(route: Route) -> None:
    for schema in _asked(route):
        kind = schema.get("type")
        assert kind is None or isinstance(kind, str)
        assert kind != "string" or "maxLength" in schema
        assert kind != "array" or {"maxItems", "items"} <= set(schema)
        assert kind != "integer" or {"minimum", "maximum"} <= set(schema)
        assert kind != "object" or schema["additionalProperties"] is False


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_what_changes_anything_needs_a_login_but_for_what_begins_or_undoes(route: Route) -> None:
    open_to_all = {
        "/setup",
        "/login",
        "/network/confirm",
        "/network/rollback",
        "/settings/confirm",
        "/settings/rollback",
    }
    if route.changes:
        assert (route.need is Need.NOTHING) == (route.path in open_to_all)
        assert route.need is not Need.LIVE
        assert route.csrf == (route.path not in open_to_all)
    assert route.method in ("GET", "POST", "PATCH", "DELETE")


def test_every_operation_belongs_to_one_area_and_names_the_scope_that_a_token_needs() -> None:
    operations = {
        f"{method} {path}": each for path, methods in DOCUMENT["paths"].items() for method, each in methods.items()
    }
    areas = ("values", "history", "settings", "network", "care", "access")
    assert {tuple(each["tags"]) for each in operations.values()} <= {(area,) for area in areas}
    scopes = {name: [way["token"] for way in each["security"] if "token" in way] for name, each in operations.items()}
    assert scopes["get /api/v1/live"] == scopes["get /api/v1/settings"] == [["read"]]
    assert scopes["patch /api/v1/settings"] == [["write"]]
    assert scopes["post /api/v1/restart"] == [["administer"]]
    assert scopes["post /api/v1/password"] == scopes["post /api/v1/login"] == []


@pytest.mark.parametrize(
    "path", ["/password", "/logout", "/tokens", "/tokens/{id}", "/sessions", "/sessions/end-others", "/factory-reset"]
)
def test_what_only_a_person_may_do_names_no_token(path: str) -> None:
    for operation in DOCUMENT["paths"][PREFIX + path].values():
        assert operation["security"] == [{"session": []}]
