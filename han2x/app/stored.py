"""What the page and the network keep in the state directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from han2x.store import Saved, Store

CREDENTIALS: Final = "credentials"
NETWORK: Final = "network"


class StoredCredentials:
    """The page's password and tokens, hashed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> dict[str, Any] | None:
        """What was saved last."""
        return self._store.load(CREDENTIALS)

    def save(self, data: dict[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""
        if self._store.save(CREDENTIALS, data) is Saved.FAILED:
            raise OSError("the state directory cannot be written")


class StoredNotes:
    """The network's change that is not yet confirmed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last."""
        return self._store.load(NETWORK)

    def save(self, note: Mapping[str, Any]) -> bool:
        """Keep this; whether it is there."""
        return self._store.save(NETWORK, note) is not Saved.FAILED
