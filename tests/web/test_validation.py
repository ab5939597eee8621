"""Shapes: what fits them, what does not, and where and how that is told."""

from __future__ import annotations

import pytest

from han2x.web.shapes import TRUTH, Shape, listed, misfits, record, text, whole

PERSON = record({"nick": text(0, 3)}, name=text(2, 5), age=whole(0, 120))


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (text(1, 3), "abc"),
        (text(0, 3), ""),
        (text(1, 9, pattern="^a+$"), "aaa"),
        (whole(1, 3), 1),
        (whole(1, 3), 3),
        (TRUTH, False),
        ({"type": ["string", "null"]}, None),
        ({"type": "number"}, 1.5),
        ({"type": "string", "enum": ["a", "b"]}, "b"),
        (listed(whole(1, 3), 1, 2), [1, 3]),
        (PERSON, {"name": "Kari", "age": 0}),
        (PERSON, {"name": "Kari", "age": 0, "nick": "K"}),
        ({"anyOf": [text(), whole(1, 3)]}, 2),
        ({}, {"any": ["thing"]}),
        ({"type": "object"}, {"any": ["thing"]}),
    ],
)
def test_what_fits_has_no_misfit(shape: Shape, value: object) -> None:
    assert list(misfits(shape, value)) == []


@pytest.mark.parametrize(
    ("shape", "value", "code", "message"),
    [
        (text(), 1, "type", "must be text"),
        (text(), None, "type", "must be text"),
        (whole(1, 3), True, "type", "must be a whole number"),
        (whole(1, 3), 1.0, "type", "must be a whole number"),
        (whole(1, 3), "1", "type", "must be a whole number"),
        (TRUTH, 1, "type", "must be true or false"),
        ({"type": ["string", "null"]}, [], "type", "must be text or null"),
        (text(2, 3), "a", "too-short", "must have 2 characters or more"),
        (text(2, 3), "abcd", "too-long", "must have 3 characters or fewer"),
        (text(1, 9, pattern="^a+$"), "ab", "pattern", "must be like ^a+$"),
        (whole(1, 3), 0, "too-low", "must be 1 or more"),
        (whole(1, 3), 4, "too-high", "must be 3 or less"),
        ({"type": "string", "enum": ["a", "b"]}, "c", "choice", "must be one of: a, b"),
        (listed(whole(1, 3), 1, 2), [], "too-few", "must have 1 entries or more"),
        (listed(whole(1, 3), 1, 2), [1, 1, 1], "too-many", "must have 2 entries or fewer"),
        (listed(whole(1, 3), 1, 2), {}, "type", "must be a list"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_code_and_in_words(
    shape: Shape, value: object, code: str, message: str
) -> None:
    (fault,) = misfits(shape, value, "here")
    assert (fault.place, fault.code, fault.message) == ("here", code, message)


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ({"age": 1}, {"name": "missing"}),
        ({}, {"name": "missing", "age": "missing"}),
        ({"name": "Kari", "age": 1, "admin": True}, {"admin": "unknown"}),
        ({"name": "K", "age": 121}, {"name": "too-short", "age": "too-high"}),
    ],
)
def test_every_field_that_does_not_fit_is_named(value: object, places: dict[str, str]) -> None:
    assert {fault.place: fault.code for fault in misfits(PERSON, value)} == places


def test_a_place_inside_lists_and_objects_is_a_path_with_dots() -> None:
    shape = record(people=listed(PERSON, 0, 9))
    value = {"people": [{"name": "Kari", "age": 1}, {"name": "Ola", "age": -1}]}
    assert [fault.place for fault in misfits(shape, value)] == ["people.1.age"]


def test_of_alternatives_the_one_that_nearly_fits_is_told() -> None:
    shape = {"anyOf": [record(typed=text(1, 9)), record(file=text(1, 9), password=text(1, 9))]}
    assert {fault.place for fault in misfits(shape, {"file": "x"})} == {"password"}


def test_of_alternatives_one_of_the_same_kind_is_told() -> None:
    (fault,) = misfits({"anyOf": [text(1, 9), whole(0, 9)]}, 10)
    assert fault.code == "too-high"


def test_a_long_unknown_name_is_not_told_whole() -> None:
    (fault,) = misfits(record(), {"x" * 1000: 1})
    assert len(fault.place) == 40
