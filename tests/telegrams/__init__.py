"""The telegrams that tests read, and what is expected of them, in the terms of `han2x.model`.

Those of this folder are always there; the larger set beside the repository is added where it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from han2x.model import Quantity
from tests import larger_set

FOLDER = Path(__file__).parent
CRYPTO = FOLDER / "encrypted" / "vectors.json"

_QUANTITIES = {str(quantity): quantity for quantity in Quantity}


@dataclass(frozen=True)
class Vector:
    """One recorded telegram or stream."""

    name: str
    meter: str
    octets: bytes
    expected: Mapping[str, Any]
    keys: Mapping[str, str] | None
    plaintext: bytes | None

    @property
    def rejected(self) -> bool:
        """Whether nothing in it may be used."""
        return bool(self.expected.get("reject")) or self.expected.get("good_telegrams") == 0

    @property
    def encrypted(self) -> bool:
        """Whether the telegram in it is whole and needs a key."""
        return "-enc-" in self.name and not (self.rejected and self.keys is None)

    @property
    def frames(self) -> list[Mapping[str, Any]] | None:
        """What an ideal receiver finds in a stream, in order."""
        frames: list[Mapping[str, Any]] | None = self.expected.get("frames")
        return frames

    @property
    def elements(self) -> Mapping[str, Any]:
        """The elements of a single telegram, in plain text where that is published."""
        elements: Mapping[str, Any] = self.expected.get("plaintext_values", self.expected)
        return elements

    def __str__(self) -> str:
        return self.name


def key_of(code: str) -> str:
    """The groups C.D.E of a code as the vectors write it."""
    groups = code.split(":")[-1].split(".")
    return ".".join(groups[:3])


def values_of(elements: Mapping[str, Any]) -> dict[Quantity, int]:
    """The measured values among expected elements, in thousandths of the unit."""
    values = {}
    for code, element in elements.items():
        quantity = _QUANTITIES.get(key_of(code))
        if quantity is not None:
            value = element["value"] if isinstance(element, dict) else element
            values[quantity] = int(Decimal(value) * 1000)
            assert values[quantity] == Decimal(value) * 1000
    return values


def text_of(elements: Mapping[str, Any], *keys: str) -> str | None:
    """The identifier among expected elements that has one of these keys."""
    for code, element in elements.items():
        if code in keys or key_of(code) in keys:
            value = element["value"] if isinstance(element, dict) else element
            return str(value)
    return None


def load(*folders: Path) -> list[Vector]:
    """The telegrams of these folders, or of this one and the larger set, by name within each."""
    paths = [path for folder in folders or (FOLDER, larger_set.TELEGRAMS) for path in sorted(folder.glob("*.json"))]
    return [_load(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)) for path in paths]


def load_crypto(*files: Path) -> list[Mapping[str, Any]]:
    """The encrypted vectors with their keys, of these files or of all that are there."""
    vectors: list[Mapping[str, Any]] = []
    for file in files or crypto_files():
        vectors += json.loads(file.read_text(encoding="utf-8"))["vectors"]
    return vectors


def crypto_files() -> list[Path]:
    """The files with encrypted vectors: this folder's, then that of the larger set."""
    return [file for file in (CRYPTO, larger_set.CRYPTO) if file.is_file()]


def _load(vector: Mapping[str, Any]) -> Vector:
    plaintext = vector.get("plaintext_hex")
    return Vector(
        name=vector["name"],
        meter=vector["meter"],
        octets=bytes.fromhex(vector["hex"]) if "hex" in vector else vector["ascii"].encode("ascii"),
        expected=vector["expected"],
        keys=vector.get("keys"),
        plaintext=bytes.fromhex(plaintext) if plaintext else None,
    )
