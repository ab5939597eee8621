"""What a house draws from the grid, second by second: the same seed and time always give the same house.

Powers are in mW and mvar, positive when drawn from the grid; energies are counted in mW·s and mvar·s, exactly the sum
of the powers, so that a meter's registers and its momentary powers never contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

NOMINAL_MV = 231_500
GRID_MILLIOHM = 180  # of the service line: what a load costs in voltage
MWS_PER_WH = 3_600_000
_EPOCH = datetime.fromisoformat("2000-01-01")


def dice(*what: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    digest = blake2b(repr(what).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


Powers = tuple[tuple[int, int], ...]
"""Active and reactive power of each phase, in mW and mvar."""


class Load(Protocol):
    """What draws power: an invented household, or a recorded trace."""

    def powers(self, second: int) -> Powers:
        """The mean powers of three phases over the second that begins `second` seconds after the start."""


@dataclass(frozen=True, slots=True)
class Appliance:
    """Something that runs at most once in every slot of time.

    It runs for `shortest_s` to `longest_s` seconds, with probability `chance`; `tangent` is reactive over active power.
    """

    name: str
    phase: int
    power_w: int
    slot_s: int
    shortest_s: int
    longest_s: int
    chance: float = 1.0
    tangent: float = 0.0


APPLIANCES = (
    Appliance("refrigerator", 0, 95, 2400, 800, 1100, tangent=0.65),
    Appliance("freezer", 1, 110, 3100, 900, 1300, tangent=0.65),
    Appliance("water heater", 0, 1950, 7200, 500, 2700),
    Appliance("kettle", 1, 2150, 4800, 80, 210, 0.5),
    Appliance("oven", 2, 2400, 21600, 1200, 3600, 0.5),
    Appliance("heat pump", 2, 1350, 2000, 700, 1700, 0.9, tangent=0.3),
    Appliance("washing machine", 1, 1800, 28800, 900, 1500, 0.5, tangent=0.1),
    Appliance("car", 0, 3600, 86400, 7200, 18000, 0.7, tangent=-0.05),
)
STANDBY_W = (65, 110, 45)
STANDBY_VAR = (-60, -85, -20)
SUN_W = 3900


class ApplianceLoad:
    """An invented household with solar panels on the second phase, starting at the wall clock `start`.

    The panels give `sun_w` at most, in W; with 0 there are none.
    """

    def __init__(self, seed: int, start: datetime, *, sun_w: int = SUN_W) -> None:
        self._seed = seed
        self._sun_w = sun_w
        self._start_s = int((start - _EPOCH).total_seconds())
        self._running = lru_cache(maxsize=64)(self._slot)

    def powers(self, second: int) -> Powers:
        at = self._start_s + second
        active = [float(watt) for watt in STANDBY_W]
        reactive = [float(var) for var in STANDBY_VAR]
        for appliance in APPLIANCES:
            begin, end = self._running(appliance, at // appliance.slot_s)
            if begin <= at < end:
                active[appliance.phase] += appliance.power_w
                reactive[appliance.phase] += appliance.power_w * appliance.tangent
        active[1] -= self._sun(at)
        wobble = 1 + 0.02 * (dice(self._seed, "wobble", at) - 0.5)
        return tuple(
            (round(p * wobble * 1000), round(q * wobble * 1000)) for p, q in zip(active, reactive, strict=True)
        )

    def _slot(self, appliance: Appliance, slot: int) -> tuple[int, int]:
        """When the appliance runs in that slot, as seconds on the same scale."""
        if dice(self._seed, appliance.name, slot, "chance") >= appliance.chance:
            return 0, 0
        spread = appliance.longest_s - appliance.shortest_s
        lasts = appliance.shortest_s + int(spread * dice(self._seed, appliance.name, slot, "lasts"))
        begin = slot * appliance.slot_s + int(
            (appliance.slot_s - lasts) * dice(self._seed, appliance.name, slot, "begin")
        )
        return begin, begin + lasts

    def _sun(self, at: int) -> float:
        """What the panels give, in W: a half sine from 06 to 20, with a cloud now and then."""
        height = math.sin(math.pi * ((at % 86400) - 21600) / 50400)
        if height <= 0 or at % 86400 > 72000:
            return 0.0
        minute, part = divmod(at, 60)
        now, then = (dice(self._seed, "cloud", minute + step) ** 2 for step in (0, 1))
        return self._sun_w * height * (1 - 0.7 * (now + (then - now) * part / 60))


@dataclass(frozen=True, slots=True)
class Registers:
    """The energies counted so far, in mW·s and mvar·s: the meter's totals, and active energy of each phase."""

    active_import: int
    active_export: int
    reactive_import: int
    reactive_export: int
    phase_import: tuple[int, ...]
    phase_export: tuple[int, ...]

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """A+, A-, R+ and R-, in the order of their OBIS codes 1.8.0 to 4.8.0."""
        return self.active_import, self.active_export, self.reactive_import, self.reactive_export

    def after_a_second(self, powers: Powers) -> Registers:
        """The registers one second later. The totals count the sum over the phases, as the meters' vector sum does."""
        active = sum(p for p, _ in powers)
        reactive = sum(q for _, q in powers)
        return Registers(
            self.active_import + max(active, 0),
            self.active_export + max(-active, 0),
            self.reactive_import + max(reactive, 0),
            self.reactive_export + max(-reactive, 0),
            tuple(count + max(p, 0) for count, (p, _) in zip(self.phase_import, powers, strict=True)),
            tuple(count + max(-p, 0) for count, (p, _) in zip(self.phase_export, powers, strict=True)),
        )

    @classmethod
    def starting_at(cls, wh: tuple[float, float, float, float], phases: int) -> Registers:
        """Registers that begin at `wh`: active import, active export, reactive import, reactive export."""
        active_import, active_export, reactive_import, reactive_export = (round(e * MWS_PER_WH) for e in wh)
        return cls(
            active_import,
            active_export,
            reactive_import,
            reactive_export,
            (active_import // phases,) * phases,
            (active_export // phases,) * phases,
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """The house `second` seconds after the start: registers at that instant, powers as the mean of the second before.

    `voltages_mv` and `currents_ma` belong to the powers: the current of a phase is its apparent power over its voltage.
    """

    second: int
    powers: Powers
    voltages_mv: tuple[int, ...]
    currents_ma: tuple[int, ...]
    registers: Registers

    @property
    def active_mw(self) -> int:
        return sum(p for p, _ in self.powers)

    @property
    def reactive_mvar(self) -> int:
        return sum(q for _, q in self.powers)


class Household:
    """A load of three phases behind a meter whose registers begin at `registers_wh` (A+, A-, R+, R-).

    A meter with one phase carries all of the load on it.
    """

    def __init__(
        self, load: Load, *, seed: int, phases: int, registers_wh: tuple[float, float, float, float] | None = None
    ) -> None:
        self._load = load
        self._seed = seed
        self._phases = phases
        self._first = Registers.starting_at(registers_wh or self._invented_registers(), phases)

    def moments(self) -> Iterator[Moment]:
        """The house at second 0, 1, 2 and so on, without end; the powers of second 0 are those about to begin."""
        registers = self._first
        powers = self._powers(0)
        second = 0
        while True:
            voltages = tuple(self._voltage(second, phase, p) for phase, (p, _) in enumerate(powers))
            currents = tuple(
                round(math.hypot(p, q) * 1000 / u) if u else 0 for (p, q), u in zip(powers, voltages, strict=True)
            )
            yield Moment(second, powers, voltages, currents, registers)
            powers = self._powers(second)
            registers = registers.after_a_second(powers)
            second += 1

    def _powers(self, second: int) -> Powers:
        powers = self._load.powers(second)
        return powers if self._phases == 3 else ((sum(p for p, _ in powers), sum(q for _, q in powers)),)

    def _voltage(self, second: int, phase: int, power_mw: int) -> int:
        slow = 2500 * math.sin(2 * math.pi * (second / 5400 + phase / 7 + dice(self._seed, "voltage", phase)))
        drop = power_mw * GRID_MILLIOHM / NOMINAL_MV
        jitter = 400 * (dice(self._seed, "jitter", phase, second) - 0.5)
        return round(NOMINAL_MV + slow - drop + jitter)

    def _invented_registers(self) -> tuple[float, float, float, float]:
        first, second, third, fourth = (dice(self._seed, "register", number) for number in range(4))
        return 23_456_789 + 1e6 * first, 1_234_567 + 1e5 * second, 345_678 + 1e4 * third, 4_567_890 + 1e5 * fourth
