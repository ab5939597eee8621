"""The two keys of a meter, and how people write them.

Grid companies send a key as `64 1 0x` and 32 hexadecimal digits (65 for the authentication key), under the name GPK60
or GPK61, in groups, with colons, in lower case. All of it is read; nothing of it is ever shown again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from han2x.keys.faults import KeyFault

KEY_OCTETS: Final = 16
MAX_TEXT: Final = 4096
"""Characters of typed text that are looked at."""

_DIGITS: Final = 2 * KEY_OCTETS
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_SEPARATORS: Final = re.compile(r"0[xX]|[\s:;,.\-_'\"<>()\[\]{}\u200b\ufeff]+|\\x")


class Role(StrEnum):
    """Which of a meter's two keys; the value is its English name, and `gpk` the name that Kamstrup gives it."""

    ENCRYPTION = "encryption key"
    AUTHENTICATION = "authentication key"

    @property
    def gpk(self) -> str:
        return "GPK60" if self is Role.ENCRYPTION else "GPK61"


# A number alone is a label only before the lone digit 1, as octets of a key are never written so.
_LABELS: Final = {
    Role.ENCRYPTION: r"GPK[\s_-]*60(?:\s+1\b)?|64[\s,;:]+1(?=[\s,;:]+\S)|(?:enc|krypt)\w*(?:[\s_-]*key)?|GUEK|EK",
    Role.AUTHENTICATION: r"GPK[\s_-]*61(?:\s+1\b)?|65[\s,;:]+1(?=[\s,;:]+\S)|aut(?:h|en)\w*(?:[\s_-]*key)?|GAK|AK",
}
_LABEL: Final = re.compile(
    rf"(?<!\w)(?:(?P<encryption>{_LABELS[Role.ENCRYPTION]})|(?P<authentication>{_LABELS[Role.AUTHENTICATION]}))"
    r"(?!\w)(?:\s*\([^)]*\))?[\s:=]*",
    re.IGNORECASE,
)


class KeyTextError(ValueError):
    """Typed text is not a key; `fault` says why. Neither it nor the message holds any of the text."""

    def __init__(self, code: str, **values: object) -> None:
        self.fault = KeyFault(code, **values)
        super().__init__(str(self.fault))


@dataclass(frozen=True, slots=True, repr=False)
class MeterKeys:
    """The keys of one meter: GPK60 and, where there is one, GPK61. `serial` is empty when it is not known."""

    serial: str
    encryption_key: bytes
    authentication_key: bytes | None = None

    def __post_init__(self) -> None:
        for key in (self.encryption_key, self.authentication_key):
            if key is not None and len(key) != KEY_OCTETS:
                raise ValueError(f"a key has {len(key)} octets; it must have {KEY_OCTETS}")

    def __repr__(self) -> str:
        authentication = "none" if self.authentication_key is None else "set"
        return f"MeterKeys(serial={self.serial!r}, encryption_key=set, authentication_key={authentication})"


def parse_key(text: str, role: Role | None = None) -> bytes:
    """Read one typed key: 16 octets as 32 hexadecimal digits, with or without its name in front.

    Raises:
        KeyTextError: it is no such key, or by its name the other one than `role`.
    """
    _check_size(text)
    text = text.strip()
    while label := _LABEL.match(text):
        named = _role(label)
        if role is not None and named is not role:
            raise KeyTextError("key-other", role=named, gpk=named.gpk, wanted=role, wanted_gpk=role.gpk)
        text = text[label.end() :]
    return _digits(text)


def parse_keys(text: str, serial: str = "") -> MeterKeys:
    """Read both keys from text as the grid company sent it; lines that name no key are passed over.

    Where nothing is named, the first of two lines is the encryption key and the second the authentication key.

    Raises:
        KeyTextError: there is no encryption key, a named key is none, or one is there twice and differs.
    """
    _check_size(text)
    found: dict[Role, bytes] = {}
    for role, line in _named_lines(text) or _lines_in_order(text):
        key = _digits(line)
        if found.setdefault(role, key) != key:
            raise KeyTextError("key-twice", role=role, gpk=role.gpk)
    if Role.ENCRYPTION not in found:
        raise KeyTextError("key-none")
    return MeterKeys(serial, found[Role.ENCRYPTION], found.get(Role.AUTHENTICATION))


def _named_lines(text: str) -> list[tuple[Role, str]]:
    """What stands behind each name of a key, up to the end of its line; not what is prose and has no digit."""
    labels = list(_LABEL.finditer(text))
    ends = [*(label.start() for label in labels[1:]), len(text)]
    found = []
    for label, end in zip(labels, ends, strict=False):
        line = text[label.end() : end].strip().partition("\n")[0]
        if any(character.isdigit() for character in line):
            found.append((_role(label), line))
    return found


def _lines_in_order(text: str) -> list[tuple[Role, str]]:
    return list(zip(Role, filter(str.strip, text.splitlines()), strict=False))


def _role(label: re.Match[str]) -> Role:
    return Role.ENCRYPTION if label["encryption"] else Role.AUTHENTICATION


def _check_size(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise KeyTextError("key-text-too-long", count=len(text), most=MAX_TEXT)


def _digits(text: str) -> bytes:
    digits = _SEPARATORS.sub("", text)
    strange = next((place for place, character in enumerate(digits, 1) if character not in _HEX), None)
    if strange is not None:
        raise KeyTextError("key-character", place=strange)
    if len(digits) != _DIGITS:
        raise KeyTextError("key-digits", count=len(digits), needed=_DIGITS)
    return bytes.fromhex(digits)
