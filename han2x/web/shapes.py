"""The shapes of requests, written in the part of JSON Schema (2020-12) that is needed here.

The same dictionaries check requests and stand in the OpenAPI document, so that the two cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Shape = Mapping[str, Any]

TRUTH: Final[Shape] = {"type": "boolean"}
OBJECT: Final[Shape] = {"type": "object"}
OBJECTS: Final[Shape] = {"type": "array", "items": OBJECT}


def text(least: int = 0, most: int = 200, **more: object) -> Shape:
    """A string of so many characters."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def whole(least: int, most: int, **more: object) -> Shape:
    """A whole number within these bounds."""
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def listed(items: Shape, least: int, most: int) -> Shape:
    """A list of so many things."""
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def record(optional: Mapping[str, Shape] | None = None, **needed: Shape) -> Shape:
    """An object with these fields and no others."""
    properties = {**needed, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(needed), "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit: where ("changes.0.path"), a code for programs with its values, and the same for people."""

    place: str
    code: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


def misfits(shape: Shape, value: object, place: str = "") -> Iterator[Misfit]:
    """Everything in which a value, as `json` reads it, differs from its shape."""
    if "anyOf" in shape:
        found = [list(misfits(choice, value, place)) for choice in shape["anyOf"]]
        if all(found):
            yield from min(found, key=lambda faults: (_is_other_kind(faults, place), len(faults)))
        return
    kinds = shape.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_KINDS[kind](value) for kind in kinds):
        yield Misfit(place, "type", f"must be {' or '.join(_NAMES[kind] for kind in kinds)}", {"types": kinds})
        return
    if "enum" in shape and value not in shape["enum"]:
        allowed = ", ".join(map(str, shape["enum"]))
        yield Misfit(place, "choice", f"must be one of: {allowed}", {"allowed": list(shape["enum"])})
    yield from _size_misfits(shape, value, place)
    if isinstance(value, dict):
        yield from _field_misfits(shape, value, place)
    if isinstance(value, list) and "items" in shape:
        for index, item in enumerate(value):
            yield from misfits(shape["items"], item, _join(place, index))


def _is_other_kind(faults: list[Misfit], place: str) -> bool:
    """Whether this alternative was surely not meant, as the value itself is of another kind."""
    return any(fault.code == "type" and fault.place == place for fault in faults)


def _field_misfits(shape: Shape, value: Mapping[str, Any], place: str) -> Iterator[Misfit]:
    properties: Mapping[str, Shape] = shape.get("properties", {})
    for name in shape.get("required", ()):
        if name not in value:
            yield Misfit(_join(place, name), "missing", "is needed")
    for name, item in value.items():
        if name in properties:
            yield from misfits(properties[name], item, _join(place, name))
        elif not shape.get("additionalProperties", True):
            known = ", ".join(properties) or "none"
            yield Misfit(_join(place, name[:40]), "unknown", f"is not known here; known are: {known}")


def _size_misfits(shape: Shape, value: object, place: str) -> Iterator[Misfit]:
    for keyword, (kind, outside, code, message) in _BOUNDS.items():
        bound = shape.get(keyword)
        if bound is not None and _KINDS[kind](value) and outside(value, bound):
            yield Misfit(place, code, message.format(bound), {"bound": bound})


def _join(place: str, name: str | int) -> str:
    return f"{place}.{name}" if place else str(name)


_KINDS: Final[Mapping[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}

_NAMES: Final[Mapping[str, str]] = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "null": "null",
}

_BOUNDS: Final[Mapping[str, tuple[str, Callable[[Any, Any], bool], str, str]]] = {
    "minLength": ("string", lambda value, bound: len(value) < bound, "too-short", "must have {} characters or more"),
    "maxLength": ("string", lambda value, bound: len(value) > bound, "too-long", "must have {} characters or fewer"),
    "pattern": ("string", lambda value, bound: not re.search(bound, value), "pattern", "must be like {}"),
    "minimum": ("number", lambda value, bound: value < bound, "too-low", "must be {} or more"),
    "maximum": ("number", lambda value, bound: value > bound, "too-high", "must be {} or less"),
    "minItems": ("array", lambda value, bound: len(value) < bound, "too-few", "must have {} entries or more"),
    "maxItems": ("array", lambda value, bound: len(value) > bound, "too-many", "must have {} entries or fewer"),
}

CODES: Final = frozenset({"type", "choice", "missing", "unknown"} | {code for *_, code, _ in _BOUNDS.values()})
"""What a misfit may have as its code."""
