"""What requests and answers are made from, with their units, and the one way to JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import Meta, Struct

Decoded = TypeVar("Decoded")

LARGEST_WHOLE: Final = 2**53 - 1
"""What every reader of JSON can hold as a whole number (RFC 8259, section 6)."""


class Answer(Struct, frozen=True, kw_only=True):
    """What the gateway returns. A field that is `UNSET` is left out."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """What the gateway takes: these fields, and no others."""


Seconds: TypeAlias = Annotated[float, Meta(description="Seconds.")]
EpochSeconds: TypeAlias = Annotated[float, Meta(description="Seconds since 1970-01-01 UTC.")]
UtcTime: TypeAlias = Annotated[str, Meta(description="ISO 8601, UTC.", extra_json_schema={"format": "date-time"})]
LocalTime: TypeAlias = Annotated[
    str, Meta(description="ISO 8601 with the place's offset.", extra_json_schema={"format": "date-time"})
]
UnitId: TypeAlias = Annotated[int, Meta(ge=1, le=247, description="A Modbus unit id.")]
Scalar: TypeAlias = str | int | float | bool


def to_json(data: object) -> bytes:
    """An answer as JSON on one line, in UTF-8.

    Raises:
        ValueError: a number is one that JSON cannot hold, as NaN, which `msgspec` alone would turn into null.
    """
    return json.dumps(plain(data), allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()


def plain(data: object) -> Any:  # noqa: ANN401 - JSON
    """An answer as `json` writes it: dictionaries, lists, texts and numbers."""
    return msgspec.to_builtins(data)


def from_json(raw: bytes, kind: type[Decoded]) -> Decoded:
    """Read an answer.

    Raises:
        ValueError: it is not JSON, or not of this kind.
    """
    return msgspec.json.decode(raw, type=kind)
