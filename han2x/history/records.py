"""The rows of a meter's history. Pure.

Moments are whole seconds since 1970-01-01 UTC, by the clock that `han2x.state.hours` goes by; everything measured is in
thousandths of its unit, as the meter sent it: unscaled. `factor` is the scaling factor in thousandths that was in force
when the row was made. What is not known is absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from han2x.model import Quantity


class By(IntEnum):
    """How an energy is known."""

    METER = 1
    """The difference of two totals of the meter's own."""
    ESTIMATED = 2
    """At one end at least by the estimate between totals."""
    SPREAD = 3
    """Its share of what the meter counted over several hours of which nothing else is known."""


class Span(NamedTuple):
    """The mean, the lowest and the highest of a value."""

    mean: int
    lowest: int
    highest: int


class Energy(NamedTuple):
    """An energy in mWh, and how it is known."""

    milli: int
    by: By


@dataclass(frozen=True, slots=True)
class Minute:
    """Powers, currents and voltages in the minute that began at `begin`."""

    begin: int
    factor: int
    values: Mapping[Quantity, Span]


@dataclass(frozen=True, slots=True)
class Quarter:
    """The active energies of a quarter of an hour. Those of an hour add up to the hour's, where that is known."""

    begin: int
    factor: int
    energies: Mapping[Quantity, Energy]


@dataclass(frozen=True, slots=True)
class Hour:
    """The active energies of the clock hour of the place that began at `begin`.

    `totals` are what the meter's own registers showed when it began, in mWh, for those that it sent.
    """

    begin: int
    factor: int
    energies: Mapping[Quantity, Energy]
    totals: Mapping[Quantity, int] = field(default_factory=dict)


class VoltageSpan(NamedTuple):
    """The lowest and highest voltage of a phase in mV, how many minutes it was measured in, and in how many of these
    its mean was below, or above, what EN 50160 and the regulations allow: 230 V ± 10 %.
    """

    lowest: int
    highest: int
    minutes: int
    minutes_low: int
    minutes_high: int


@dataclass(frozen=True, slots=True)
class VoltageHour:
    """The voltages in the hour that began at `begin`."""

    begin: int
    phases: Mapping[Quantity, VoltageSpan]


Record: TypeAlias = Minute | Quarter | Hour | VoltageHour
"""A row. One of the same kind and `begin` that comes later takes the place of an earlier one: it is known better."""
