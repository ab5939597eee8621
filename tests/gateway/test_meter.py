"""One meter as it runs: what it publishes survives a crash, and what it is given reaches everyone who listens."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from han2x.gateway.config import MeterConfig
from han2x.gateway.keeping import EVERY_S, MOST_A_MINUTE, Saved
from han2x.gateway.meter import Meter
from han2x.history import MeterHistory, Minute
from han2x.model import Event, Problem, ProblemCause, Quantity
from tests import frames
from tests.end_to_end.telegrams import kamstrup_list_2
from tests.estimator.lines import A_IMPORT, HOUR, REGISTER_WH, hour_list, list_1
from tests.frames import obis, text, u32


class Disk:
    """A store in memory that can be slow, refuse, and lose power."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.failing = False
        self.saves = 0

    def load(self, name: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(name))

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        self.saves += 1
        if self.failing:
            return Saved.FAILED
        self.documents[name] = copy.deepcopy(dict(data))
        return Saved.WRITTEN

    def forget(self, name: str) -> None:
        self.documents.pop(name, None)


class World:
    """A meter, its load, its disk, and all that was ever seen of its energy."""

    def __init__(self) -> None:
        self.now = HOUR
        self.wh = REGISTER_WH + 3.3
        self.watt = 0
        self.disk = Disk()
        self.writing: dict[str, Any] | None = None
        self.meter = self.start()
        self.seen: list[float] = []

    def start(self) -> Meter:
        return Meter(MeterConfig(), lambda: self.now, store=self.disk)

    def pass_time(self, seconds: float) -> None:
        for part in (0.3, 0.3, 0.4):
            self.now += part * seconds
            self.wh += self.watt * part * seconds / 3600
            self.meter.tick()
            self.look()

    def look(self) -> None:
        known = self.meter.state.estimator.at(self.now).get(A_IMPORT)
        if known is not None:
            self.seen.append(known.wh)

    def telegram(self, watt: int) -> None:
        self.watt = watt
        self.meter.take(list_1(self.now, watt))

    def hour(self) -> None:
        self.meter.take(hour_list(self.now, self.watt, self.wh // 10 * 10, step_wh=10))

    def write_begins(self) -> None:
        if self.writing is None and self.meter.must_be_kept(self.now):
            self.writing = self.meter.document(running=True)

    def write_ends(self) -> None:
        if self.writing is not None:
            self.meter.kept(self.disk.save("meter-1", self.writing))
            self.writing = None

    def crash(self, *, just_written: bool) -> None:
        if just_written and self.writing is not None:
            self.disk.save("meter-1", self.writing)
        self.writing = None
        self.meter = self.start()


steps = st.one_of(
    st.tuples(st.just("telegram"), st.integers(0, 20_000)),
    st.tuples(st.just("time"), st.sampled_from([0.5, 2, 10, 40, 300])),
    st.tuples(st.sampled_from(["hour", "begins", "ends", "crash", "crash-late"]), st.just(0)),
)


@example([("time", 10), ("begins", 0), ("telegram", 1), ("ends", 0), ("hour", 0)])
@given(st.lists(steps, max_size=60))
def test_a_crash_at_any_moment_of_any_write_takes_no_energy_back(sequence: list[tuple[str, float]]) -> None:
    world = World()
    world.hour()
    for what, size in sequence:
        if what == "telegram":
            world.telegram(int(size))
        elif what == "time":
            world.pass_time(size)
        elif what == "hour":
            world.hour()
        elif what == "begins":
            world.write_begins()
        elif what == "ends":
            world.write_ends()
        else:
            world.crash(just_written=what == "crash-late")
        world.look()
        if world.meter.notices.discontinuities:
            world.meter.notices.discontinuities.clear()
            world.seen.clear()
    assert all(earlier <= later for earlier, later in pairwise(world.seen))


def test_an_energy_is_published_when_it_is_kept_and_grows_no_further_than_that() -> None:
    world = World()
    world.hour()
    world.look()
    assert world.seen == [], "not before it is on the disk"
    world.write_begins()
    world.write_ends()
    world.look()
    assert world.seen == [pytest.approx(world.wh, abs=10)]
    world.telegram(20_000)
    for _ in range(12):
        world.pass_time(5)
        world.telegram(20_000)
    kept = world.disk.documents["meter-1"]["estimator"]["channels"]["1.8.0"]["published"]
    assert world.seen[-1] == kept, "it waits for the disk"
    world.write_begins()
    world.write_ends()
    world.pass_time(60)
    assert world.seen[-1] > kept


def test_on_a_disk_that_refuses_the_energy_goes_on() -> None:
    world = World()
    world.disk.failing = True
    world.hour()
    for _ in range(30):
        world.telegram(20_000)
        world.write_begins()
        world.write_ends()
        world.pass_time(10)
    assert world.seen[-1] == pytest.approx(world.wh, abs=60)


def test_the_totals_of_the_hour_are_known_again_after_a_restart() -> None:
    world = World()
    world.hour()
    world.meter.keep(world.disk)
    world.pass_time(600)
    world.meter = world.start()
    assert world.meter.state.snapshot(world.now).values[A_IMPORT].milli == world.wh // 10 * 10_000
    assert world.meter.state.snapshot(world.now).age(A_IMPORT) == pytest.approx(600)
    assert world.meter.state.is_stale(world.now)
    world.pass_time(9000)
    world.meter = world.start()
    assert world.meter.state.snapshot(world.now).age(A_IMPORT) == pytest.approx(9600), "as old as it is"
    world.telegram(500)
    assert world.meter.state.snapshot(world.now).is_stale(A_IMPORT), "and not current, rather than 0"


@pytest.mark.parametrize(
    "damage",
    [
        {"state": {"looks": 5}},
        {"state": {"looks": {"list-9": []}}},
        {"state": {"looks": {"p1": ["x"]}}},
        {"state": 5},
        {"state": {"totals": {"1.8.0": "x"}}},
        {"state": {"sent": 5}},
        {"state": {"sent": {"list-1": 5}}},
        {"state": {"sent": {"list-9": ["1.7.0"], "list-1": ["9.9.9", None, {}]}}},
        {"estimator": {}},
        {"serial_settings": 7},
    ],
)
def test_what_was_kept_and_is_damaged_stops_nothing(damage: dict[str, Any]) -> None:
    world = World()
    world.hour()
    world.meter.keep(world.disk)
    world.disk.documents["meter-1"].update(damage)
    world.meter = world.start()
    world.hour()
    assert world.meter.state.readings == 1


def test_a_minute_passes_between_two_writes_where_nothing_hurries() -> None:
    world = World()
    world.hour()
    world.meter.keep(world.disk)
    saves = world.disk.saves
    for _ in range(int(10 * EVERY_S / 10)):
        world.pass_time(10)
        world.telegram(500)
        world.write_begins()
        world.write_ends()
    assert world.disk.saves - saves <= 11


@pytest.mark.parametrize("second", [5, 35, 55])
def test_a_first_telegram_that_is_the_hours_list_fills_the_estimated_energies_at_once(second: int) -> None:
    now = [HOUR + second + 2]
    meter = Meter(MeterConfig(), lambda: now[0])
    meter.feed(kamstrup_list_2(energy_import=85_823_000, second=second))
    meter.silence()

    assert meter.read(20, 2) == meter.read(28, 2) == (85_823).to_bytes(4, "big")
    assert set(meter.state.snapshot(now[0]).estimates) >= {A_IMPORT, Quantity.ACTIVE_ENERGY_EXPORT}


def test_an_output_is_one_more_consumer_and_its_fault_is_its_own(caplog: pytest.LogCaptureFixture) -> None:
    taken: list[tuple[Meter, Event, float]] = []

    def broken(_meter: Meter) -> Any:  # noqa: ANN401 - a consumer
        def take(_event: Event, _now: float) -> None:
            raise RuntimeError("the broker is gone")

        return take

    def output(meter: Meter) -> Any:  # noqa: ANN401 - a consumer
        return lambda event, now: taken.append((meter, event, now))

    meter = Meter(MeterConfig(), lambda: HOUR, outputs=[broken, output])
    reading = list_1(HOUR, 500)
    problem = Problem(0, ProblemCause.FCS, "")
    with caplog.at_level(logging.ERROR):
        for event in (reading, problem, reading):
            meter.take(event)
    assert taken == [(meter, reading, HOUR), (meter, problem, HOUR), (meter, reading, HOUR)]
    assert len(caplog.records) == 1, "a fault is reported once an hour"
    assert meter.state.snapshot(HOUR).values[Quantity.ACTIVE_POWER_IMPORT].milli == 500_000


def test_a_declared_discontinuity_is_logged_and_kept_to_be_shown(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.hour()
    world.now += 3600
    world.wh -= 5000
    world.hour()
    assert [each.quantity for each in world.meter.notices.discontinuities] == [A_IMPORT]
    assert any("takes a step" in message for message in caplog.messages)


def test_the_history_is_scaled_with_the_factor_of_the_moment() -> None:
    world = World()
    history = MeterHistory(world.meter.state, lambda: world.meter.bank.factor.active)
    world.meter.consumers.append(history.take)
    world.telegram(100)
    world.now += 60
    world.telegram(100)
    assert world.meter.write(48, [0, 40_000]) is None
    minutes = [row for row in history.present() if isinstance(row, Minute)]
    powers = [(row.factor, row.values[Quantity.ACTIVE_POWER_IMPORT].mean) for row in minutes]
    assert powers == [(1000, 100_000), (40_000, 100_000)]


def test_a_factor_that_a_client_wrote_stays_when_other_settings_change() -> None:
    meter = Meter(MeterConfig(scaling_factor=1000), lambda: HOUR)
    assert meter.write(48, [0, 2000]) is None
    assert meter.change(MeterConfig(scaling_factor=1000, name="cellar")) is False
    assert meter.bank.factor.active == 2000
    assert meter.label == "cellar"
    meter.change(MeterConfig(scaling_factor=3000))
    assert meter.bank.factor.active == 3000


@pytest.mark.parametrize(
    ("config", "again"),
    [
        (MeterConfig(name="x", stale_after_s=9), False),
        (MeterConfig(port="/dev/ttyUSB0"), True),
        (MeterConfig(serial_settings="2400 8E1"), True),
        (MeterConfig(encryption_key=bytes(16)), True),
    ],
)
def test_only_what_concerns_the_line_opens_it_again(config: MeterConfig, again: bool) -> None:
    assert Meter(MeterConfig(), lambda: HOUR).change(config) is again


def test_a_line_that_changes_its_mind_with_each_telegram_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    now = HOUR
    meter = Meter(MeterConfig(port="socket://meter:1"), lambda: now)
    damaged = bytearray(frames.a_kamstrup_list())
    damaged[40] ^= 1
    for number in range(2000):
        now += 0.001
        identity = (obis("1.1.0.0.5"), text(f"57{number}"))
        energies = (obis("1.1.1.8.0"), u32(number * 7919 % 10_000))
        meter.feed(frames.kamstrup(*identity, *(obis("1.1.1.7.0"), u32(number)), *energies))
        meter.feed(bytes(damaged) + b"/KAM5\r\n\r\n" + frames.mbus(b"x" * 9))
        meter.tick()
    kinds = {record.msg for record in caplog.records}

    assert meter.state.readings == 2000
    assert len(caplog.records) <= len(kinds) + len(Quantity)
    caplog.clear()
    now += 3600
    meter.tick()
    assert sum("meter 571999 (the last of 1999 like it" in message for message in caplog.messages) == 1


def test_a_line_that_changes_its_mind_with_each_telegram_wears_out_no_card() -> None:
    now = HOUR
    disk = Disk()
    meter = Meter(MeterConfig(port="socket://meter:1"), lambda: now, store=disk)
    for number in range(3000):
        now += 0.1
        identity = (obis("1.1.0.0.5"), text(f"57{number}"))
        energies = (obis("1.1.1.8.0"), u32(number * 7919 % 10_000))
        meter.feed(frames.kamstrup(*identity, *(obis("1.1.1.7.0"), u32(number)), *energies))
        if meter.must_be_kept(now):
            meter.keep(disk)

    assert meter.state.readings == 3000
    assert 5 <= disk.saves <= 6 * MOST_A_MINUTE
