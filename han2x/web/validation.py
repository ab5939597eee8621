"""From what a request holds to its type, or to what is wrong at each field: by a code, and in words.

`msgspec` decides whether it fits. It names one fault only, in English: `misfit` is the one place that reads this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

import msgspec

from han2x.web.control import InvalidValuesError

Asked = TypeVar("Asked")

_MOST_FAULTS: Final = 20
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit: where ("changes.0.path"), a code for programs with its values, and the same for people."""

    place: str
    code: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


def validated(kind: type[Asked], given: Mapping[str, Any]) -> Asked:
    """What was given, as the type that is wanted.

    Raises:
        InvalidValuesError: it does not fit.
    """
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        found = list(islice(_misfits(kind, given), _MOST_FAULTS)) or [misfit(str(error))]
    raise InvalidValuesError(
        {fault.place: fault.message for fault in found},
        codes={fault.place: {"code": fault.code, "values": dict(fault.values)} for fault in found},
    )


def _misfits(kind: Any, given: Mapping[str, Any]) -> Iterator[Misfit]:  # noqa: ANN401 - any type of a request
    """One for each field, as a person who fills in a form wants to know of all of them."""
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    for name, each in fields.items():
        if name in given:
            yield from _misfits_of_field(each.type, given[name], name)
        elif each.required:
            yield Misfit(name, "missing", "is needed")
    for name in given:
        if name not in fields:
            known = ", ".join(fields) or "none"
            yield Misfit(name[:_LONGEST_NAME], "unknown", f"is not known here; known are: {known}")


def _misfits_of_field(kind: Any, value: object, name: str) -> Iterator[Misfit]:  # noqa: ANN401 - any type of a field
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = misfit(str(error), name)
        if found.code == "choice":
            allowed = msgspec.json.schema(kind).get("enum", [])
            found = Misfit(name, "choice", f"must be one of: {', '.join(allowed)}", {"allowed": allowed})
        yield found


def misfit(text: str, place: str = "") -> Misfit:
    """What `msgspec` says is wrong below `place`. Words that are not known here are a fault of no known kind."""
    whole = _WHOLE.fullmatch(text)
    said, where = (whole[1], whole[2] or "") if whole else (text, "")
    steps = [place, *re.findall(r"[^.\[\]]+", where)]
    for pattern, code, message in _SAID:
        if match := re.fullmatch(pattern, said, re.DOTALL):
            return _told(steps, code, message, match[1] if match.groups() else "")
    return Misfit(_joined(steps), "misfit", "does not fit")


def _told(steps: list[str], code: str, message: str, what: str) -> Misfit:
    if code in ("missing", "unknown"):
        return Misfit(_joined([*steps, what[:_LONGEST_NAME]]), code, message)
    if code == "type":
        kinds = [_KINDS.get(kind, (kind, kind)) for kind in what.split(" | ")]
        names = " or ".join(words for _, words in kinds)
        return Misfit(_joined(steps), code, message.format(names), {"types": [kind for kind, _ in kinds]})
    values = {"bound": json.loads(what) if code.startswith("too-") else what} if what else {}
    return Misfit(_joined(steps), code, message.format(what), values)


def _joined(steps: list[str]) -> str:
    return ".".join(filter(None, steps))


_WHOLE: Final = re.compile(r"(.*?)(?: - at `\$([^`]*)`)?", re.DOTALL)
_SAID: Final = (
    (r"Object missing required field `(.*)`", "missing", "is needed"),
    (r"Object contains unknown field `(.*)`", "unknown", "is not known here"),
    (r"Expected `str` of length >= (\d+)", "too-short", "must have {} characters or more"),
    (r"Expected `str` of length <= (\d+)", "too-long", "must have {} characters or fewer"),
    (r"Expected `array` of length >= (\d+)", "too-few", "must have {} entries or more"),
    (r"Expected `array` of length <= (\d+)", "too-many", "must have {} entries or fewer"),
    (r"Expected `(?:int|float)` >= ([-\d.e+]+)", "too-low", "must be {} or more"),
    (r"Expected `(?:int|float)` <= ([-\d.e+]+)", "too-high", "must be {} or less"),
    (r"Expected `str` matching regex '(.*)'", "pattern", "must be like {}"),
    (r"Invalid enum value .*", "choice", "is none of those allowed"),
    (r"Expected `([^`]+)`, got .*", "type", "must be {}"),
)
"""What `msgspec` says, the code for it, and our words."""

CODES: Final = frozenset({"misfit"} | {code for _, code, _ in _SAID})
"""What a misfit may have as its code."""

_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "str": ("string", "text"),
    "bool": ("boolean", "true or false"),
    "int": ("integer", "a whole number"),
    "float": ("number", "a number"),
    "object": ("object", "an object"),
    "array": ("array", "a list"),
    "null": ("null", "null"),
}
"""What it calls a type, as JSON Schema calls it, and as a person does."""
