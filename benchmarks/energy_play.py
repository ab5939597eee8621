"""A household played through an emulated meter and the core, with all that may go wrong on the way."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from benchmarks.energy_designs import Design, RegisterOnly, ResetOnArrival, right, trapezoid
from benchmarks.energy_meter import ENERGIES, POWERS, START, Kind, Telegram, household, reading, telegrams
from benchmarks.energy_octets import octets
from han2x.gateway.config import MeterConfig
from han2x.gateway.keeping import Saved
from han2x.gateway.meter import Meter
from han2x.model import Reading
from han2x.state import HourFigures

A_PLUS = ENERGIES[0]
Figure = TypeVar("Figure")
FIRST_HOUR = 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """What goes wrong, once in every hour or for a share of the hour lists or of all telegrams."""

    name: str
    outage_s: int = 0
    restart: bool = False
    crash: bool = False
    lost: float = 0.0
    lost_lists: float = 0.0
    late_lists: float = 0.0
    stale_lists: float = 0.0
    outage_every: int = 1  # hours
    host_ahead_s: float = 0.0  # of the meter's clock, as with a host that has no other to set its own by


UNDISTURBED = Scenario("undisturbed")


@dataclass(slots=True)
class Hours:
    """Per full hour: error of what is published, its bar, the hour's energy; and how often a value went back."""

    errors: list[float] = field(default_factory=list)
    bars: list[float] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    designs: list[list[float]] = field(default_factory=list)
    back: int = 0
    readings: int = 0

    def add(self, other: Hours) -> None:
        """Take another household's hours along."""
        self.errors += other.errors
        self.bars += other.bars
        self.energies += other.energies
        self.numbers += other.numbers
        self.designs += other.designs
        self.back += other.back
        self.readings += other.readings

    def only(self, every: int, rest: int) -> Hours:
        """Those whose number leaves that rest when it is divided by `every`."""
        chosen = [index for index, number in enumerate(self.numbers) if number % every == rest]

        def of(figures: list[Figure]) -> list[Figure]:
            return [figures[index] for index in chosen]

        parts = of(self.errors), of(self.bars), of(self.energies), of(self.numbers), of(self.designs)
        return Hours(*parts, self.back, self.readings)


class Disk:
    """A store in memory, which a crash leaves as it is."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {}

    def load(self, name: str) -> dict[str, Any] | None:
        """What was saved last."""
        return self._documents.get(name)

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        """Keep this."""
        self._documents[name] = json.loads(json.dumps(data))
        return Saved.WRITTEN

    def forget(self, name: str) -> None:
        """Keep it no longer."""
        self._documents.pop(name, None)


class MeterUnderTest:
    """The product's own meter on an emulated line, its state written as the daemon writes it, that can be restarted."""

    def __init__(self, kind: Kind, *, decode: bool, host_ahead: float = 0.0) -> None:
        self._kind = kind
        self._start = START + host_ahead
        self._now = self._start
        self._decode = decode
        self._offset = 0
        self._disk = Disk()
        self._meter = self._begin()

    def hear(self, telegram: Telegram) -> list[Reading]:
        """Take a telegram at the moment it is received."""
        self._now = self._start + telegram.received
        if self._decode:
            events = self._meter.feed(octets(telegram, self._kind))
            heard = [event for event in events if isinstance(event, Reading)]
            assert heard == events
        else:
            heard = [reading(telegram, self._kind, self._offset)]
            self._offset += telegram.octets
            self._meter.take(heard[0])
        self._keep_when_due()
        return heard

    def end(self) -> None:
        """End the program in order."""
        self._meter.keep(self._disk, running=False)

    def restart(self, second: float) -> None:
        """Begin again with what is on the disk, after an end or a crash."""
        self._now = self._start + second
        self._offset = 0
        self._meter = self._begin()

    def read(self, second: float) -> tuple[float, float] | None:
        """Published energy and error bar."""
        self._now = max(self._now, self._start + second)
        self._keep_when_due()
        known = self._meter.state.estimator.at(self._now).get(A_PLUS)
        return None if known is None else (known.wh, known.bar_wh)

    def hours(self, second: float) -> HourFigures:
        """The clock hour so far, and the highest ones."""
        self.read(second)
        return self._meter.state.snapshot(self._now).hours

    def last_hour(self) -> float | None:
        """The import of the hour that was over last, in Wh."""
        closed = self._meter.state.hours.dump(self._now)["closed"]
        wh: float | None = closed and closed["wh"]
        return wh

    def _begin(self) -> Meter:
        return Meter(MeterConfig(serial_settings="2400 8N1"), lambda: self._now, store=self._disk)

    def _keep_when_due(self) -> None:
        if self._meter.must_be_kept(self._now):
            self._meter.keep(self._disk)


def play(home: str, kind: Kind, scenario: Scenario, *, decode: bool, seed: int = 1, length: int = 72) -> Hours:
    """The first `length` hours of a household."""
    house = household(home, length)
    meter = MeterUnderTest(kind, decode=decode, host_ahead=scenario.host_ahead_s)
    designs: list[Design] = [
        ResetOnArrival(A_PLUS, POWERS[0], trapezoid),
        ResetOnArrival(A_PLUS, POWERS[0], right),
        RegisterOnly(A_PLUS),
    ]
    hours, hour, last = Hours(), 1, 0.0
    for telegram in disturbed(telegrams(house, kind, seed), scenario, meter, seed):
        while telegram.received >= 3600 * hour:
            known, true = meter.read(3600 * hour), house.energy(3600 * hour)[0]
            if hour >= FIRST_HOUR and known is not None:
                hours.errors.append(known[0] - true)
                hours.bars.append(known[1])
                hours.energies.append(true - house.energy(3600 * hour - 3600)[0])
                hours.numbers.append(hour)
                hours.designs.append([(design.wh or 0.0) - true for design in designs])
            hour += 1
        for heard in meter.hear(telegram):
            hours.readings += 1
            for design in designs:
                design.apply(heard, telegram.received)
        now = meter.read(telegram.received)
        if now is not None:
            hours.back += now[0] < last
            last = now[0]
    return hours


def disturbed(stream: Iterable[Telegram], scenario: Scenario, meter: MeterUnderTest, seed: int) -> Iterator[Telegram]:
    """What of a stream of telegrams still comes, and when; restarts the gateway where that is asked for."""
    noise = random.Random(f"{scenario.name} {seed}")
    stream = lists_disturbed(stream, scenario, noise)
    stream = (telegram for telegram in stream if noise.random() >= scenario.lost)
    return with_outages(stream, scenario, meter, noise) if scenario.outage_s else stream


def with_outages(
    stream: Iterable[Telegram], scenario: Scenario, meter: MeterUnderTest, noise: random.Random
) -> Iterator[Telegram]:
    """A stream with a silence somewhere in each hour."""

    def in_hour(hour: int) -> float:
        return 3600 * hour + noise.uniform(120, 3570 - scenario.outage_s)

    begin, silent, ended = in_hour(2), False, False
    for telegram in stream:
        if scenario.restart and not ended and telegram.received >= begin:
            meter.end()
            ended = True
        if begin <= telegram.received < begin + scenario.outage_s:
            silent = True
            continue
        if silent:
            begin, silent, ended = in_hour(int(begin // 3600) + scenario.outage_every), False, False
            if scenario.restart or scenario.crash:
                meter.restart(telegram.received - 0.5)
        yield telegram


def lists_disturbed(stream: Iterable[Telegram], scenario: Scenario, noise: random.Random) -> Iterator[Telegram]:
    """A stream with hour lists that are late, old or missing."""
    late: list[Telegram] = []
    before: Telegram | None = None
    for telegram in stream:
        while late and late[0].received <= telegram.received:
            yield late.pop(0)
        if telegram.registers is None:
            yield telegram
            continue
        fate = noise.random()
        if fate < scenario.late_lists:
            late.append(replace(telegram, received=telegram.received + 60))
        elif fate < scenario.late_lists + scenario.stale_lists and before is not None:
            yield replace(telegram, registers=before.registers, clock=before.clock)
        elif fate >= scenario.late_lists + scenario.stale_lists + scenario.lost_lists:
            yield telegram
        before = telegram
