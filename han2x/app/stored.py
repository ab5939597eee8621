"""What edges keep in the state directory, each under a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from han2x.store import DamagedStateError, Saved, Store

CLAIM: Final = "claim"
CREDENTIALS: Final = "credentials"
KNOWN: Final = "known"
SESSIONS: Final = "sessions"
NETWORK: Final = "network"
MQTT: Final = "mqtt"
SETTINGS: Final = "settings-file"
UPGRADE: Final = "upgrade"


class StoredDocument:
    """A document of the web edge: password and tokens, who is logged in, or whose box it is.

    Each must not be taken for one that was never there, so that it is read strictly.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def load(self) -> dict[str, Any] | None:
        """What was saved last; None when that is nothing.

        Raises:
            UnreadableError: it cannot be used.
        """
        # Only the page needs it, and `han2x.app.stored` is loaded without the page too.
        from han2x.web.control import UnreadableError

        try:
            return self._store.load_strictly(self._name)
        except DamagedStateError as error:
            raise UnreadableError(str(error)) from None

    def remove(self) -> None:
        """Have nothing kept; raises OSError when it cannot be removed."""
        self._store.remove(self._name)

    def save(self, data: Mapping[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""
        if self._store.save(self._name, data) is Saved.FAILED:
            raise OSError("the state directory cannot be written")


class StoredNotes:
    """The network change that is not yet confirmed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last."""
        return self._store.load(NETWORK)

    def save(self, note: Mapping[str, Any]) -> bool:
        """Keep this; whether it is there."""
        return self._store.save(NETWORK, note) is not Saved.FAILED


class StoredSettings:
    """The settings file as it is known; see `han2x.settings.known`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self) -> Mapping[str, Any] | None:
        """What was saved last; None when that is nothing, or nothing that can be used."""
        return self._store.load(SETTINGS)

    def save(self, data: Mapping[str, Any]) -> None:
        """Keep this; raises OSError when it cannot be kept."""
        if self._store.save(SETTINGS, data) is Saved.FAILED:
            raise OSError("the state directory cannot be written")

    def forget(self) -> None:
        """Keep nothing."""
        self._store.forget(SETTINGS)
