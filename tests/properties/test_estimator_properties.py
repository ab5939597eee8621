"""What holds for the published energies under every sequence of telegrams, silences, reorderings and restarts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from han2x.estimator import EnergyEstimator
from han2x.model import Reading
from han2x.registers.bank import FACTOR_ADDRESSES, RegisterBank
from han2x.state import MeterState
from tests.estimator.lines import A_IMPORT, HOUR, REGISTER_WH, hour_list, list_1

FASTEST_W = 20_000


@dataclass(frozen=True, slots=True)
class Step:
    """What happens after `seconds`: a telegram whose stamp is `late` seconds old, a look, a restart or a crash."""

    seconds: float
    what: str
    watt: int = 0
    late: float = 0.0


durations = st.one_of(st.sampled_from([0.0, 2.0, 10.0]), st.floats(0, 40), st.floats(0, 4000))
lateness = st.one_of(st.just(0.0), st.floats(-5, 70), st.sampled_from([-3600.0, 3600.0, 86_400.0]))
powers = st.one_of(st.just(0), st.integers(0, FASTEST_W))
steps = st.builds(
    Step,
    seconds=durations,
    what=st.sampled_from(["power"] * 6 + ["hour", "hour", "hour-again", "look", "restart", "crash"]),
    watt=powers,
    late=lateness,
)


class World:
    """A meter whose load changes step by step, and what is seen of it. Its registers never contradict its load."""

    def __init__(self, *, header: bool, step_wh: int) -> None:
        self.now = HOUR
        self.wh = REGISTER_WH + 3.3
        self.watt = 0.0
        self.header = header
        self.step_wh = step_wh
        self.estimator = EnergyEstimator()
        self.kept = self.estimator.dump(running=True)
        self.last_list: Reading | None = None
        self.seen: list[float] = []

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a look every while, and the state kept as the program keeps it."""
        for part in (0.3, 0.3, 0.4):
            self.now += part * seconds
            self.wh += self.watt * part * seconds / 3600
            self.look()

    def look(self) -> None:
        known = self.estimator.at(self.now).get(A_IMPORT)
        if known is not None:
            self.seen.append(known.wh)
        if self.estimator.outgrown(self.now):
            self.kept = self.estimator.dump(running=True)

    def do(self, step: Step) -> None:
        """Let one step happen."""
        self.pass_time(step.seconds)
        if step.what == "power":
            self.watt = step.watt
            self.estimator.apply(list_1(self.now - step.late, step.watt, header=self.header), self.now)
        elif step.what == "hour":
            register = self.wh // self.step_wh * self.step_wh
            self.last_list = hour_list(
                self.now - step.late, self.watt, register, header=self.header, step_wh=self.step_wh
            )
            self.estimator.apply(self.last_list, self.now)
        elif step.what == "hour-again" and self.last_list is not None:
            self.estimator.apply(self.last_list, self.now)
        elif step.what in ("restart", "crash"):
            self.restart(self.estimator.dump() if step.what == "restart" else self.kept)
        self.look()

    def restart(self, kept: dict[str, object]) -> None:
        self.estimator = EnergyEstimator()
        self.estimator.restore(json.loads(json.dumps(kept)), self.now)
        self.kept = self.estimator.dump(running=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40), st.booleans(), st.sampled_from([1, 10]))
@example(
    [Step(0, "hour"), Step(10, "power", 20_000), Step(10, "power", 0), Step(50, "crash"), Step(5, "hour")], True, 10
)
def test_the_published_energy_never_decreases(sequence: list[Step], header: bool, step_wh: int) -> None:
    world = World(header=header, step_wh=step_wh)
    for step in sequence:
        world.do(step)
        if world.estimator.take_discontinuities():
            world.seen.clear()
    assert all(earlier <= later for earlier, later in pairwise(world.seen))


@settings(max_examples=100, deadline=None)
@given(st.lists(steps.filter(lambda step: step.what not in ("hour", "hour-again")), max_size=30), st.booleans())
def test_without_a_register_there_is_no_value_and_never_a_zero(sequence: list[Step], header: bool) -> None:
    world = World(header=header, step_wh=10)
    for step in sequence:
        world.do(step)
        assert world.estimator.at(world.now) == {}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([2.0, 10.0, 12.0]), powers), min_size=1, max_size=60), st.sampled_from([1, 10])
)
def test_what_is_published_stays_with_the_integral_of_the_power(line: list[tuple[float, int]], step_wh: int) -> None:
    """Conservation: on a line that drops nothing, no energy is made or lost, whatever the load does."""
    world = World(header=True, step_wh=step_wh)
    world.do(Step(0, "hour"))
    integral, before = 0.0, 0
    for seconds, watt in line:
        world.do(Step(seconds, "power", watt))
        integral += (before + watt) / 2 * seconds / 3600
        before = watt
    world.watt = 0
    for _ in range(60):
        world.do(Step(10, "power", 0))
    integral += before / 2 * 10 / 3600
    register = (REGISTER_WH + 3.3) // step_wh * step_wh
    peaks = 0.2 * sum(watt for _, watt in line) * 12 / 3600
    assert abs(world.seen[-1] - register - integral) <= step_wh + peaks + FASTEST_W * 30 / 3600


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(durations, powers, st.integers(10, 999_999_999)), max_size=25))
def test_a_change_of_the_scaling_factor_neither_freezes_nor_moves_the_energy(
    line: list[tuple[float, int, int]],
) -> None:
    bank, plain = RegisterBank(MeterState()), EnergyEstimator()
    now = HOUR
    for telegram in [hour_list(now, 0, REGISTER_WH)] + [list_1(HOUR, 0)] * bool(line):
        bank.state.apply(telegram, now)
        plain.apply(telegram, now)
    for seconds, watt, factor in line:
        now += seconds
        assert bank.write(FACTOR_ADDRESSES[0], divmod(factor, 0x10000), now) is None
        bank.read(0, 1, now)
        telegram = list_1(now, watt)
        bank.state.apply(telegram, now)
        plain.apply(telegram, now)
        assert bank.state.snapshot(now + 1).estimates == plain.at(now + 1)
        now += 1
