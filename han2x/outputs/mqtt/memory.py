"""What brokers keep for this gateway, so that it can be taken back: also after a restart, and from other brokers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from han2x.gateway.keeping import Store

NAME: Final = "mqtt"
MOST_BROKERS: Final = 5
MOST_GONE: Final = 30
"""Components of a device that there are no longer, of which Home Assistant is still told that."""


class Memory:
    """What one broker keeps: `topics`, and what was announced: by unit id the device, and its components.

    In a document that all brokers share: only one memory may be in use at a time.
    """

    def __init__(self, store: Store | None, broker: str) -> None:
        self._store = store
        self._broker = broker
        self._others: dict[str, Any] = {}
        self.topics: set[str] = set()
        self.devices: dict[int, str] = {}
        self.components: dict[int, list[str]] = {}
        self._changed = False

    async def load(self) -> None:
        """Know again what was saved last."""
        kept = await asyncio.to_thread(self._store.load, NAME) if self._store else None
        brokers = (kept or {}).get("brokers")
        self._others = dict(brokers) if isinstance(brokers, dict) else {}
        own = self._others.pop(self._broker, None)
        if not isinstance(own, dict):
            return
        self.topics = set(map(str, _list(own.get("topics"))))
        for unit, device in _dict(own.get("devices")).items():
            if unit.isdecimal() and isinstance(device, dict):
                self.devices[int(unit)] = str(device.get("id"))
                self.components[int(unit)] = list(map(str, _list(device.get("components"))))

    def note(self, topics: Iterable[str]) -> None:
        """The broker is about to keep something under these."""
        before = len(self.topics)
        self.topics.update(topics)
        self._changed |= len(self.topics) != before

    def cleared(self, topics: Iterable[str]) -> None:
        """It keeps nothing under these any more."""
        self.topics.difference_update(topics)
        self._changed = True

    async def save(self) -> bool:
        """Keep it, if it has changed; returns whether it had."""
        if not self._changed:
            return False
        self._changed = False
        if self._store is None:
            return True
        now = self._dump()
        others = dict(list(self._others.items())[-(MOST_BROKERS - 1) :])
        document = {"brokers": {**others, self._broker: now} if now["topics"] else others}
        await asyncio.to_thread(self._store.save, NAME, document)
        return True

    def announced(self, unit: int, device: str, present: Iterable[str], known: Iterable[str]) -> list[str]:
        """The components to announce of a device: those that it had, and those of which something is `known` now.

        `present` are all that there can be now.
        """
        if self.devices.get(unit) != device:
            self.devices[unit], self.components[unit] = device, []
            self._changed = True
        had, can_be = self.components[unit], set(present)
        gone = [each for each in had if each not in can_be][-MOST_GONE:]
        fresh = [each for each in known if each not in had]
        now = [*gone, *(each for each in had if each in can_be), *fresh]
        self._changed |= now != had
        self.components[unit] = now
        return now

    def keep_units(self, units: Iterable[int]) -> None:
        """Forget the devices of all other meters."""
        for unit in set(self.devices) - set(units):
            del self.devices[unit], self.components[unit]
            self._changed = True

    def _dump(self) -> dict[str, Any]:
        devices = {
            str(unit): {"id": device, "components": list(self.components[unit])}
            for unit, device in sorted(self.devices.items())
        }
        return {"topics": sorted(self.topics), "devices": devices}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
