"""A simulated meter: a household behind a maker's push lists, as a stream of telegrams. Pure: time is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from han2x.model import PushList
from han2x.simulator import uart
from han2x.simulator.aidon import Aidon
from han2x.simulator.attributes import Attributes, Model
from han2x.simulator.ciphering import Encryption
from han2x.simulator.faults import LineFault, faults_named
from han2x.simulator.household import ApplianceLoad, Household, Load, Moment, Registers
from han2x.simulator.kaifa import Kaifa
from han2x.simulator.kamstrup import Kamstrup
from han2x.simulator.p1 import KamstrupP1
from han2x.simulator.p1_countries import CountryP1
from han2x.simulator.places import Country, FixedPlaces
from han2x.simulator.pushes import HOUR_TICKS, TICKS_PER_SECOND, Maker, Sample
from han2x.simulator.t210d import T210D

NORMAL_TIME = timedelta(hours=1)  # of Norway, Sweden and Denmark, which most meters keep all year
_COUNTER_EPOCH = datetime.fromisoformat("2000-01-01")


@dataclass(frozen=True, slots=True)
class MeterKind:
    """A kind of meter: one line of help, and how it is made with or without encryption."""

    help: str
    make: Callable[[], Maker]
    ciphered: Callable[[Encryption], Maker] | None = None


KINDS: Mapping[str, MeterKind] = {
    "kamstrup": MeterKind(
        "Kamstrup, HAN-NVE lists 1 and 2, three phases", Kamstrup, lambda encryption: Kamstrup(encryption=encryption)
    ),
    "kamstrup-1p": MeterKind(
        "Kamstrup, HAN-NVE lists 1 and 2, one phase",
        lambda: Kamstrup(phases=1),
        lambda encryption: Kamstrup(phases=1, encryption=encryption),
    ),
    "kamstrup-push1": MeterKind(
        "Kamstrup, DLMS push 1, three phases",
        lambda: Kamstrup(push_1=True),
        lambda encryption: Kamstrup(push_1=True, encryption=encryption),
    ),
    "kamstrup-push1-1p": MeterKind(
        "Kamstrup, DLMS push 1, one phase",
        lambda: Kamstrup(phases=1, push_1=True),
        lambda encryption: Kamstrup(phases=1, push_1=True, encryption=encryption),
    ),
    "kamstrup-p1": MeterKind("Kamstrup, Swedish P1 telegram", KamstrupP1),
    "p1-nl-dsmr2": MeterKind("Dutch P1 telegram after DSMR 2.2, without checksum", lambda: CountryP1("nl-dsmr2")),
    "p1-nl-dsmr4": MeterKind("Dutch P1 telegram after DSMR 4.2", lambda: CountryP1("nl-dsmr4")),
    "p1-nl-dsmr5": MeterKind("Dutch P1 telegram after DSMR 5, every second", lambda: CountryP1("nl-dsmr5")),
    "p1-be": MeterKind("Flemish P1 telegram after eMUCS, every second", lambda: CountryP1("be")),
    "p1-lu": MeterKind(
        "Luxembourg P1 telegram, as a whole encrypted",
        lambda: CountryP1("lu"),
        lambda encryption: CountryP1("lu", encryption),
    ),
    "p1-pl": MeterKind(
        "Polish P1 telegram, its data lines encrypted",
        lambda: CountryP1("pl"),
        lambda encryption: CountryP1("pl", encryption),
    ),
    "p1-nes": MeterKind("Danish P1 telegram of NES", lambda: CountryP1("nes")),
    "aidon": MeterKind("Aidon 6534, lists 1, 2 and 3, three phases", Aidon),
    "aidon-1p": MeterKind("Aidon 6515, lists 1, 2 and 3, one phase", lambda: Aidon(phases=1)),
    "aidon-se": MeterKind("Aidon in Sweden, one list of 27 elements", lambda: Aidon(swedish=True)),
    "kaifa": MeterKind("Kaifa MA304H4, lists 1, 2 and 3, three phases, four wires", Kaifa),
    "kaifa-3w": MeterKind("Kaifa MA304H3E, lists 1, 2 and 3, three wires", lambda: Kaifa(three_wire=True)),
    "kaifa-1p": MeterKind("Kaifa MA105H2E, lists 1, 2 and 3, one phase", lambda: Kaifa(phases=1)),
    "kaifa-se": MeterKind("Kaifa MA304H4D in Sweden, one list of 18 elements", lambda: Kaifa(swedish=True)),
    "e450": MeterKind(
        "Landis+Gyr E450 in Switzerland, a list that names its attributes, in blocks",
        lambda: Attributes(Model.E450),
        lambda encryption: Attributes(Model.E450, encryption),
    ),
    "e360": MeterKind(
        "Landis+Gyr E360 in Switzerland, a list that names its attributes, in one frame",
        lambda: Attributes(Model.E360),
        lambda encryption: Attributes(Model.E360, encryption),
    ),
    "am550": MeterKind(
        "Iskraemeco AM550 in Switzerland, a list that names its attributes, in segments",
        lambda: Attributes(Model.AM550),
        lambda encryption: Attributes(Model.AM550, encryption),
    ),
    "am550-si": MeterKind(
        "Iskraemeco AM550 in Slovenia, fixed places: powers every 5 s, energies every 15 min",
        lambda: FixedPlaces(Country.SLOVENIA),
    ),
    "am550-at": MeterKind(
        "Iskraemeco AM550 in Carinthia, fixed places",
        lambda: FixedPlaces(Country.CARINTHIA),
        lambda encryption: FixedPlaces(Country.CARINTHIA, encryption),
    ),
    "ie5": MeterKind("Iskraemeco IE.5 in Croatia, fixed places, in segments", lambda: FixedPlaces(Country.CROATIA)),
    "t210-d": MeterKind("Sagemcom T210-D in Austria, M-Bus frames of 257 octets", T210D, T210D),
    "xt211": MeterKind("Sagemcom XT211 in Czechia, a list without a frame", lambda: Attributes(Model.XT211)),
}


def maker_of_kind(kind: str, encryption: Encryption | None = None) -> Maker:
    """The maker's lists for a kind named in `KINDS`.

    Raises:
        ValueError: there is no such kind, or meters of that kind do not encrypt.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no simulated meter {kind!r}; there are {', '.join(KINDS)}")
    if encryption is None:
        return KINDS[kind].make()
    ciphered = KINDS[kind].ciphered
    if ciphered is None:
        able = ", ".join(name for name, each in KINDS.items() if each.ciphered)
        raise ValueError(f"the simulated meter {kind!r} cannot encrypt; those that can are {able}")
    return ciphered(encryption)


class SimulatedMeter:
    """A meter of a kind named in `KINDS`, or a `Maker` made by hand, switched on at `start`.

    `start` is the meter's own wall clock; a time with a zone is turned into normal time (UTC+1). `load` is what draws
    power, an invented household unless given. With `first_hourly_list` an hourly list comes within the first 15 s,
    which no real meter does, so that a newcomer need not wait an hour for energies. `registers_wh` are the registers at
    the start (A+, A-, R+, R-), invented unless given.

    Raises:
        ValueError: no such kind or fault, or a kind that cannot encrypt.
    """

    def __init__(
        self,
        kind: str | Maker,
        *,
        start: datetime,
        seed: int = 1,
        load: Load | None = None,
        first_hourly_list: bool = True,
        faults: Iterable[str] = (),
        encryption: Encryption | None = None,
        registers_wh: tuple[float, float, float, float] | None = None,
    ) -> None:
        self.maker = maker_of_kind(kind, encryption) if isinstance(kind, str) else kind
        self.start = _wall_clock(start)
        self._seed = seed
        self._first_hourly_list = first_hourly_list
        self._faults = faults_named(tuple(faults))
        phases = self.maker.phases
        self.household = Household(
            load or ApplianceLoad(seed, self.start), seed=seed, phases=phases, registers_wh=registers_wh
        )

    def telegrams(self) -> Iterator[tuple[float, bytes]]:
        """Every telegram from the start on, without end: seconds since the start, and the octets on the line."""
        return _Run(self.maker, self.start, self._seed, self._first_hourly_list, self._faults).telegrams(
            self.household.moments()
        )

    def frames_between(self, begin: float, end: float) -> Iterator[tuple[float, bytes]]:
        """The telegrams due at `begin` or later and before `end`, in seconds since the start.

        They do not depend on what was asked before; a late `begin` costs the time to play up to it.
        """
        due = takewhile(lambda sent: sent[0] < end, self.telegrams())
        return (sent for sent in due if sent[0] >= begin)


class _Run:
    """One life of a meter: what it remembers between its telegrams."""

    def __init__(
        self, maker: Maker, start: datetime, seed: int, first_hourly_list: bool, faults: tuple[LineFault, ...]
    ) -> None:
        self._maker = maker
        self._start = start
        self._seed = seed
        self._owes_first_hourly = first_hourly_list
        self._faults = faults
        self._hourly_delay_s = max((fault.hourly_delay_s for fault in faults), default=0)
        self._hourly_lists = 0
        self._of_the_hour: tuple[Registers, datetime] | None = None
        self._last_hourly: tuple[Registers, datetime] | None = None
        self._counter = int((start - _COUNTER_EPOCH).total_seconds()) % 2**32

    def telegrams(self, moments: Iterator[Moment]) -> Iterator[tuple[float, bytes]]:
        for moment in moments:
            step = sum(fault.clock_step(moment.second) for fault in self._faults)
            second_clock = self._start + timedelta(seconds=moment.second + step)
            for half in range(TICKS_PER_SECOND):
                clock = second_clock + timedelta(seconds=half / TICKS_PER_SECOND)
                octets = self._at(clock, moment)
                if octets:
                    yield moment.second + half / TICKS_PER_SECOND, octets

    def _at(self, clock: datetime, moment: Moment) -> bytes:
        tick = round((clock.minute * 60 + clock.second + clock.microsecond / 1e6) * TICKS_PER_SECOND) % HOUR_TICKS
        if tick == 0:
            self._of_the_hour = (moment.registers, clock)
        push = self._due(tick)
        if push is None:
            return b""
        self._counter = (self._counter + 1) % 2**32
        registers, list_clock = moment.registers, clock
        if push is self._maker.schedule.hourly:
            self._hourly_lists += 1
            if self._hourly_lists % 2 == 0 and any(fault.skips_hourly for fault in self._faults):
                return b""
            in_its_time = self._maker.schedule.due(tick, self._hourly_delay_s) is push
            registers, list_clock = self._hourly_registers(clock, moment, of_the_hour=in_its_time)
        sample = Sample(clock, moment, registers, list_clock, self._counter)
        return self._damaged(self._maker.telegram(push, sample))

    def _due(self, tick: int) -> PushList | None:
        schedule = self._maker.schedule
        push = schedule.due(tick, self._hourly_delay_s)
        if self._owes_first_hourly and schedule.could_be_hourly(tick):
            self._owes_first_hourly = False
            return schedule.hourly
        return push

    def _hourly_registers(self, clock: datetime, moment: Moment, *, of_the_hour: bool) -> tuple[Registers, datetime]:
        """The registers that the hourly list carries, and the clock inside it."""
        schedule = self._maker.schedule
        current = (moment.registers, clock)
        if schedule.of_the_hour and of_the_hour and self._of_the_hour:
            registers, hour = self._of_the_hour
            current = (registers, hour if schedule.clock_of_the_hour else clock)
        if self._last_hourly and self._hourly_lists % 2 == 0 and any(fault.repeats_hourly for fault in self._faults):
            current = self._last_hourly
        self._last_hourly = current
        return current

    def _damaged(self, telegram: bytes) -> bytes:
        for number, fault in enumerate(self._faults):
            telegram = fault.damage(telegram, (self._seed, number, self._counter))
            if fault.wrong_parity:
                sent_even = self._maker.bits_per_octet == 11
                telegram = uart.heard(uart.levels(telegram, even_parity=sent_even), even_parity=not sent_even)
        return telegram


def _wall_clock(start: datetime) -> datetime:
    """`start` without a zone, on a whole second."""
    if start.tzinfo is not None:
        start = start.astimezone(UTC).replace(tzinfo=None) + NORMAL_TIME
    return start.replace(microsecond=0)
