"""What tells one gateway from all others, wherever many of them meet."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Final

from han2x.regular_file import read_beginning
from han2x.store import Store

NAME: Final = "gateway"
DIGITS: Final = 12
_MACHINE_ID: Final = Path("/etc/machine-id")
_HEX: Final = frozenset("0123456789abcdef")


def gateway_id(store: Store, machine_id: Path = _MACHINE_ID) -> str:
    """Twelve hexadecimal digits, made once from the computer's own id, or by chance where it has none, and then kept.

    The computer's id itself is not for others to know (machine-id(5)), so that they are a digest of it.
    """
    kept = (store.load(NAME) or {}).get("id")
    if isinstance(kept, str) and len(kept) == DIGITS and _HEX.issuperset(kept):
        return kept
    try:
        own = read_beginning(machine_id, 64).strip()
    except (OSError, ValueError):
        own = b""
    found = hashlib.sha256(b"han2x " + (own or secrets.token_bytes(16))).hexdigest()[:DIGITS]
    store.save(NAME, {"id": found})
    return found


class GatewayId:
    """The same, looked up once; may wait for the disk then."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = ""

    def __call__(self) -> str:
        self._known = self._known or gateway_id(self._store)
        return self._known
