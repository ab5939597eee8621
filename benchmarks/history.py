"""The rows of households whose energy is known to the second: `python benchmarks/history.py --days 7`.

Simulated meters of the Norwegian makers and a P1 meter send a household's telegrams, octet by octet, to the product's
own meter on a simulated clock, of which the history is made. Told is, for each meter, by how much hours by the meter's
totals are off from what the household drew, and hours that were estimated because their list was lost, each beside
twice the error bars at its ends; by how much quarters are off; and whether hours and quarters add up.

The exit status is 1 when something does not add up.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from han2x.decoder import Decoder
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.history import By, Hour, MeterHistory, Quarter
from han2x.model import Quantity, Reading
from han2x.registers import DeviceFacts
from han2x.simulator import SimulatedMeter
from han2x.simulator.household import MWS_PER_WH, Household
from han2x.state.hours import ENERGIES

KINDS: Final = {"kamstrup": 10, "aidon": 10, "kaifa": 1, "kamstrup-p1": 1}
"""The meters, and the step of their registers in Wh."""
START: Final = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
HOUR_S: Final = 3600
QUARTER_S: Final = 900
BARS_S: Final = 60
"""So long after an hour its bars may still become smaller."""
_MILLI: Final = 1000


@dataclass
class Off:
    """By how much energies are off, in Wh, and what twice the bars at both ends was."""

    errors: list[float] = field(default_factory=list)
    bars: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.errors:
            return "none"
        sizes = sorted(abs(error) for error in self.errors)
        text = f"{len(sizes)}, off by {sizes[len(sizes) // 2]:.1f} Wh in the median, {sizes[-1]:.1f} Wh at most"
        if not self.bars:
            return text
        within = sum(abs(error) <= bar for error, bar in zip(self.errors, self.bars, strict=True))
        return f"{text}; {within} within twice the bars"


@dataclass
class Found:
    """What was found of one meter. `sums` are hours between totals less what the meter counted, in mWh."""

    by_totals: Off = field(default_factory=Off)
    estimated: Off = field(default_factory=Off)
    shared: Off = field(default_factory=Off)
    quarters: Off = field(default_factory=Off)
    sums: list[int] = field(default_factory=list)
    quarters_unlike_hours: int = 0
    telegrams: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether the hours have what the meter counted, and the quarters what the hours have."""
        return bool(self.sums) and not any(self.sums) and not self.quarters_unlike_hours


class Played:
    """A simulated meter's household, played through the product's meter into rows. Every `lost`th hour's list is lost,
    0 for none.
    """

    def __init__(self, kind: str, hours: int, *, lost: int = 0, seed: int = 1) -> None:
        self.now = START.timestamp()
        self.hours: dict[int, Hour] = {}
        self.quarters: dict[int, Quarter] = {}
        self.bars: dict[int, dict[Quantity, float]] = {}
        self.found = Found()
        self._lost = lost
        self._meter = Meter(
            MeterConfig(serial_settings="2400 8N1"), lambda: self.now, facts=lambda now: DeviceFacts(unix_time=now)
        )
        self._history = MeterHistory(self._meter.state, lambda: self._meter.bank.factor.active)
        self._meter.consumers.append(self._history.take)
        simulated = SimulatedMeter(kind, start=START, seed=seed)
        decoder = Decoder()
        for sent, octets in simulated.frames_between(0, hours * HOUR_S + 120):
            self._pass_to(START.timestamp() + sent)
            for event in decoder.feed(octets):
                if isinstance(event, Reading) and not self._is_lost(event):
                    self.found.telegrams += 1
                    self._meter.take(event)
        self._household = simulated.household
        self._write()

    def compared(self) -> Found:
        """The rows beside what the household drew."""
        end = max(self.hours) + HOUR_S
        true = dict(_true(self._household, int(end - START.timestamp())))
        for begin, hour in self.hours.items():
            for quantity, energy in hour.energies.items():
                off = energy.milli / _MILLI - true[begin + HOUR_S][quantity] + true[begin][quantity]
                kind = {By.METER: self.found.by_totals, By.ESTIMATED: self.found.estimated}
                known = kind.get(energy.by, self.found.shared)
                known.errors.append(off)
                if energy.by is By.ESTIMATED:
                    known.bars.append(self.bars[begin].get(quantity, 0.0))
                self._compare_quarters(begin, quantity, energy.milli, true)
        for quantity in ENERGIES:
            with_total = sorted(begin for begin, hour in self.hours.items() if quantity in hour.totals)
            for before, after in pairwise(with_total):
                energies = [self.hours[begin].energies.get(quantity) for begin in range(before, after, HOUR_S)]
                counted = self.hours[after].totals[quantity] - self.hours[before].totals[quantity]
                self.found.sums.append(sum(each.milli for each in energies if each is not None) - counted)
        return self.found

    def _compare_quarters(
        self, begin: int, quantity: Quantity, milli: int, true: dict[int, dict[Quantity, float]]
    ) -> None:
        places = [begin + place * QUARTER_S for place in range(4)]
        energies = [self.quarters[each].energies.get(quantity) if each in self.quarters else None for each in places]
        known = [each.milli for each in energies if each is not None]
        self.found.quarters_unlike_hours += sum(known) != milli
        for place, energy in zip(places, energies, strict=True):
            if energy is not None and energy.by is By.ESTIMATED:
                off = energy.milli / _MILLI - true[place + QUARTER_S][quantity] + true[place][quantity]
                self.found.quarters.errors.append(off)

    def _is_lost(self, reading: Reading) -> bool:
        if not self._lost or reading.register_time is None or ENERGIES[0] not in reading.values:
            return False
        hour = round((self.now - START.timestamp()) / HOUR_S)
        return hour > 1 and hour % self._lost == 0

    def _pass_to(self, moment: float) -> None:
        while self.now < moment:
            self.now = min(self.now + 5.0, moment)
            self._meter.tick()
            self._history.tick(self.now)
        self._write()
        if self.now % HOUR_S > BARS_S:
            return
        over = self._meter.state.hours.dump(self.now)
        if over["closed"] is not None:
            bars = {}
            for quantity, closed in zip(ENERGIES, (over["closed"], over["closed_export"]), strict=True):
                ends = closed["mark"], closed["at_end"]
                if None not in ends:
                    bars[quantity] = 2 * sum(wh_and_bar[1] for wh_and_bar in ends)
            self.bars[round(over["closed"]["begin"])] = bars

    def _write(self) -> None:
        for row in self._history.taken():
            if isinstance(row, Hour):
                self.hours[row.begin] = row
            elif isinstance(row, Quarter):
                self.quarters[row.begin] = row


def _true(household: Household, seconds: int) -> Iterator[tuple[int, dict[Quantity, float]]]:
    """The energies in Wh at each full quarter."""
    for moment in household.moments():
        if moment.second % QUARTER_S == 0:
            wh = (mws / MWS_PER_WH for mws in moment.registers.totals[:2])
            yield round(START.timestamp()) + moment.second, dict(zip(ENERGIES, wh, strict=True))
        if moment.second > seconds:
            return


def main() -> int:
    """Play the households and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--lost", type=int, nargs="*", default=[0, 3], help="each how manieth hourly list is lost")
    options = parser.parse_args()
    fine = True
    for kind in options.kinds:
        for lost in options.lost:
            began = time.perf_counter()
            found = Played(kind, round(24 * options.days), lost=lost).compared()
            lists = f", one list of {lost} lost" if lost else ""
            print(f"{kind}{lists}: {found.telegrams} telegrams in {time.perf_counter() - began:.0f} s")
            print(f"  hours by totals     {found.by_totals}")
            print(f"  hours estimated     {found.estimated}")
            print(f"  hours shared out    {found.shared}")
            print(f"  quarters estimated  {found.quarters}")
            print(f"  everything adds up  {'yes' if found.adds_up else 'NO'}")
            fine = fine and found.adds_up
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
