"""A year of a house with solar panels, in the file of a gateway that begins afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi
from pathlib import Path
from typing import Final

from han2x.history import By, Energy, Hour, Minute, Record, Span, VoltageHour, VoltageSpan
from han2x.history_file.pending import rows_of
from han2x.history_file.series import Series
from han2x.history_file.writing import HistoryFile
from han2x.model import Quantity

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
YEAR_S: Final = 366 * DAY_S
MINUTES_S: Final = 3 * DAY_S
LACKING_S: Final = (5 * DAY_S, 5 * DAY_S + 6 * HOUR_S)
"""So long ago nothing was known."""


def wh(at: int) -> tuple[int, int]:
    """Import and export of the hour that begins at a moment."""
    net = round(watts(at + HOUR_S // 2))
    return max(net, 0), max(-net, 0)


def watts(at: int) -> float:
    """Net power: more in winter and in the evening, and to the grid at noon in summer."""
    year, day = 2 * pi * at / (365.25 * DAY_S), 2 * pi * (at + HOUR_S) / DAY_S
    house = 1800 + 900 * cos(year) - 600 * cos(day - pi / 2) + (at // HOUR_S * 7919 % 400)
    return house - max(0.0, (2600 - 2300 * cos(year)) * -cos(day))


def known(at: int, end: int) -> bool:
    """Whether the hour that begins at a moment is in the file."""
    return not LACKING_S[0] <= end - at < LACKING_S[1]


def hours(end: int) -> range:
    """When the hours of the year begin that ends at `end`, known or not."""
    return range(end - YEAR_S, end, HOUR_S)


def write_a_year(directory: Path, end: int) -> None:
    """Write the hours before `end`, which an hour begins at, and the minutes of the last days."""
    file = HistoryFile(directory)
    series = Series(1, since=end - YEAR_S)
    file.arrange([series])
    file.write({series: rows_of(_records(end))}, end)
    file.close()


def _records(end: int) -> Iterator[Record]:
    for at in hours(end):
        if known(at, end):
            imported, exported = wh(at)
            energies = {
                Quantity.ACTIVE_ENERGY_IMPORT: Energy(imported * 1000, By.METER),
                Quantity.ACTIVE_ENERGY_EXPORT: Energy(exported * 1000, By.METER),
            }
            yield Hour(at, 1000, energies)
    for at in range(end - 30 * DAY_S, end, HOUR_S):
        span = VoltageSpan(222_000 + at // HOUR_S % 7 * 500, 236_000, 60, 0, 0)
        yield VoltageHour(at, {Quantity.VOLTAGE_L1: span})
    for at in range(end - MINUTES_S, end, 60):
        net = round(watts(at) * 1000)
        powers = {Quantity.ACTIVE_POWER_IMPORT: max(net, 0), Quantity.ACTIVE_POWER_EXPORT: max(-net, 0)}
        yield Minute(at, 1000, {quantity: Span(milli, milli, milli) for quantity, milli in powers.items()})
