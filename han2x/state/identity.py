"""Is a telegram still that of the same meter? Where meters send a number, that tells; else what they send does.

No number tells two meters apart that both send none. Then another one is known by what cannot happen to the same: the
maker or type changes, the number is no longer sent where it was or is sent where it was not, phases are missing that
were there, or the total of the energy has fallen. One odd telegram may be damage that no checksum found, or a line that
was left out: several in a row are needed. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from han2x.model import PushList, Quantity, Reading
from han2x.state.sent import PHASES

PROOFS: Final = 3
"""Telegrams of a kind in a row that have to look like another meter's."""
FALLEN_MWH: Final = 1_000_000
"""By how much a total has to be lower: 1 kWh, far above what rounding does."""
UNKNOWN_MAKER: Final = "unknown"
"""What a list is labelled that does not tell its maker: no sign of another one."""

_TOTALS: Final = (Quantity.ACTIVE_ENERGY_IMPORT, Quantity.ACTIVE_ENERGY_EXPORT)


class _Look(NamedTuple):
    """What a list of one kind tells of the meter that sends it."""

    maker: str
    meter_type: str | None
    numbered: bool
    phases: frozenset[int]

    @classmethod
    def of(cls, reading: Reading) -> _Look:
        phases = frozenset(place for place, each in enumerate(PHASES) if not reading.values.keys().isdisjoint(each))
        # Other meters send their number in some lists and leave it out in others of the same kind.
        numbered = reading.push_list is PushList.P1 and bool(reading.meter_id)
        return cls(reading.maker, reading.meter_type, numbered, phases)

    def becomes(self, now: _Look) -> bool:
        """Whether the same meter may send lists that look like this now."""
        makers, types = {self.maker, now.maker} - {UNKNOWN_MAKER}, {self.meter_type, now.meter_type} - {None}
        fewer = bool(now.phases) and now.phases < self.phases
        return len(makers) < 2 and len(types) < 2 and self.numbered == now.numbered and not fewer


class MeterIdentity:
    """Who one meter is, by what it has sent: `meter_id` is its number, None while it has sent none."""

    def __init__(self, meter_id: str | None = None) -> None:
        self.meter_id = meter_id
        self._looks: dict[PushList, _Look] = {}
        self._totals: dict[Quantity, int] = {}
        self._doubts: dict[str, int] = {}

    @property
    def phases(self) -> int | None:
        """How many phases it has by its lists, those of earlier runs among them: 1 or 3, None while none has told."""
        places = frozenset().union(*(look.phases for look in self._looks.values()))
        if not places:
            return None
        return 1 if places == {0} else 3

    def is_of_another(self, reading: Reading) -> bool:
        """Take a reading; True when it is another meter's, which a new identity then begins with."""
        if reading.meter_id and self.meter_id:
            if reading.meter_id != self.meter_id:
                return True
            self._doubts.clear()
            self.learn(reading)
            return False
        signs = (self._comes_otherwise(reading), self._looks_otherwise(reading), self._totals_fell(reading))
        if max(signs) >= PROOFS:
            return True
        if not any(signs):
            self.learn(reading)
        return False

    def learn(self, reading: Reading) -> None:
        """Take a reading as this meter's."""
        self.meter_id = reading.meter_id or self.meter_id
        self._looks[reading.push_list] = _Look.of(reading)
        self._totals.update((each, reading.values[each]) for each in _TOTALS if each in reading.values)

    def dump(self) -> dict[str, Any]:
        """What must survive a restart, as JSON has it: a meter may be exchanged meanwhile."""
        return {
            "meter_id": self.meter_id,
            "looks": {
                kind.value: [look.maker, look.meter_type, look.numbered, sorted(look.phases)]
                for kind, look in self._looks.items()
            },
        }

    @classmethod
    def restore(cls, data: Mapping[str, Any], totals: Mapping[Quantity, int]) -> MeterIdentity:
        """Take back what `dump` gave in an earlier run, and the totals in mWh that were kept.

        Raises:
            TypeError, AttributeError, ValueError: the data are not such a dump.
        """
        meter_id = data.get("meter_id")
        identity = cls(None if meter_id is None else str(meter_id))
        for kind, (maker, meter_type, numbered, phases) in data.get("looks", {}).items():
            told = None if meter_type is None else str(meter_type)
            places = frozenset(int(phase) for phase in phases)
            identity._looks[PushList(kind)] = _Look(str(maker), told, bool(numbered), places)
        identity._totals.update((each, milli) for each, milli in totals.items() if each in _TOTALS)
        return identity

    def _comes_otherwise(self, reading: Reading) -> int:
        """A port that sends P1 telegrams sends nothing else."""
        is_p1 = reading.push_list is PushList.P1
        return self._doubted("port", any((known is PushList.P1) != is_p1 for known in self._looks))

    def _looks_otherwise(self, reading: Reading) -> int:
        before = self._looks.get(reading.push_list)
        odd = before is not None and not before.becomes(_Look.of(reading))
        return self._doubted(reading.push_list, odd)

    def _totals_fell(self, reading: Reading) -> int:
        both = [each for each in _TOTALS if each in reading.values and each in self._totals]
        if not both:
            return 0
        return self._doubted("totals", any(reading.values[each] < self._totals[each] - FALLEN_MWH for each in both))

    def _doubted(self, sign: str, odd: bool) -> int:
        """How many telegrams in a row have shown a sign."""
        self._doubts[sign] = self._doubts.get(sign, 0) + 1 if odd else 0
        return self._doubts[sign]
