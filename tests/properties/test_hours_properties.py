"""What holds for the clock hours in every zone, through summer time, restarts and clocks that are set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from han2x.estimator import ENERGY_POWERS, Estimate
from han2x.model import MeterTime, PushList, Quantity, Reading
from han2x.state import Hours
from tests.state.hours.homes import HOUR_S

IMPORT = Quantity.ACTIVE_ENERGY_IMPORT
QUARTER_S = 900
ZONES = ("Europe/Oslo", "Europe/Helsinki", "Atlantic/Azores", "Asia/Kolkata", "America/St_Johns", "UTC")
CHANGES = {
    "spring": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "autumn": datetime(2026, 10, 25, 1, tzinfo=UTC),
    "no change": datetime(2026, 6, 15, 1, tzinfo=UTC),
}

zones = st.sampled_from(ZONES)
loads = st.lists(st.integers(0, 5000), min_size=1, max_size=48)
strides = st.lists(st.integers(1, 9), min_size=1, max_size=20)


def zone_of(name: str) -> Callable[[datetime], timedelta]:
    return lambda moment: moment.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0)


class Load:
    """A load that is steady in each quarter of an hour, one figure in W for each, again and again."""

    def __init__(self, watts: list[int]) -> None:
        self._sums = [0.0]
        for watt in watts:
            self._sums.append(self._sums[-1] + watt * QUARTER_S / HOUR_S)
        self._watts = watts

    def energy(self, moment: float) -> float:
        """Wh up to a moment."""
        quarters, rest = divmod(moment, QUARTER_S)
        rounds, place = divmod(int(quarters), len(self._watts))
        return rounds * self._sums[-1] + self._sums[place] + self._watts[place] * rest / HOUR_S

    def estimates(self, moment: float) -> dict[Quantity, Estimate]:
        return {IMPORT: Estimate(1e8 + self.energy(moment), 2.0, (), moment)}


def clock_hours(begin: float, end: float, zone: str) -> list[tuple[float, datetime]]:
    """When each clock hour of the place begins, found by looking at its clock every quarter of an hour."""
    found: dict[tuple[str, float], tuple[float, datetime]] = {}
    for moment in range(int(begin), int(end), QUARTER_S):
        there = datetime.fromtimestamp(moment, ZoneInfo(zone))
        offset = there.utcoffset()
        assert offset is not None
        found.setdefault((f"{there:%F %H}", offset.total_seconds()), (moment, there))
    return list(found.values())


def steps(begin: float, end: float, strides: list[int]) -> Iterator[float]:
    moment, place = begin, 0
    while moment < end:
        yield moment
        moment += strides[place % len(strides)]
        place += 1


@settings(max_examples=12, deadline=None)
@given(
    zone=zones,
    change=st.sampled_from(sorted(CHANGES)),
    watts=loads,
    strides=strides,
    restarts=st.sets(st.integers(0, 27 * 60), max_size=8),
)
@example(zone="Europe/Oslo", change="autumn", watts=[1000, 2000, 4000], strides=[9], restarts=set())
@example(zone="Europe/Oslo", change="spring", watts=[1000, 2000, 4000], strides=[9], restarts=set())
def test_every_clock_hour_has_its_own_energy(
    zone: str, change: str, watts: list[int], strides: list[int], restarts: set[int]
) -> None:
    begin = (CHANGES[change] - timedelta(hours=5)).timestamp()
    end = begin + 29 * HOUR_S
    load, hours = Load(watts), Hours(zone_of(zone))
    silences = {begin + 60 * minute for minute in restarts}
    seen: dict[datetime, float] = {}
    last = begin
    for moment in steps(begin, end, strides):
        if any(last < silence <= moment for silence in silences):
            kept = json.loads(json.dumps(hours.dump(last)))
            hours = Hours(zone_of(zone))
            hours.restore(kept)
        hours.of_computer(moment, moment)
        figures = hours.figures(moment, load.estimates(moment))
        seen.update((high.begin, high.wh) for high in figures.highest)
        last = moment
    whole = [each for each in clock_hours(begin - HOUR_S, end + HOUR_S, zone) if begin < each[0] <= end - HOUR_S - 20]
    days: dict[object, float] = {}
    for since, there in whole:
        days[there.date()] = max(days.get(there.date(), 0.0), load.energy(since + HOUR_S) - load.energy(since))
    assert sorted(high.wh for high in figures.highest) == pytest.approx(sorted(days.values()), abs=8)
    for high, wh in seen.items():
        since = high.timestamp()
        assert high.minute == 0
        assert wh == pytest.approx(load.energy(since + HOUR_S) - load.energy(since), abs=8)


@settings(max_examples=15, deadline=None)
@given(
    watts=loads,
    strides=strides,
    sets=st.lists(
        st.tuples(st.integers(60, 8 * HOUR_S), st.integers(130, 40_000), st.booleans()), min_size=1, max_size=4
    ),
)
@example(watts=[5000], strides=[5], sets=[(1800, 3000, False)])
def test_a_clock_that_is_set_makes_no_hour_of_more_than_an_hour(
    watts: list[int], strides: list[int], sets: list[tuple[int, int, bool]]
) -> None:
    begin = datetime(2026, 6, 15, 6, 10, tzinfo=UTC).timestamp()
    load, hours = Load(watts), Hours(zone_of("Europe/Oslo"))
    most = max(load.energy(begin + each + HOUR_S) - load.energy(begin + each) for each in range(0, 9 * HOUR_S, 60))
    for moment in steps(begin, begin + 9 * HOUR_S, strides):
        off = sum((seconds if ahead else -seconds) for at, seconds, ahead in sets if moment - begin >= at)
        hours.of_computer(moment + off, moment)
        figures = hours.figures(moment, load.estimates(moment))
        assert (figures.import_wh or 0.0) <= most + 8
        assert all(high.wh <= most + 8 for high in figures.highest)


times = st.builds(
    MeterTime,
    local=st.datetimes() | st.datetimes(datetime(2026, 6, 15, 5), datetime(2026, 6, 15, 12)),  # noqa: DTZ001
    deviation_min=st.none() | st.integers(-720, 840),
    status=st.none() | st.integers(0, 255),
)
readings = st.builds(
    Reading,
    offset=st.just(0),
    maker=st.sampled_from(["kamstrup", "aidon", "kaifa", "unknown"]),
    push_list=st.sampled_from(PushList),
    values=st.dictionaries(
        st.sampled_from([*ENERGY_POWERS, *ENERGY_POWERS.values()]), st.integers(-(2**63), 2**63), max_size=6
    ),
    header_time=st.none() | times,
    register_time=st.none() | times,
    energy_step=st.none() | st.sampled_from([1, 1000, 10_000]),
)


@settings(max_examples=60, deadline=None)
@given(
    told=st.lists(st.tuples(readings, st.floats(0, 5000), st.floats(0, 2**40)), max_size=25),
    zone=zones,
)
def test_no_reading_and_no_clock_makes_the_hours_fall_over(told: list[tuple[Reading, float, float]], zone: str) -> None:
    hours, load = Hours(zone_of(zone)), Load([1000])
    now = datetime(2026, 6, 15, 6, tzinfo=UTC).timestamp()
    for reading, seconds, unix_time in told:
        now += seconds
        hours.of_computer(unix_time, now)
        hours.take(reading, now, partial(load.estimates, now))
        figures = hours.figures(now, load.estimates(now))
        assert len({high.begin.date() for high in figures.highest}) == len(figures.highest) <= 3
    json.dumps(hours.dump(now), allow_nan=False)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(["moment", "heard", "begin", "marks", "totals", "seen", "seen_at", "closed", "days", "peak"]),
    put=documents,
)
def test_a_damaged_document_is_refused_or_harmless(place: str, put: object) -> None:
    begin = datetime(2026, 6, 15, 6, tzinfo=UTC).timestamp()
    load, hours = Load([1000]), Hours()
    for moment in range(int(begin), int(begin) + 2 * HOUR_S, 60):
        hours.of_computer(moment, moment)
        hours.figures(moment, load.estimates(moment))
    document = hours.dump(moment)
    document[place] = put
    restored = Hours()
    try:
        restored.restore(document)
    except ValueError:
        assert restored.dump(moment) == Hours().dump(moment), "nothing was taken"
    for later in range(moment, moment + 2 * HOUR_S, 60):
        restored.of_computer(later, later)
        restored.figures(later, load.estimates(later))
    json.dumps(restored.dump(later), allow_nan=False)
