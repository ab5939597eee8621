"""Requests: what fits their types, what does not, and where and how that is reported."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from han2x.api.base import Request
from han2x.api.settings import SettingsChange
from han2x.web.control import InvalidValuesError
from han2x.web.dispatch import parse_json
from han2x.web.refusals import MalformedError
from han2x.web.routes import ROUTES
from han2x.web.validation import misfit, validated


def text(least: int, most: int, pattern: str | None = None) -> Any:  # noqa: ANN401 - a type
    return Annotated[str, Meta(min_length=least, max_length=most, pattern=pattern)]


def whole(least: int, most: int) -> Any:  # noqa: ANN401 - a type
    return Annotated[int, Meta(ge=least, le=most)]


def listed(item: Any, least: int, most: int) -> Any:  # noqa: ANN401 - a type
    return Annotated[list[item], Meta(min_length=least, max_length=most)]


Name: TypeAlias = Annotated[str, Meta(min_length=2, max_length=5)]
Age: TypeAlias = Annotated[int, Meta(ge=0, le=120)]


class Person(Request, frozen=True):
    name: Name
    age: Age
    nick: Annotated[str, Meta(max_length=3)] | UnsetType = UNSET


class People(Request, frozen=True):
    people: Annotated[list[Person], Meta(max_length=9)]


def one(kind: Any) -> type:  # noqa: ANN401 - a type
    """A request with one field of this type."""
    return msgspec.defstruct("One", [("here", kind)], bases=(Request,), namespace={"__module__": __name__})


def codes(kind: type, value: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidValuesError) as refused:
        validated(kind, value)
    assert refused.value.status == 422
    assert list(refused.value.more["fields"]) == list(refused.value.more["codes"])
    return {place: fault["code"] for place, fault in refused.value.more["codes"].items()}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (text(1, 3), "abc"),
        (text(0, 3), ""),
        (text(1, 9, "^a+$"), "aaa"),
        (whole(1, 3), 1),
        (whole(1, 3), 3),
        (bool, False),
        (str | None, None),
        (float, 1.5),
        (Literal["a", "b"], "b"),
        (listed(whole(1, 3), 1, 2), [1, 3]),
        (text(1, 9) | whole(1, 3), 2),
    ],
)
def test_what_fits_is_taken(kind: object, value: object) -> None:
    assert validated(one(kind), {"here": value}).here == value


def test_what_may_be_left_out_is_known_to_be() -> None:
    assert validated(Person, {"name": "Kari", "age": 0}) == Person("Kari", 0)
    assert validated(Person, {"name": "Kari", "age": 0, "nick": "K"}) == Person("Kari", 0, "K")


@pytest.mark.parametrize(
    ("kind", "value", "code", "message"),
    [
        (text(0, 9), 1, "type", "must be text"),
        (text(0, 9), None, "type", "must be text"),
        (whole(1, 3), True, "type", "must be a whole number"),
        (whole(1, 3), 1.0, "type", "must be a whole number"),
        (whole(1, 3), "1", "type", "must be a whole number"),
        (bool, 1, "type", "must be true or false"),
        (str | None, [], "type", "must be text or null"),
        (listed(whole(1, 3), 1, 2), {}, "type", "must be a list"),
        (Person, [], "type", "must be an object"),
        (text(2, 3), "a", "too-short", "must have 2 characters or more"),
        (text(2, 3), "abcd", "too-long", "must have 3 characters or fewer"),
        (text(1, 9, "^a+$"), "ab", "pattern", "must be like ^a+$"),
        (whole(1, 3), 0, "too-low", "must be 1 or more"),
        (whole(1, 3), 4, "too-high", "must be 3 or less"),
        (whole(1, 3), 10**30, "too-high", "must be 3 or less"),
        (Literal["a", "b"], "c", "choice", "must be one of: a, b"),
        (listed(whole(1, 3), 1, 2), [], "too-few", "must have 1 entries or more"),
        (listed(whole(1, 3), 1, 2), [1, 1, 1], "too-many", "must have 2 entries or fewer"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_code_and_in_words(
    kind: object, value: object, code: str, message: str
) -> None:
    with pytest.raises(InvalidValuesError) as refused:
        validated(one(kind), {"here": value})
    assert refused.value.more["fields"] == {"here": message}
    assert refused.value.more["codes"]["here"]["code"] == code


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"age": 1}, {"name": "missing"}),
        ({}, {"name": "missing", "age": "missing"}),
        ({"name": "Kari", "age": 1, "admin": True}, {"admin": "unknown"}),
        ({"name": "K", "age": 121}, {"name": "too-short", "age": "too-high"}),
    ],
)
def test_every_field_that_does_not_fit_is_named(value: dict[str, Any], places: dict[str, str]) -> None:
    assert codes(Person, value) == places


def test_a_place_inside_lists_and_objects_is_a_path_with_dots() -> None:
    value = {"people": [{"name": "Kari", "age": 1}, {"name": "Ola", "age": -1}]}
    assert codes(People, value) == {"people.1.age": "too-low"}
    assert codes(People, {"people": [{"name": "Kari"}]}) == {"people.0.age": "missing"}
    assert codes(People, {"people": [{"name": "Kari", "age": 1, "x` - at `$.y": 1}]}) == {
        "people.0.x` - at `$.y": "unknown"
    }


def test_of_alternatives_one_of_the_same_kind_is_told() -> None:
    assert codes(one(text(1, 9) | whole(0, 9)), {"here": 10}) == {"here": "too-high"}


def test_a_long_unknown_name_is_not_told_whole_nor_more_of_them_than_anyone_reads() -> None:
    (place,) = codes(Person, {"name": "Kari", "age": 1, "x" * 1000: 1})
    assert len(place) == 40
    assert len(codes(Person, {str(number): 1 for number in range(1000)})) == 20


def test_the_values_of_a_fault_are_for_programs() -> None:
    with pytest.raises(InvalidValuesError) as refused:
        validated(one(whole(1, 247)), {"here": 0})
    assert refused.value.more["codes"]["here"] == {"code": "too-low", "values": {"bound": 1}}
    with pytest.raises(InvalidValuesError) as refused:
        validated(one(str | None), {"here": 0})
    assert refused.value.more["codes"]["here"]["values"] == {"types": ["string", "null"]}


def test_words_that_the_library_has_not_said_before_are_still_a_refusal_at_their_place() -> None:
    found = misfit("Something new - at `$.changes[0].path[1]`")
    assert (found.place, found.code) == ("changes.0.path.1", "misfit")


BODIES = [route.body for route in ROUTES if route.body is not None]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
KNOWN = {"missing", "unknown", "type", "choice", "pattern"} | {
    f"too-{what}" for what in ("short", "long", "low", "high", "few", "many")
}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(kind=st.sampled_from(BODIES), given_by=st.data())
def test_whatever_a_body_holds_is_taken_or_refused_with_a_known_code(kind: type, given_by: st.DataObject) -> None:
    names = [each.encode_name for each in msgspec.structs.fields(kind)]
    value = given_by.draw(st.dictionaries(st.sampled_from(names) | st.text(max_size=3), ANY_JSON, max_size=4))
    try:
        validated(kind, value)
        found = set()
    except InvalidValuesError as refused:
        found = {fault["code"] for fault in refused.more["codes"].values()}
    assert found <= KNOWN


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(raw=st.binary() | st.text().map(str.encode))
def test_whatever_octets_a_body_has_they_are_an_object_or_malformed(raw: bytes) -> None:
    with suppress(MalformedError):
        assert isinstance(parse_json(raw), dict)


def test_what_is_taken_is_what_the_contract_says() -> None:
    taken = validated(SettingsChange, {"changes": [{"path": ["meters", 0, "allow"], "value": ["10.0.0.0/8"]}]})
    assert taken.changes[0].path == ("meters", 0, "allow")
    assert validated(SettingsChange, {"changes": [{"path": ["a", "b"], "value": 5}]}).changes[0].value == 5
