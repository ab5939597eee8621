"""How many good telegrams each meter has sent of each push list, counted from the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from han2x.gateway.meter import Consumer, Meter
from han2x.model import Event, PushList, Reading


class Telegrams:
    """Counts what meters send; those that are gone are forgotten."""

    def __init__(self) -> None:
        self._counts: WeakKeyDictionary[Meter, Counter[PushList]] = WeakKeyDictionary()

    def of(self, meter: Meter) -> Mapping[PushList, int]:
        """How many came of each list that did."""
        return self._counts.get(meter, Counter())

    def consumer(self, meter: Meter) -> Consumer:
        """Counts what this meter says."""
        counts = self._counts[meter] = Counter()

        def count(event: Event, _now: float) -> None:
            if isinstance(event, Reading):
                counts[event.push_list] += 1

        return count
