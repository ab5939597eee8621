"""What a file of the folder says."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def made(name: str, meter: str, kind: str, octets: bytes, expected: Document, source: str) -> Document:
    """A document around octets made here, after a maker's document or a standard."""
    telegram = {"ascii": octets.decode("ascii")} if octets.startswith(b"/") else {"hex": octets.hex()}
    about = {"source": f"made here after {source}", "licence": "MIT", "changed": "made here"}
    return {
        "name": name,
        "meter": meter,
        "kind": kind,
        "capture": "synthetic",
        **telegram,
        "expected": expected,
    } | about


def octets_of(document: Document) -> bytes:
    """The octets on the line."""
    return bytes.fromhex(document["hex"]) if "hex" in document else document["ascii"].encode("ascii")
