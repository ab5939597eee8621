"""Lines of readings made by hand, as meters of each kind send them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from han2x.estimator import EnergyEstimator
from han2x.model import MeterTime, PushList, Quantity, Reading

HOUR = 1_700_006_400.0  # a full hour
A_IMPORT = Quantity.ACTIVE_ENERGY_IMPORT
A_EXPORT = Quantity.ACTIVE_ENERGY_EXPORT
P_IMPORT = Quantity.ACTIVE_POWER_IMPORT
P_EXPORT = Quantity.ACTIVE_POWER_EXPORT
REGISTER_WH = 109_552_240
DELAY_S = 1.0


def meter_clock(now: float) -> MeterTime:
    """What the meter's clock shows when it goes with the host's."""
    return MeterTime(datetime.fromisoformat("1970-01-01") + timedelta(seconds=int(now)))


def list_1(now: float, watt: float, *, header: bool = True, **more: float) -> Reading:
    """A list with an imported power, taken at `now`."""
    values = {P_IMPORT: round(watt * 1000)}
    if "export" in more:
        values[P_EXPORT] = round(more["export"] * 1000)
    return Reading(
        offset=0,
        maker="kamstrup" if header else "aidon",
        push_list=PushList.LIST_1,
        values=values,
        header_time=meter_clock(now) if header else None,
    )


def hour_list(
    now: float,
    watt: float,
    wh: float,
    *,
    clock: float | None = None,
    header: bool = True,
    step_wh: int = 10,
    meter_id: str = "5700000000000001",
    export_wh: float | None = None,
) -> Reading:
    """A list with the imported energy, of the moment `clock` (`now` unless given)."""
    values = {P_IMPORT: round(watt * 1000), P_EXPORT: 0, A_IMPORT: round(wh * 1000)}
    if export_wh is not None:
        values[A_EXPORT] = round(export_wh * 1000)
    return Reading(
        offset=0,
        maker="kamstrup" if header else "aidon",
        push_list=PushList.LIST_2 if header else PushList.LIST_3,
        values=values,
        meter_id=meter_id,
        header_time=meter_clock(now) if header else None,
        register_time=meter_clock(now if clock is None else clock),
        energy_step=1000 * step_wh,
    )


class Line:
    """A meter whose load is steady, and the estimator that hears it. Times are seconds after the first full hour."""

    def __init__(self, watt: float = 3600.0, *, header: bool = True, clock_off: float = 0.0, step_wh: int = 10) -> None:
        self.estimator = EnergyEstimator()
        self.watt = watt
        self.header = header
        self.clock_off = clock_off
        self.step_wh = step_wh
        self.seen: list[float] = []

    def true_wh(self, second: float) -> float:
        """The true energy."""
        return REGISTER_WH + self.step_wh / 2 + self.watt * second / 3600

    def power(self, second: float, *, delay: float = DELAY_S) -> None:
        """A list 1 taken at a second."""
        reading = list_1(HOUR + second + self.clock_off, self.watt, header=self.header)
        self.estimator.apply(reading, HOUR + second + delay)
        self.look(second + delay)

    def hour(self, second: float, *, delay: float = DELAY_S, clock: float | None = None) -> None:
        """An hour list sent at a second, with the registers of the second `clock`."""
        at = second if clock is None else clock
        register = self.true_wh(at) // self.step_wh * self.step_wh
        reading = hour_list(
            HOUR + second + self.clock_off,
            self.watt,
            register,
            clock=HOUR + at + self.clock_off,
            header=self.header,
            step_wh=self.step_wh,
        )
        self.estimator.apply(reading, HOUR + second + delay)
        self.look(second + delay)

    def run(self, begin: int, end: int, *, every: int = 10) -> None:
        """Lists 1 from one second up to another, in the meter's cadence."""
        for second in range(begin, end, every):
            self.power(second)

    def look(self, second: float) -> float:
        """The published energy at a second, kept in `seen`."""
        self.seen.append(self.estimator.at(HOUR + second)[A_IMPORT].wh if self.known(second) else 0.0)
        return self.seen[-1]

    def known(self, second: float) -> bool:
        """Whether an energy is published."""
        return A_IMPORT in self.estimator.at(HOUR + second)

    def error(self, second: float) -> float:
        """Published minus true energy in Wh."""
        return self.look(second) - self.true_wh(second)

    def went_back(self) -> bool:
        """Whether what was seen ever decreased."""
        return any(later < earlier for earlier, later in pairwise(self.seen))
