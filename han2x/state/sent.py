"""Which quantities one meter sends, by its lists: what tells a value that is still to come from one that it has not.

A register of which nothing is known reads 0, as those of phases that do not exist do. So it matters why nothing is
known. What this meter has sent, also in an earlier run, is still to come, or lost on the way: it is not 0. What its
lists have been without for `GONE_AFTER_S`, while they came, it no longer sends.

Loads are controlled by the power that is drawn and by the currents, and 0 there means that there is room for more. The
power is never taken for one that is no longer sent, and a current only where its whole phase is gone and others are
still there; their registers stay refused.

Pure: time is an argument.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from han2x.model import PushList, Quantity, Reading, Unit

GONE_AFTER_S: Final = 25 * 3600.0
"""How long a list has to come without a value that it had: a day, and an hour for what is sent once a day."""
LONGEST_GAP_S: Final = 2 * 3600.0
"""What a pause between two telegrams of a list counts for at most: an hourly list may be damaged once."""

PHASES: Final = (
    (Quantity.VOLTAGE_L1, Quantity.CURRENT_L1),
    (Quantity.VOLTAGE_L2, Quantity.CURRENT_L2),
    (Quantity.VOLTAGE_L3, Quantity.CURRENT_L3),
)
CURRENTS: Final = frozenset(current for _, current in PHASES)

_PHASE_OF: Final = {current: frozenset((voltage, current)) for voltage, current in PHASES}
_OF_PHASES: Final = frozenset().union(*_PHASE_OF.values())
_POWER_ALONE: Final = {PushList.LIST_1: {Quantity.ACTIVE_POWER_IMPORT}}
_LEAST_ALIKE: Final = 2  # a list with less than 1/2 of what it had is another one


class Sent:
    """What one meter sends. `quantities` are those that it has sent and not stopped to."""

    def __init__(self) -> None:
        self.quantities: frozenset[Quantity] = frozenset()
        self._lists: dict[PushList, set[Quantity]] = {}
        self._at: dict[PushList, float] = {}
        self._missing: dict[PushList, dict[Quantity, float]] = {}

    @property
    def expected(self) -> frozenset[Quantity]:
        """What is still to come where it has not: who sends the power alone in one list has the currents in another."""
        return self.quantities | CURRENTS if self._lists == _POWER_ALONE else self.quantities

    def came(self, reading: Reading, now: float) -> frozenset[Quantity]:
        """Take a good telegram that came at the moment `now`; return what the meter is now known to send no longer."""
        kind, quantities = reading.push_list, reading.values.keys()
        known = self._lists.get(kind)
        before = self._at.get(kind, now)
        self._at[kind] = now
        if known is not None and quantities == known and not self._missing:
            return frozenset()
        if known is None or not quantities <= known:
            known = self._lists[kind] = (known or set()) | quantities
            self.quantities |= quantities
        for missing in self._missing.values():
            for quantity in missing.keys() & quantities:
                del missing[quantity]
        if len(quantities) * _LEAST_ALIKE >= len(known):
            self._miss(kind, known - quantities, min(now - before, LONGEST_GAP_S))
        self._missing = {kind: missing for kind, missing in self._missing.items() if missing}
        return self._take_gone(kind, reading) if kind in self._missing else frozenset()

    def dump(self) -> dict[str, Any]:
        """What must survive a restart, as JSON has it."""
        return {kind.value: sorted(quantities) for kind, quantities in self._lists.items()}

    @classmethod
    def restore(cls, data: Mapping[str, Any]) -> Sent:
        """Take back what `dump` gave in an earlier run; names that are not known are left out.

        Raises:
            TypeError, AttributeError: the data are not such a dump.
        """
        sent = cls()
        for kind in PushList:
            quantities = {each for each in Quantity if each.value in data.get(kind.value, ())}
            if quantities:
                sent._lists[kind] = quantities
        sent.quantities = frozenset().union(*sent._lists.values())
        return sent

    def _miss(self, kind: PushList, absent: set[Quantity], elapsed: float) -> None:
        """A list came without these, `elapsed` seconds after the one before it."""
        missing = self._missing.setdefault(kind, {})
        for quantity in absent:
            missing[quantity] = missing[quantity] + elapsed if quantity in missing else 0.0

    def _take_gone(self, kind: PushList, reading: Reading) -> frozenset[Quantity]:
        long = frozenset(each for each, lasted in self._missing[kind].items() if lasted >= GONE_AFTER_S)
        gone = frozenset(each for each in long if _may_go(each, long, reading))
        if gone:
            for quantities in self._lists.values():
                quantities -= gone
            for missing in self._missing.values():
                for quantity in gone:
                    missing.pop(quantity, None)
            self.quantities -= gone
        return gone


def _may_go(quantity: Quantity, missing: frozenset[Quantity], reading: Reading) -> bool:
    """Whether what is missing may be taken for what the meter does not have."""
    if quantity.unit is Unit.A:
        return _PHASE_OF[quantity] <= missing and not _OF_PHASES.isdisjoint(reading.values)
    return quantity is not Quantity.ACTIVE_POWER_IMPORT
