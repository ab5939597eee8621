"""What a capacity charge goes by: a month's highest hours, on different days, one hour after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

from han2x.history.records import By, Hour
from han2x.meters.clock import Zone
from han2x.model import Quantity
from han2x.state.hours import COUNTED, local_day

_IMPORT: Final = Quantity.ACTIVE_ENERGY_IMPORT
_MILLI: Final = 1000


class Peak(NamedTuple):
    """An hour's import in Wh, scaled with the factor of its time, and how it is known; `begin` as in `Hour`."""

    begin: int
    wh: float
    by: By


class Capacity(NamedTuple):
    """The highest hours on different days, three at most, the highest first; and of how many hours the import is known.

    Hours whose import is only a share of what was counted over several are neither.
    """

    highest: tuple[Peak, ...]
    hours_known: int


def capacity(hours: Iterable[Hour], zone: Zone, month: date) -> Capacity:
    """That of the month of the place, which `month` is any day of; `hours` may be those of others too.

    Of two alike on one day it is the earlier, as it is for the registers of the present month.
    """
    days: dict[date, Peak] = {}
    known: set[int] = set()
    for hour in sorted(hours, key=lambda hour: hour.begin):
        energy = hour.energies.get(_IMPORT)
        day = local_day(hour.begin, zone)
        if energy is None or energy.by is By.SPREAD or (day.year, day.month) != (month.year, month.month):
            continue
        known.add(hour.begin)
        peak = Peak(hour.begin, energy.milli * hour.factor / _MILLI / _MILLI, energy.by)
        if day not in days or peak.wh > days[day].wh:
            days[day] = peak
    highest = sorted(days.values(), key=lambda peak: (-peak.wh, peak.begin))[:COUNTED]
    return Capacity(tuple(highest), len(known))
