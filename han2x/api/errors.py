"""What is returned when a request is refused: codes for programs, words for people."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from han2x.api.base import Answer, Scalar


class FieldError(Answer, frozen=True, kw_only=True):
    """What is wrong at one field: a code, and the values that its words speak of."""

    code: str
    values: dict[str, Scalar | list[str]] | UnsetType = UNSET


class Error(Answer, frozen=True, kw_only=True):
    """Why the request was refused.

    `fields` says what is wrong at which field of the request ("changes.0.path"), `codes` the same for programs that
    translate. `values` belong to `code`; `retry_after_s` is in seconds, `most` in octets; `serials` are the meters that
    a file of keys has.
    """

    code: str
    message: str
    fields: dict[str, str] | UnsetType = UNSET
    codes: dict[str, FieldError] | UnsetType = UNSET
    values: dict[str, Scalar] | UnsetType = UNSET
    retry_after_s: int | UnsetType = UNSET
    most: int | UnsetType = UNSET
    serials: list[str] | UnsetType = UNSET


class Refusal(Answer, frozen=True, kw_only=True):
    """A request that was refused."""

    error: Error
