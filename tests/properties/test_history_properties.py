"""What holds for the rows of a history whatever happens to the line, the gateway and the meter's lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from han2x.history import By, Hour, MeterHistory, Minute, Quarter
from han2x.history.shares import shared_out
from han2x.meters.clock import central_european
from han2x.model import Reading
from han2x.state import MeterState
from tests.history.peaks import capacity
from tests.history.remembering import Remembered
from tests.properties.test_hours_properties import readings
from tests.state.hours.homes import A_EXPORT, A_IMPORT, AIDON, HOUR_S, KAIFA, NOON, P1, SPARSE, Home

MAKES = {
    name: replace(make, every_s=30)
    for name, make in (("kamstrup", SPARSE), ("kaifa", KAIFA), ("aidon", AIDON), ("p1", P1))
}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that lasts for a while, and then so many minutes without."""

    what: str
    minutes: int
    calm: int

    def befall(self, one: Remembered) -> None:
        seconds = 60 * self.minutes
        home = one.home
        match self.what:
            case "silence":
                home.hears = False
                one.run(seconds)
                home.hears = True
            case "lists lost":
                home.lists = False
                one.run(seconds)
                home.lists = True
            case "restart" | "crash":
                one.restart(seconds, crash=self.what == "crash")
            case "file late":
                one.restart(seconds, late_s=240)
            case "state lost":
                one.write()
                home.disk.documents.clear()
                one.restart(seconds, crash=True)
        one.run(60 * self.calm)


happenings = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["silence", "lists lost", "restart", "crash", "file late", "state lost"]),
        st.sampled_from([0, 1, 4, 7, 20, 59, 61, 130, 250]),
        st.sampled_from([1, 13, 31, 58, 75, 200]),
    ),
    min_size=1,
    max_size=5,
)
loads = st.lists(st.sampled_from([-3000, -200, 0, 5, 300, 1200, 6000]), min_size=1, max_size=9)


def load_of(watts: Sequence[int], make: str) -> Home:
    """A home whose load changes every 17 minutes, a minute before noon."""
    return Home(NOON - timedelta(minutes=1), lambda moment: watts[int(moment // 1020) % len(watts)], MAKES[make])


@pytest.mark.timeout(300)
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each is a day long
@given(make=st.sampled_from(sorted(MAKES)), watts=loads, happened=happenings)
@example(make="kamstrup", watts=[0], happened=[Happening("lists lost", 130, 75)])
@example(make="kamstrup", watts=[5], happened=[Happening("restart", 130, 31), Happening("lists lost", 130, 31)])
@example(make="aidon", watts=[1200, -200], happened=[Happening("state lost", 61, 200), Happening("crash", 7, 13)])
@example(make="p1", watts=[6000], happened=[Happening("silence", 250, 31), Happening("file late", 20, 58)])
def test_hours_between_two_totals_have_what_the_meter_counted_and_none_is_missing(
    make: str, watts: list[int], happened: list[Happening]
) -> None:
    one = Remembered(load_of(watts, make))
    one.run(75 * 60)
    for happening in happened:
        happening.befall(one)
    one.run(130 * 60)
    file = one.finish()
    if "state lost" not in {happening.what for happening in happened}:
        assert_registers_agree(one)
    for quantity in (A_IMPORT, A_EXPORT):
        assert file.assert_balanced(quantity) >= 2
        file.assert_quarters_add_up(quantity)
        first, last, _ = file.between_totals(quantity)
        assert first == NOON.timestamp()
        assert one.home.now - last <= 2 * HOUR_S + 60, "the last total is the last one that came"
        for begin in range(first, last, HOUR_S):
            milli, by = file.energy(begin, quantity) or (0, By.SPREAD)
            assert milli >= 0
            if by is By.METER and begin + HOUR_S in file.hours:
                totals = [file.hours[each].totals.get(quantity) for each in (begin, begin + HOUR_S)]
                assert None in totals or milli == totals[1] - totals[0]  # type: ignore[operator]


def assert_registers_agree(one: Remembered) -> None:
    """The month's highest hours are those of the rows."""
    peaks = capacity(one.file.hours.values(), central_european, date(2026, 11, 1)).highest
    shown = one.home.hour().highest
    assert [high.begin.timestamp() for high in shown] == [peak.begin for peak in peaks]
    assert [high.wh for high in shown] == pytest.approx([peak.wh for peak in peaks], abs=0.002)


@given(
    total=st.integers(0, 10**12),
    known=st.lists(st.none() | st.integers(0, 10**10), min_size=1, max_size=50),
)
def test_shares_add_up_and_those_that_are_known_stay_where_they_can(total: int, known: list[int | None]) -> None:
    shares = shared_out(total, known)
    assert sum(shares) == total
    assert min(shares) >= 0
    of_known = sum(each for each in known if each is not None)
    if None in known and of_known <= total:
        assert all(share == each for share, each in zip(shares, known, strict=True) if each is not None)
        rest = [share for share, each in zip(shares, known, strict=True) if each is None]
        assert max(rest) - min(rest) <= 1
    elif of_known:
        assert all(
            share == pytest.approx(total * (each or 0) / of_known, abs=1.01)
            for share, each in zip(shares, known, strict=True)
        )


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(told=st.lists(st.tuples(readings, st.floats(0, 5000), st.floats(0, 2**40)), max_size=25))
def test_no_reading_and_no_clock_makes_the_history_fall_over(told: list[tuple[Reading, float, float]]) -> None:
    state = MeterState()
    history = MeterHistory(state, lambda: 1000)
    now = NOON.timestamp()
    history.resume([Hour(round(now) + HOUR_S, 1000, {}, {A_IMPORT: 5})])
    assert history.present() == []
    rows = []
    for reading, seconds, unix_time in told:
        now += seconds
        state.apply(reading, now)
        for step in state.estimator.take_discontinuities():
            state.hours.stepped(step)
        state.hours.of_computer(unix_time, now)
        state.hours.take(reading, now, lambda: state.estimator.at(now))  # noqa: B023 - called at once
        history.take(reading, now)
        history.tick(now + 1)
        rows += [*history.present(), *history.taken()]
    for row in rows:
        if isinstance(row, Hour | Quarter):
            assert min((energy.milli for energy in row.energies.values()), default=0) >= 0
        elif isinstance(row, Minute):
            assert all(span.lowest <= span.mean <= span.highest for span in row.values.values())
