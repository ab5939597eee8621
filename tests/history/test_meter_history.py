"""The hours and quarters of a meter: how they are known, and what becomes of those that nobody heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from han2x.history import By, Energy, Hour, Quarter
from han2x.history.balance import KEPT
from han2x.history.rows import MOST_OTHERS, Rows
from han2x.model import Quantity, Reading
from tests.history.remembering import File, Remembered
from tests.state.hours.homes import (
    A_EXPORT,
    A_IMPORT,
    AIDON,
    HOUR_S,
    KAIFA,
    KAMSTRUP,
    NOON,
    P1,
    SPARSE,
    Home,
    Make,
    hourly,
)

pytestmark = pytest.mark.timeout(300)  # each is a day long
every_make = pytest.mark.parametrize("make", [KAMSTRUP, KAIFA, AIDON, P1], ids=lambda make: make.maker)
METER, ESTIMATED, SPREAD = By.METER, By.ESTIMATED, By.SPREAD


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the day on which tests are set, by the clock of the place."""
    return NOON + timedelta(hours=hour - 12, minutes=minute, seconds=second)


def following(*watts: float, make: Make = SPARSE, start: datetime = NOON) -> Remembered:
    """The history of a home with a steady load in each hour, from a minute before."""
    return Remembered(Home(start - timedelta(minutes=1), hourly(*watts, start=start), make))


def imports(file: File) -> dict[int, Any]:
    """The imports in Wh, by how many hours after noon, to 10 Wh."""
    known = {(begin - round(NOON.timestamp())) // HOUR_S: file.energy(begin) for begin in sorted(file.hours)}
    return {hour: (round(energy[0], -4) // 1000, energy[1]) for hour, energy in known.items() if energy is not None}


# What was heard


@every_make
def test_an_hour_is_the_difference_of_the_totals_and_has_the_one_at_its_beginning(make: Make) -> None:
    one = following(1000, 2345, 500, make=make)
    one.until(at(15, 3))
    file = one.finish()
    assert imports(file) == {0: (1000, METER), 1: (pytest.approx(2345, abs=5), METER), 2: (500, METER)}
    assert file.hours[int(at(12).timestamp())].totals[A_IMPORT] == pytest.approx(109_552_264_000, abs=6000)
    assert file.assert_balanced() == file.assert_quarters_add_up() == 3


def test_the_export_has_hours_of_its_own() -> None:
    one = following(-3000, 1000, make=KAIFA)
    one.until(at(14, 3))
    file = one.finish()
    assert [file.energy(at(hour), A_EXPORT) for hour in (12, 13)] == [(3_000_000, METER), (0, METER)]
    assert [file.energy(at(hour), A_IMPORT) for hour in (12, 13)] == [(0, METER), (1_000_000, METER)]
    assert file.of_quarters(int(at(12).timestamp()), A_EXPORT) == [pytest.approx(750_000, abs=6000)] * 4
    assert file.assert_balanced(A_EXPORT) == file.assert_quarters_add_up(A_EXPORT) == 2


def test_a_meter_without_export_has_none_in_its_hours() -> None:
    one = following(1000)
    take = one.home.meter.take

    def without_export(event: Reading) -> None:
        kept = {quantity: milli for quantity, milli in event.values.items() if quantity.value[0] != "2"}
        take(replace(event, values=kept))

    one.home.meter.take = without_export  # type: ignore[method-assign,assignment]
    one.until(at(14, 3))
    file = one.finish()
    assert imports(file) == {0: (1000, METER), 1: (1000, METER)}
    assert {each for hour in file.hours.values() for each in (*hour.energies, *hour.totals)} == {A_IMPORT}
    assert {each for quarter in file.quarters.values() for each in quarter.energies} == {A_IMPORT}
    assert {each for minute in file.minutes.values() for each in minute.values} == {Quantity.ACTIVE_POWER_IMPORT}


def test_a_meter_that_sends_no_totals_has_hours_only_once_it_has_told_one() -> None:
    one = following(1000)
    one.home.lists = False
    one.until(at(14, 30))
    one.write()
    assert one.file.hours == {}
    assert one.file.minutes


def test_quarters_follow_the_load_within_the_hour() -> None:
    one = Remembered(Home(at(11, 59), lambda moment: 400 * (1 + int(moment // 900) % 4), KAIFA))
    one.until(at(13, 3))
    file = one.finish()
    quarters = file.of_quarters(int(at(12).timestamp()))
    assert quarters == [pytest.approx(100_000 * each, abs=3000) for each in (1, 2, 3, 4)]
    row = file.quarters[int(at(12).timestamp())]
    assert row.energies[A_IMPORT].by is ESTIMATED


def test_a_quarter_that_is_over_has_a_row_before_its_hour_is() -> None:
    one = following(2000, make=KAIFA)
    one.until(at(12, 47))
    file = one.finish()
    quarters = file.of_quarters(int(at(12).timestamp()))
    assert quarters == [*[pytest.approx(500_000, abs=10_000)] * 3, None]
    assert imports(file) == {}


def test_what_is_in_progress_is_present() -> None:
    one = following(2000, make=KAIFA)
    one.until(at(12, 20))
    one.write()
    rows = one.history.present()
    (hour,) = [row for row in rows if isinstance(row, Hour)]
    (quarter,) = [row for row in rows if isinstance(row, Quarter)]
    assert hour.begin == at(12).timestamp()
    assert hour.totals[A_IMPORT] == pytest.approx(109_552_280_000, abs=2000)
    assert hour.energies[A_IMPORT].milli == pytest.approx(2_000_000 / 3, abs=10_000)
    assert quarter.begin == at(12, 15).timestamp()
    assert quarter.energies[A_IMPORT].milli == pytest.approx(2_000_000 / 12, abs=10_000)
    assert hour.energies[A_IMPORT].by is quarter.energies[A_IMPORT].by is ESTIMATED


@pytest.mark.parametrize("minute", [5, 40])
def test_an_hour_whose_total_comes_late_is_corrected(minute: int) -> None:
    one = following(1000, 2000)
    one.until(at(12, 59, 50))
    one.home.lists = False
    one.until(at(13, minute))
    one.write()
    assert imports(one.file) == {0: (pytest.approx(1000, abs=10), ESTIMATED)}
    one.home.say_totals(at(13, 0, 5).timestamp())
    one.home.lists = True
    one.until(at(14, 3))
    file = one.finish()
    assert imports(file) == {0: (1000, METER), 1: (2000, METER)}
    assert file.assert_balanced() == file.assert_quarters_add_up() == 2


def test_hours_of_lost_lists_are_estimated_and_have_what_was_counted_over_them() -> None:
    one = following(1000, 2000, 3000, 500)
    one.until(at(12, 30))
    one.home.lists = False
    one.until(at(14, 30))
    one.home.lists = True
    one.until(at(16, 3))
    file = one.finish()
    assert imports(file) == {
        0: (pytest.approx(1000, abs=10), ESTIMATED),
        1: (pytest.approx(2000, abs=10), ESTIMATED),
        2: (pytest.approx(3000, abs=10), ESTIMATED),
        3: (500, METER),
    }
    assert file.assert_balanced() == file.assert_quarters_add_up() == 4


# What was not heard


@every_make
def test_hours_that_nobody_heard_share_what_the_meter_counted_meanwhile(make: Make) -> None:
    one = following(1000, 1000, 4000, 5000, 6000, 500, make=make)
    one.until(at(13, 30))
    one.home.hears = False
    one.until(at(16, 30))
    one.home.hears = True
    one.until(at(18, 3))
    file = one.finish()
    assert imports(file) == {
        0: (1000, METER),
        **dict.fromkeys((1, 2, 3, 4), (4000, SPREAD)),
        5: (500, METER),
    }
    assert file.assert_balanced() == file.assert_quarters_add_up() == 6


@pytest.mark.parametrize("late_s", [0, 240, None])
@pytest.mark.parametrize("crash", [False, True])
def test_hours_in_which_the_gateway_was_off_share_what_the_meter_counted(crash: bool, late_s: float | None) -> None:
    one = following(1000, 1000, 4000, 5000, 6000, 500)
    one.until(at(13, 30))
    one.restart(3 * HOUR_S, crash=crash, late_s=late_s)
    one.until(at(18, 3))
    file = one.finish()
    assert imports(file) == {0: (1000, METER), **dict.fromkeys((1, 2, 3, 4), (4000, SPREAD)), 5: (500, METER)}
    file.assert_balanced()
    file.assert_quarters_add_up()


def test_without_its_kept_state_a_gateway_goes_on_from_the_file() -> None:
    one = following(1000, 1000, 4000, 5000, 6000, 500)
    one.until(at(13, 30))
    one.write()
    one.home.disk.documents.clear()
    one.restart(3 * HOUR_S, crash=True, late_s=100 * 60)
    one.until(at(19, 3))
    file = one.finish()
    assert imports(file) == {
        0: (1000, METER),
        **dict.fromkeys((1, 2, 3, 4), (4000, SPREAD)),
        **dict.fromkeys((5, 6), (500, METER)),
    }
    file.assert_balanced()


def test_an_hour_between_two_of_the_meters_totals_is_theirs_though_it_was_not_heard() -> None:
    one = following(1000, 3000, 1000)
    one.until(at(13, 0, 30))
    one.restart(58 * 60)
    one.until(at(15, 3))
    assert imports(one.finish()) == {0: (1000, METER), 1: (3000, METER), 2: (1000, METER)}


def test_an_hour_that_was_estimated_keeps_its_energy_beside_those_that_were_not_heard() -> None:
    one = following(1000, 2000, 4000, 6000, 500)
    one.until(at(13, 0, 30))
    one.home.lists = False
    one.until(at(14, 1))
    one.home.hears = False
    one.until(at(16, 0, 1))
    one.home.hears = one.home.lists = True
    one.until(at(17, 3))
    file = one.finish()
    assert imports(file) == {
        0: (1000, METER),
        1: (pytest.approx(2000, abs=10), ESTIMATED),
        **dict.fromkeys((2, 3), (pytest.approx(5000, abs=10), SPREAD)),
        4: (500, METER),
    }
    file.assert_balanced()
    file.assert_quarters_add_up()


def test_a_full_hour_in_a_silence_is_no_boundary_even_where_nothing_was_drawn_before() -> None:
    one = following(0, 2000, make=replace(SPARSE, step_wh=1))
    one.until(at(12, 30))
    one.home.hears = False
    one.home.load = lambda _moment: 2000
    one.until(at(13, 30))
    one.home.hears = True
    one.until(at(13, 50))
    assert one.home.hour().highest == (), "it would be 0 of an hour with 1 kWh"
    one.until(at(14, 3))
    assert imports(one.finish()) == dict.fromkeys((0, 1), (1500, SPREAD))


@pytest.mark.parametrize("lost", [False, True])
def test_nothing_is_shared_out_across_an_exchanged_meter(lost: bool) -> None:
    one = following(2000)
    one.until(at(13, 30))
    if lost:
        one.restart(HOUR_S, late_s=240)
    one.home.meter_id, one.home.imported = "5700000000000002", 250_000_000.0
    one.until(at(17, 3))
    file = one.finish()
    unknown = {1, 2} if lost else {1}
    assert imports(file) == {hour: (2000, METER) for hour in range(5) if hour not in unknown}
    assert one.home.hour().highest_wh == 2000


@pytest.mark.parametrize("step_wh", [-5_000_000, 900_000_000])
def test_nothing_is_shared_out_across_a_register_that_went_back_or_jumped(step_wh: float) -> None:
    one = following(2000)
    one.until(at(13, 30))
    one.home.imported += step_wh
    one.until(at(16, 3))
    assert imports(one.finish()) == dict.fromkeys((0, 2, 3), (2000, METER))


@pytest.mark.parametrize(("days", "shared"), [(39.9, True), (40.1, False)])
def test_nothing_is_shared_out_over_more_than_forty_days(days: float, shared: bool) -> None:
    one = following(1000)
    one.until(at(12, 10))
    one.restart(days * 24 * HOUR_S)
    one.run(2 * HOUR_S)
    hours = imports(one.finish())
    assert (hours.get(20) == (1000, SPREAD)) == shared
    assert (len(hours) > 900) == shared


def test_a_total_of_another_second_of_its_hour_makes_no_hour_with_the_one_before() -> None:
    one = following(36_000)
    one.until(at(13, 3))
    one.home.make = replace(SPARSE, list_at_s=45, clock_at_s=45)
    one.until(at(14, 3))
    one.home.make = SPARSE
    one.until(at(16, 3))
    file = one.finish()
    assert [known[1] for known in imports(file).values()] == [METER, ESTIMATED, ESTIMATED, METER]
    assert A_IMPORT not in file.hours[int(at(14).timestamp())].totals
    assert file.assert_balanced() == file.assert_quarters_add_up() == 4


def test_a_meter_that_sends_its_totals_at_another_second_from_now_on_is_believed() -> None:
    one = following(3600)
    one.until(at(13, 3))
    one.home.make = replace(SPARSE, list_at_s=45, clock_at_s=45)
    one.until(at(19, 3))
    file = one.finish()
    assert [known[0] for known in imports(file).values()] == pytest.approx([3600] * 7, abs=20)
    assert all(A_IMPORT in file.hours[int(at(hour).timestamp())].totals for hour in (16, 17, 18))
    assert file.assert_balanced() == file.assert_quarters_add_up() == 7


# Clocks


@pytest.mark.parametrize("make", [KAMSTRUP, KAIFA], ids=lambda make: make.maker)
@pytest.mark.parametrize(
    ("change", "hours"),
    [(datetime(2026, 3, 29, 1, tzinfo=UTC), 23), (datetime(2026, 10, 25, 1, tzinfo=UTC), 25)],
    ids=["spring", "autumn"],
)
def test_the_day_on_which_the_clocks_change_has_23_or_25_hours(make: Make, change: datetime, hours: int) -> None:
    first = datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(hours=1 if hours == 23 else 2)
    one = following(*range(1000, 3600, 100), make=replace(make, every_s=60), start=first)
    one.until(first + timedelta(hours=hours, minutes=3))
    file = one.finish()
    begins = [begin for begin, hour in sorted(file.hours.items()) if hour.energies]
    assert begins == [round(first.timestamp()) + HOUR_S * place for place in range(hours)]
    energies: list[Any] = [file.energy(begin) for begin in begins]
    assert energies == [(pytest.approx(1_000_000 + 100_000 * place, abs=10_000), METER) for place in range(hours)]
    assert file.assert_balanced() == file.assert_quarters_add_up() == hours


def test_a_computer_whose_clock_is_set_books_nothing_into_a_wrong_hour() -> None:
    home = Home(at(11, 59), hourly(1000, 2000, 6000, 1500), AIDON, computer_off=-3 * 24 * 3600.0)
    home.lists = False
    one = Remembered(home)
    one.until(at(12, 5))
    home.computer_off = 0.0
    one.until(at(12, 30))
    home.lists = True
    one.until(at(16, 3))
    file = one.finish()
    assert imports(file) == {1: (2000, METER), 2: (6000, METER), 3: (1500, METER)}
    assert min(file.minutes) >= at(12, 5).timestamp()


def test_a_clock_that_was_ahead_is_set_back_and_the_totals_go_on() -> None:
    home = Home(at(11, 59), hourly(1000, 2000, 3000, 1500), KAMSTRUP, computer_off=None, clock_off=5 * 24 * HOUR_S)
    one = Remembered(home)
    one.until(at(13, 30))
    home.clock_off = 0.0
    one.until(at(17, 3))
    file = one.finish()
    assert {hour: known for hour, known in imports(file).items() if hour < 10} == {
        2: (3000, METER),
        3: (1500, METER),
        4: (1500, METER),
    }


# The scaling factor


def test_a_row_has_the_factor_that_was_in_force_at_its_end_also_when_it_is_corrected_later() -> None:
    one = following(1000, make=KAIFA)
    one.until(at(13, 20))
    one.home.lists = False
    one.home.meter.bank.change(one.home.meter.config.rules, factor=40_000)
    one.until(at(14, 30))
    one.home.meter.bank.change(one.home.meter.config.rules, factor=2000)
    one.home.lists = True
    one.until(at(15, 3))
    file = one.finish()
    assert [file.hours[int(at(hour).timestamp())].factor for hour in (12, 13, 14)] == [1000, 40_000, 2000]
    quarters = [file.quarters[int(at(13, minute).timestamp())].factor for minute in (0, 15, 30, 45)]
    assert quarters == [1000, 40_000, 40_000, 40_000]
    assert imports(file)[1] == (pytest.approx(1000, abs=10), ESTIMATED)


# Rows that nobody takes


def test_rows_that_nobody_takes_are_bounded_and_each_is_there_once() -> None:
    rows = Rows()
    energies = {A_IMPORT: Energy(1, METER)}
    for begin in range(MOST_OTHERS + 10):
        rows.put(Hour(begin, 1000, energies))
    rows.put(Hour(20, 2000, energies))
    rows.put(Quarter(20, 1000, energies))
    taken = rows.take()
    assert len(taken) == len({(type(row), row.begin) for row in taken}) == MOST_OTHERS
    assert taken[-2:] == [Hour(20, 2000, energies), Quarter(20, 1000, energies)]
    assert rows.take() == []


def test_a_history_that_nobody_takes_from_keeps_few_hours() -> None:
    one = following(1000, make=replace(SPARSE, every_s=60))
    one.home.lists = False
    for _ in range(9):
        one.home.run(HOUR_S)
        one.history.tick(one.home.steady())
    assert len(one.history._balance.hours) <= KEPT + 3
