"""The larger sets of telegrams, keys and traces, which lie beside the repository where its developers have them.

They are measurements that others published, not all of them under an open licence and with real meter numbers, so they
do not belong to the repository. Every kind of test runs without them, on what the repository has of its own.
"""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
TELEGRAMS = SHARED / "telegrams"
EUROPE = TELEGRAMS / "europe"
CRYPTO = SHARED / "crypto" / "vectors.json"
KEM = SHARED / "crypto" / "kem"
ENERGY = SHARED / "energy"

PARTS = {"telegrams": TELEGRAMS, "encrypted vectors": CRYPTO, "KEM files": KEM, "energy traces": ENERGY}


def missing() -> list[str]:
    """Which of the larger sets are not there."""
    return [name for name, path in PARTS.items() if not path.exists()]
