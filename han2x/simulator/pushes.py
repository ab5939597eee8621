"""What every maker's module is made of: when its lists are sent, and what it is given to build one from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from han2x.model import PushList
from han2x.simulator.household import MWS_PER_WH, Moment, Registers

TICKS_PER_SECOND = 2  # Aidon sends every two and a half seconds
HOUR_TICKS = 3600 * TICKS_PER_SECOND
SLOT_TICKS = 10 * TICKS_PER_SECOND

METER_ID = "9999000000000017"
SERIAL_NUMBER = 99_000_017


@dataclass(frozen=True, slots=True)
class Sample:
    """What the meter knows when a list is due.

    `clock` is the meter's clock at that moment (normal time, no zone). `registers` and `list_clock` are what a list
    with energies says they are and when. `invocation_counter` is one higher with every telegram.
    """

    clock: datetime
    moment: Moment
    registers: Registers
    list_clock: datetime
    invocation_counter: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """When lists are sent, counted in half seconds from the full hour.

    `raster` names the lists and their periods, the one that goes first in front. `hourly` is sent once an hour,
    `hourly_second` after the full hour, instead of whatever else is due then. Its registers are those of the full hour
    when `of_the_hour` is true, else those of the moment it is sent; so is its clock when `clock_of_the_hour` is true.
    """

    raster: tuple[tuple[PushList, int], ...]
    hourly: PushList | None = None
    hourly_second: int = 0
    of_the_hour: bool = False
    clock_of_the_hour: bool = False

    def due(self, tick: int, hourly_delay_s: int = 0) -> PushList | None:
        """The list to send at half second `tick` of the hour; `hourly_delay_s` makes the hourly one late."""
        if self.hourly and tick == (self.hourly_second + hourly_delay_s) * TICKS_PER_SECOND:
            return self.hourly
        return next((push for push, period in self.raster if tick % period == 0), None)

    def could_be_hourly(self, tick: int) -> bool:
        """Whether the hourly list has its place in the ten seconds at this half second of the hour."""
        return self.hourly is not None and (tick - self.hourly_second * TICKS_PER_SECOND) % SLOT_TICKS == 0


class Maker(Protocol):
    """One kind of meter: its line, its schedule and the layout of its telegrams."""

    @property
    def schedule(self) -> Schedule: ...
    @property
    def baudrate(self) -> int: ...
    @property
    def bits_per_octet(self) -> int: ...
    @property
    def phases(self) -> int: ...

    def telegram(self, push: PushList, sample: Sample) -> bytes:
        """The whole telegram as it goes over the line."""


def meter_number(digits: int) -> str:
    """An invented number with so many digits that nobody takes for a real one."""
    return "9999" + "17".rjust(digits - 4, "0")


def watts(milliwatts: int) -> int:
    """Milliwatts as whole watts, the half rounded up."""
    return (milliwatts + 500) // 1000


def import_export(milli: int) -> tuple[int, int]:
    """A signed power in thousandths as the two unsigned whole values that meters send."""
    return watts(max(milli, 0)), watts(max(-milli, 0))


def counts(register: int, step_wh: int) -> int:
    """A register in whole steps, cut and not rounded."""
    return register // (MWS_PER_WH * step_wh)
