"""A meter's keys, typed or from a KEM file. They are taken, and never returned."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from han2x.api.base import Answer, Request, UnitId
from han2x.keys import MAX_TEXT

LARGEST_KEM: Final = 1_500_000
"""Characters of a KEM file of one mebibyte as base64."""


class Keys(Request, frozen=True):
    """Either `text`, the keys as typed; or `kem`, a KEM file as base64, with its password and the meter's serial
    number, which only a file of several meters needs.
    """

    unit: UnitId
    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)] | UnsetType = UNSET
    kem: Annotated[str, Meta(min_length=1, max_length=LARGEST_KEM)] | UnsetType = UNSET
    password: Annotated[str, Meta(max_length=100, extra_json_schema={"format": "password"})] | UnsetType = UNSET
    serial: Annotated[str, Meta(max_length=100)] = ""


class KeysSet(Answer, frozen=True, kw_only=True):
    """Which keys the meter has now; `serial` is that of the meter in the file, "" for typed keys."""

    unit: UnitId
    serial: str
    encryption_key: bool
    authentication_key: bool
