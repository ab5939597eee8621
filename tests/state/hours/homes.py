"""A home whose load is known, its meter, and the gateway's own meter that hears it; for tests of the clock hours."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from han2x.gateway.config import MeterConfig
from han2x.gateway.keeping import Saved
from han2x.gateway.meter import Meter
from han2x.meters.clock import central_european
from han2x.model import MeterTime, PushList, Quantity, Reading
from han2x.registers import DeviceFacts
from han2x.state import HourFigures

HOUR_S = 3600
NOON = datetime(2026, 11, 10, 11, tzinfo=UTC)  # by the clock of the place
FIRST_WH = 109_552_247.3
P_IMPORT, P_EXPORT = Quantity.ACTIVE_POWER_IMPORT, Quantity.ACTIVE_POWER_EXPORT
A_IMPORT, A_EXPORT = Quantity.ACTIVE_ENERGY_IMPORT, Quantity.ACTIVE_ENERGY_EXPORT


class Disk:
    """A store in memory, which a crash leaves as it is."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}

    def load(self, name: str) -> dict[str, Any] | None:
        document: dict[str, Any] | None = self.documents.get(name)
        return document

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        self.documents[name] = json.loads(json.dumps(data, allow_nan=False))
        return Saved.WRITTEN

    def forget(self, name: str) -> None:
        self.documents.pop(name, None)


@dataclass(frozen=True, slots=True)
class Make:
    """How a make of meter pushes: with which clock, and when after the full hour it tells its totals."""

    maker: str = "kamstrup"
    every_s: int = 10
    list_at_s: int = 5
    clock_at_s: int = 5
    stamped: bool = True
    summer_time: bool = False  # whether its clock follows that
    step_wh: int = 10
    always_totals: bool = False  # those of the moment, with every telegram


KAMSTRUP = Make()
KAIFA = Make("kaifa", list_at_s=10, clock_at_s=10, summer_time=True, step_wh=1)
SPARSE = Make(every_s=20)
P1 = Make("landis+gyr", summer_time=True, step_wh=1, always_totals=True)
AIDON = Make("aidon", every_s=20, list_at_s=10, clock_at_s=0, stamped=False)


@dataclass
class Home:
    """A home. `load` gives its net power in W at a moment; `computer_off` is how far the computer's clock is off, in
    seconds, None for a computer without one; `clock_off` the same of the meter's.
    """

    start: datetime
    load: Callable[[float], float]
    make: Make = KAMSTRUP
    computer_off: float | None = 0.0
    clock_off: float = 0.0
    hears: bool = True
    lists: bool = True
    meter_id: str = "5700000000000001"
    now: float = field(init=False)
    imported: float = FIRST_WH
    exported: float = 586_384.0

    def __post_init__(self) -> None:
        self.now = self.start.timestamp()
        self.disk = Disk()
        self._totals: tuple[float, float] | None = None
        self.steady_off = 0.0
        self.begin()

    def begin(self) -> None:
        """Start the gateway, with what is on the disk. Its steady scale begins with what the computer's clock shows."""
        self.steady_off = self.computer_off or 0.0
        config = MeterConfig(serial_settings="2400 8N1")
        self.meter = Meter(config, self.steady, store=self.disk, facts=self._facts)

    def end(self) -> None:
        """Stop it in order."""
        self.meter.keep(self.disk, running=False)

    def restart(self, silent_s: float = 0, *, crash: bool = False) -> None:
        """Stop it or let it crash, and start it again after so long."""
        if not crash:
            self.end()
        self.hears = False
        self.run(silent_s)
        self.hears = True
        self.begin()

    def steady(self) -> float:
        return self.now + self.steady_off

    def run(self, seconds: float) -> None:
        """Let so much time pass."""
        self.until(self.now + seconds)

    def until(self, moment: float | datetime) -> None:
        """Let time pass up to a moment."""
        end = moment.timestamp() if isinstance(moment, datetime) else moment
        while self.now < end:
            step = 1 if self.hears else 60  # loads change at full minutes
            following = min(float((math.floor(self.now) // step + 1) * step), end)
            self._consume(following)
            self.now = following
            if self.hears and self.now == math.floor(self.now):
                self._second(int(self.now))

    def hour(self) -> HourFigures:
        """What is known now."""
        return self.meter.state.snapshot(self.steady()).hours

    def register(self, number: int) -> int | None:
        """A 32-bit register as a client reads it; None when that is refused or the value absent."""
        words = self.meter.read(number - 40001, 2)
        if isinstance(words, int):
            return None
        value = int.from_bytes(words, "big", signed=number >= 40251)
        return None if value in (0xFFFF_FFFF, -0x8000_0000) else value

    def say_totals(self, clock: float) -> None:
        """Send an hour list with the totals of the last full hour, whose clock shows this moment."""
        assert self._totals is not None
        self.meter.take(self._list(clock, *self._totals))

    def _facts(self, _now: float) -> DeviceFacts:
        return DeviceFacts(unix_time=0.0 if self.computer_off is None else self.now + self.computer_off)

    def _consume(self, until: float) -> None:
        if self.now % HOUR_S == 0:
            self._totals = self.imported, self.exported
        wh = self.load(self.now) * (until - self.now) / HOUR_S
        self.imported += max(wh, 0)
        self.exported += max(-wh, 0)

    def _second(self, second: int) -> None:
        if second % 10 == 0:
            self.meter.tick()
        at_list = self.lists and second % HOUR_S == self.make.list_at_s and not self.make.always_totals
        if at_list and self._totals is not None:
            clock = second - self.make.list_at_s + self.make.clock_at_s
            self.meter.take(self._list(clock, *self._totals))
        elif second % self.make.every_s == 0 and self.make.always_totals:
            self.meter.take(self._list(second, self.imported, self.exported))
        elif second % self.make.every_s == 0:
            self.meter.take(self._reading({}, None, PushList.LIST_2))
        if second % 5 == 0 and self.meter.must_be_kept(self.steady()):
            self.meter.keep(self.disk)

    def _list(self, clock: float, imported: float, exported: float) -> Reading:
        step = self.make.step_wh
        totals = {A_IMPORT: imported // step * step, A_EXPORT: exported // step * step}
        push_list = PushList.P1 if self.make.always_totals else PushList.LIST_3
        return self._reading({each: round(wh * 1000) for each, wh in totals.items()}, clock, push_list)

    def _reading(self, totals: dict[Quantity, int], clock: float | None, push_list: PushList) -> Reading:
        watt = round(self.load(self.now - 0.5))
        return Reading(
            offset=0,
            maker=self.make.maker,
            push_list=push_list,
            values={P_IMPORT: max(watt, 0) * 1000, P_EXPORT: max(-watt, 0) * 1000, **totals},
            meter_id=self.meter_id,
            header_time=self._time(self.now) if self.make.stamped else None,
            register_time=None if clock is None else self._time(clock),
            energy_step=self.make.step_wh * 1000 if totals else None,
        )

    def _time(self, moment: float) -> MeterTime:
        there = datetime.fromtimestamp(moment + self.clock_off, UTC)
        offset = central_european(there) if self.make.summer_time else timedelta(hours=1)
        return MeterTime((there + offset).replace(tzinfo=None))


def hourly(*watts: float, start: datetime = NOON) -> Callable[[float], float]:
    """A load that is steady in each clock hour: one figure for each, the last one from then on."""

    def load(moment: float) -> float:
        return watts[min(max(int((moment - start.timestamp()) // HOUR_S), 0), len(watts) - 1)]

    return load


def highest(home: Home) -> list[tuple[str, int]]:
    """The highest hours: when they began, and their energy in steps of 100 Wh."""
    return [(hour.begin.isoformat(), round(hour.wh, -2)) for hour in home.hour().highest]  # type: ignore[misc]
