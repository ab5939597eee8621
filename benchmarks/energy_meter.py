"""Emulated meters: what a Kamstrup, an Aidon and a Kaifa would send of a household whose load is known to the second.

A telegram's powers are the mean of the second before it, in whole watts; it is received after its octets have gone
through a line of 240 octets a second and after a random delay of 0.15 s in the mean. Registers are truncated to the
meter's step.

The households are the simulator's own, which are always there, and those of ../shared/energy where they are.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from han2x.model import MeterTime, PushList, Quantity, Reading
from han2x.simulator.household import ApplianceLoad
from tests import larger_set

SIMULATED = "simulated"
START = 1_709_251_200.0  # 2024-03-01T00:00:00Z, when every trace begins
FIRST_WH = (109_552_247.31, 586_384.77, 23_072.13, 8_428_961.9)
ENERGIES = (
    Quantity.ACTIVE_ENERGY_IMPORT,
    Quantity.ACTIVE_ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)
POWERS = (
    Quantity.ACTIVE_POWER_IMPORT,
    Quantity.ACTIVE_POWER_EXPORT,
    Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_POWER_EXPORT,
)
Columns = np.ndarray[tuple[int, int], np.dtype[np.float64]]


class Household:
    """A load, second by second. `energies[n]` are the true A+, A−, R+, R− in Wh after n seconds."""

    def __init__(self, active: Columns, reactive: Columns) -> None:
        columns = [np.maximum(active, 0), np.maximum(-active, 0), np.maximum(reactive, 0), np.maximum(-reactive, 0)]
        powers = np.stack(columns, axis=1)
        self.seconds = len(powers)
        self.energies = np.vstack([np.zeros(4), np.cumsum(powers, axis=0) / 3600]) + np.array(FIRST_WH)
        self._rows: list[list[float]] = self.energies.tolist()

    def energy(self, second: float) -> list[float]:
        """The true energies after so many seconds."""
        low = int(second)
        if low == second:
            return self._rows[low]
        part = second - low
        return [before + part * (after - before) for before, after in zip(*self._rows[low : low + 2], strict=True)]

    def power(self, second: float) -> list[int]:
        """The powers that a meter tells: mean of the last second, in W or var."""
        now, before = self.energy(second), self.energy(second - 1)
        active = round((now[0] - before[0] - now[1] + before[1]) * 3600)
        reactive = round((now[2] - before[2] - now[3] + before[3]) * 3600)
        return [max(active, 0), max(-active, 0), max(reactive, 0), max(-reactive, 0)]


@lru_cache(maxsize=4)
def household(name: str, hours: int = 72) -> Household:
    """The first hours of a household: `simulated_2` is that of the simulator's seed 2, and others are composed ones of
    the trace folder, for instance `family_a`.
    """
    origin, _, which = name.partition("_")
    if origin == SIMULATED:
        load = ApplianceLoad(int(which), meter_time(0).local)
        powers = np.array([load.powers(second) for second in range(3600 * hours)]).sum(axis=1) / 1000
        return Household(powers[:, 0], powers[:, 1])
    with gzip.open(larger_set.ENERGY / f"syn_{name}.csv.gz", "rt") as file:
        next(file)
        rows = np.loadtxt(file, delimiter=",", max_rows=3600 * hours)
    return Household(rows[:, 0], rows[:, 1])


@dataclass(frozen=True, slots=True)
class Kind:
    """How a make of meter pushes. Times in seconds, steps in Wh, lengths in octets."""

    maker: str
    short_every: float | None
    hour_list_at: int
    clock_at: int
    register_at: int
    step: int
    stamped: bool
    octets: tuple[int, int, int]  # of a short, a full and an hour list
    in_place_of_full: bool = True


KAMSTRUP = Kind("kamstrup", None, 5, 5, 0, 10, True, (0, 228, 302), in_place_of_full=False)
KAMSTRUP_05 = replace(KAMSTRUP, register_at=5)
AIDON = Kind("aidon", 2.5, 10, 0, 0, 10, False, (44, 288, 396))
KAIFA = Kind("kaifa", 2.0, 10, 10, 10, 1, True, (41, 123, 157))
KINDS = {"kamstrup": KAMSTRUP, "kamstrup-05": KAMSTRUP_05, "aidon": AIDON, "kaifa": KAIFA}


@dataclass(frozen=True, slots=True)
class Telegram:
    """What a meter says once. Times are seconds since the trace began; `clock` is that of the registers."""

    sent: float
    received: float
    push_list: PushList
    powers: tuple[int | None, ...]
    octets: int
    clock: float | None = None
    registers: tuple[int, ...] | None = None  # Wh, varh


def telegrams(house: Household, kind: Kind, seed: int = 1, jitter: float = 0.15) -> Iterator[Telegram]:
    """All that a meter of a kind sends of a household, in order."""
    noise = random.Random(seed)
    for sent, push_list in _schedule(house.seconds, kind):
        short, full, hourly = kind.octets
        octets = {PushList.LIST_1: short, PushList.LIST_2: full, PushList.LIST_3: hourly}[push_list]
        received = sent + octets / 240 + noise.expovariate(1 / jitter)
        power = house.power(sent)
        if push_list is PushList.LIST_1:
            yield Telegram(sent, received, push_list, (power[0], None, None, None), octets)
        elif push_list is PushList.LIST_2:
            yield Telegram(sent, received, push_list, tuple(power), octets)
        else:
            hour = 3600 * (sent // 3600)
            true = house.energy(hour + kind.register_at)
            registers = tuple(kind.step * int(energy // kind.step) for energy in true)
            yield Telegram(sent, received, push_list, tuple(power), octets, hour + kind.clock_at, registers)


def _schedule(seconds: int, kind: Kind) -> Iterator[tuple[float, PushList]]:
    for tens in range(10, seconds + 1, 10):
        if kind.short_every is not None:
            count = round(10 / kind.short_every)
            yield from ((tens - 10 + kind.short_every * n, PushList.LIST_1) for n in range(1, count))
        if not kind.in_place_of_full and tens % 3600 == 10 and tens > 10:
            yield float(tens - 10 + kind.hour_list_at), PushList.LIST_3
        hourly = kind.in_place_of_full and tens % 3600 == kind.hour_list_at
        yield float(tens), PushList.LIST_3 if hourly else PushList.LIST_2


def meter_time(second: float) -> MeterTime:
    """The meter's clock so many seconds after the trace began."""
    moment = datetime.fromtimestamp(START, UTC) + timedelta(seconds=int(second))
    return MeterTime(moment.replace(tzinfo=None))


def reading(telegram: Telegram, kind: Kind, offset: int) -> Reading:
    """A telegram as the decoder would hand it on."""
    values = {quantity: 1000 * watt for quantity, watt in zip(POWERS, telegram.powers, strict=True) if watt is not None}
    if telegram.registers is not None:
        values.update((quantity, 1000 * wh) for quantity, wh in zip(ENERGIES, telegram.registers, strict=True))
    return Reading(
        offset=offset,
        maker=kind.maker,
        push_list=telegram.push_list,
        values=values,
        header_time=meter_time(telegram.sent) if kind.stamped else None,
        register_time=None if telegram.clock is None else meter_time(telegram.clock),
        energy_step=None if telegram.registers is None else 1000 * kind.step,
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """A line of a recorded HAN log: the telegram, stamped by the meter."""

    received: float | None
    stamp: datetime
    push_list: PushList
    values: dict[Quantity, int]
    clock: datetime | None


def recorded(name: str) -> list[Recorded]:
    """A recorded log of the trace folder, for instance `kaifa_20170915`."""
    lists = {"1": PushList.LIST_1, "2": PushList.LIST_2, "3": PushList.LIST_3}
    with gzip.open(larger_set.ENERGY / f"han_{name}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    return [_recorded(row, lists[row["list"]]) for row in rows]


def simulated_log(seed: int, hours: int = 13) -> list[Recorded]:
    """What a reader of an emulated Kaifa meter would have written down of a simulated household.

    As in the recorded log, 2.8 % of the telegrams are missing, and with them one list of an hour.
    """
    chance = random.Random(seed)
    rows = []
    for telegram in telegrams(household(f"{SIMULATED}_{seed}", hours), KAIFA, seed):
        lost = chance.random() < 0.028 if telegram.registers is None else telegram.clock == 6 * 3600 + KAIFA.clock_at
        if not lost:
            told = reading(telegram, KAIFA, 0)
            clock = told.register_time.local if told.register_time else None
            stamp = meter_time(telegram.sent).local
            rows.append(Recorded(START + telegram.received, stamp, told.push_list, dict(told.values), clock))
    return rows


def _recorded(row: dict[str, str], push_list: PushList) -> Recorded:
    columns = ("p_imp_w", "p_exp_w", "q_imp_var", "q_exp_var", "a_imp_wh", "a_exp_wh", "r_imp_varh", "r_exp_varh")
    values = {
        quantity: 1000 * int(row[column])
        for quantity, column in zip(POWERS + ENERGIES, columns, strict=True)
        if row[column] != ""
    }
    received = datetime.fromisoformat(row["rx"]).replace(tzinfo=UTC).timestamp() if row["rx"] else None
    clock = datetime.fromisoformat(row["clock"]) if row["clock"] else None
    return Recorded(received, datetime.fromisoformat(row["meter_time"]), push_list, values, clock)
