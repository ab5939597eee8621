"""The clock hours of one meter: which energy is whose, what is absent, and what never becomes a peak."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from han2x.gateway.config import MeterConfig
from han2x.registers.bank import Rules, WhenStale
from tests.state.hours.homes import AIDON, HOUR_S, KAIFA, KAMSTRUP, NOON, P1, SPARSE, Home, Make, highest, hourly

LATE = replace(KAMSTRUP, list_at_s=55, clock_at_s=55)  # as some one-phase meters are
every_make = pytest.mark.parametrize("make", [KAMSTRUP, KAIFA, AIDON], ids=lambda make: make.maker)
ABSENT = (0x0B, None)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of the day on which tests are set, by the clock of the place."""
    return NOON + timedelta(hours=hour - 12, minutes=minute, seconds=second)


@every_make
def test_the_hour_so_far_is_its_energy_since_the_full_hour(make: Make) -> None:
    home = Home(at(11, 40), hourly(900, 2000), make)
    home.until(at(12, 30))
    hour = home.hour()
    assert hour.begin is not None
    assert hour.begin.isoformat() == "2026-11-10T12:00:00+01:00"
    assert hour.import_wh == pytest.approx(450, abs=8)
    home.until(at(13, 15))
    assert home.hour().import_wh == pytest.approx(500, abs=8)
    assert home.hour().export_wh == pytest.approx(0, abs=5)


def test_export_is_followed_apart_from_import() -> None:
    home = Home(at(12), hourly(-3000))
    home.until(at(12, 40))
    assert home.hour().export_wh == pytest.approx(2000, abs=10)
    assert home.hour().import_wh == pytest.approx(0, abs=5)
    assert home.hour().expected_wh == pytest.approx(0, abs=5)
    assert (home.hour().minute_w, home.hour().highest_w) == (-3000, -3000)


def test_the_first_hour_is_absent_unless_its_beginning_was_heard() -> None:
    home = Home(at(12, 10), hourly(2000))
    home.until(at(12, 59, 50))
    assert home.hour().import_wh is None
    assert [home.register(number) for number in (40241, 40243, 40245, 40247, 40249)] == [None] * 5
    home.until(at(13, 0, 20))
    assert home.hour().import_wh == pytest.approx(2000 * 20 / HOUR_S, abs=8)
    home.until(at(13, 59))
    assert home.hour().highest == ()
    home.until(at(14, 1))
    assert highest(home) == [("2026-11-10T13:00:00+01:00", 2000)]


def test_the_expected_hour_goes_on_with_the_mean_of_five_minutes() -> None:
    home = Home(at(12), lambda moment: 1000 if moment < at(12, 30).timestamp() else 4000)
    home.until(at(12, 30))
    assert home.hour().expected_wh == pytest.approx(1000, abs=8)
    home.until(at(12, 32, 30))
    assert home.hour().expected_wh == pytest.approx(500 + 4000 * 2.5 / 60 + 2500 * 27.5 / 60, abs=40)
    home.until(at(12, 36))
    assert home.hour().expected_wh == pytest.approx(500 + 4000 * 30 / 60, abs=25)


def test_the_powers_are_those_of_the_last_minute_and_of_the_hour() -> None:
    home = Home(at(12), lambda moment: 5000 if 60 <= moment - NOON.timestamp() < 120 else 1000)
    home.until(at(12, 0, 50))
    assert home.hour().minute_w is None
    home.until(at(12, 2, 11))
    assert home.hour().minute_w == pytest.approx(5000, rel=0.1)
    assert home.hour().highest_w == 5000
    home.until(at(12, 3, 11))
    assert home.hour().minute_w == pytest.approx(1000, rel=0.4)


@every_make
def test_a_power_told_at_the_full_hour_is_of_the_hour_before(make: Make) -> None:
    home = Home(at(12), hourly(5000, 1000), make)
    home.until(at(13, 0, 35))
    assert home.hour().highest_w == 1000


@pytest.mark.parametrize("make", [KAMSTRUP, LATE, KAIFA, AIDON], ids=lambda make: f"{make.maker} {make.clock_at_s}")
def test_an_hour_that_is_over_is_the_difference_of_the_meters_totals(make: Make) -> None:
    home = Home(at(11, 59), hourly(1000, 2345), make)
    home.until(at(13, 0, 59))
    totals = [home.meter.state.estimator.dump()["channels"]["1.8.0"]["register"][1]]
    home.until(at(14, 0, 59))
    totals.append(home.meter.state.estimator.dump()["channels"]["1.8.0"]["register"][1])
    assert home.hour().highest_wh == totals[1] - totals[0]


def test_an_hour_without_the_meters_totals_is_that_of_the_estimates() -> None:
    home = Home(at(11, 59), hourly(1000, 2345))
    home.until(at(13, 1))
    home.lists = False
    home.until(at(14, 1))
    assert home.hour().highest_wh == pytest.approx(2345, abs=12)
    home.lists = True
    home.until(at(15, 1))
    assert home.hour().highest_wh == pytest.approx(2345, abs=12)


def test_the_charge_is_the_mean_of_the_three_highest_hours_on_different_days() -> None:
    hours = {(10, 12): 5000, (10, 13): 6000, (11, 13): 4000, (12, 12): 2000, (13, 13): 9000}

    def load(moment: float) -> float:
        there = datetime.fromtimestamp(moment, UTC) + timedelta(hours=1)
        return hours.get((there.day, there.hour), 1000)

    home = Home(at(11, 59), load, SPARSE)
    found = []
    for day in range(4):
        home.hears = True
        home.until(at(14, 1) + timedelta(days=day))
        found.append((home.register(40247), home.register(40249), len(home.hour().highest)))
        home.hears = False
        home.until(at(11, 59) + timedelta(days=day + 1))
    assert found[0] == pytest.approx((6000, 6000, 1), abs=10)
    assert found[1] == pytest.approx((6000, 5000, 2), abs=10)
    assert found[2] == pytest.approx((6000, 4000, 3), abs=10)
    assert found[3] == pytest.approx((9000, 19_000 / 3, 3), abs=10)


def test_a_month_begins_empty_and_its_last_hour_is_of_the_one_before() -> None:
    home = Home(datetime(2026, 11, 30, 20, tzinfo=UTC), hourly(3000), SPARSE)
    home.until(datetime(2026, 11, 30, 22, 50, tzinfo=UTC))
    assert [wh for _, wh in highest(home)] == [3000]
    home.until(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    assert home.hour().highest == ()
    assert home.register(40247) is home.register(40249) is None
    assert home.hour().import_wh == pytest.approx(1500, abs=10)
    home.until(datetime(2026, 12, 1, 0, 1, tzinfo=UTC))
    assert highest(home) == [("2026-12-01T00:00:00+01:00", 3000)]


def test_a_scaling_factor_applies_to_hours_that_are_over_as_to_all_energies() -> None:
    home = Home(at(11, 59), hourly(1000), KAMSTRUP)
    home.until(at(13, 30))
    before = [home.register(number) for number in range(40241, 40254, 2)]
    home.meter.change(replace(home.meter.config, scaling_factor=60_000))
    after = [home.register(number) for number in range(40241, 40254, 2)]
    assert None not in before
    assert after == pytest.approx([60 * figure for figure in before if figure is not None], abs=30)


# What is not known


def test_an_hour_with_a_long_silence_is_absent_until_the_meters_totals_tell_it() -> None:
    home = Home(at(12), hourly(1000, 4000))
    home.until(at(13, 20))
    home.hears = False
    home.until(at(13, 35))
    home.hears = True
    home.until(at(13, 50))
    assert home.hour().import_wh is home.hour().expected_wh is None
    home.until(at(14, 1))
    assert home.hour().highest_wh == pytest.approx(4000, abs=10)
    assert home.hour().import_wh == pytest.approx(67, abs=10)


def test_a_meter_that_tells_its_totals_with_every_telegram_loses_nothing_by_a_silence() -> None:
    home = Home(at(11, 59), hourly(1000, 4000), P1)
    home.until(at(13, 20))
    assert highest(home) == [("2026-11-10T12:00:00+01:00", 1000)]
    home.hears = False
    home.until(at(13, 35))
    home.hears = True
    home.until(at(13, 45))
    assert home.hour().import_wh == pytest.approx(3000, abs=5)
    home.until(at(14, 1))
    assert home.hour().highest_wh == pytest.approx(4000, abs=2)


def test_what_an_estimate_makes_good_after_a_silence_is_no_energy_of_that_hour() -> None:
    home = Home(at(12), hourly(300, 300, 9000, 9000, 9000, 300))
    home.until(at(14, 10))
    home.hears = False
    home.until(at(16, 55))
    home.hears = True
    home.until(at(17, 59))
    assert home.hour().import_wh in (None, pytest.approx(300, abs=60))
    home.until(at(19, 1))
    assert {wh for _, wh in highest(home)} <= {300}, "the hours of 9 kWh were not heard, and the others are no peaks"


def test_a_power_that_nobody_heard_is_not_taken_for_none() -> None:
    home = Home(at(12), lambda moment: 6000 if 300 <= (moment - NOON.timestamp()) % HOUR_S < 3300 else 0)
    home.lists = True
    home.until(at(13, 4))
    home.lists = home.hears = False
    home.until(at(13, 56))
    home.hears = True
    home.until(at(13, 58))
    assert home.hour().import_wh is home.hour().expected_wh is None
    home.until(at(14, 30))
    assert home.hour().highest_wh == pytest.approx(5000, abs=10)
    assert [hour.begin.hour for hour in home.hour().highest] == [12]


@pytest.mark.parametrize("minute", [20, 59])
def test_another_meter_makes_the_hour_absent_and_leaves_the_month_as_it_was(minute: int) -> None:
    home = Home(at(12), hourly(2000))
    home.until(at(13, minute))
    home.meter_id, home.imported = "5700000000000002", 250_000_000.0
    home.until(at(13, minute, 40))
    assert home.hour().import_wh is None
    home.until(at(14, 30))
    assert highest(home) == [("2026-11-10T12:00:00+01:00", 2000)]
    assert home.hour().import_wh == pytest.approx(1000, abs=10)
    home.until(at(15, 1))
    assert [wh for _, wh in highest(home)] == [2000]


@pytest.mark.parametrize("step_wh", [-5_000_000, 900_000_000])
def test_a_total_that_is_no_successor_makes_no_hour(step_wh: float) -> None:
    home = Home(at(12), hourly(2000, 2500, 2200))
    home.until(at(13, 30))
    home.imported += step_wh
    home.until(at(14, 0, 30))
    assert highest(home) == [("2026-11-10T12:00:00+01:00", 2000)]
    home.until(at(15, 1))
    assert highest(home) == [("2026-11-10T14:00:00+01:00", 2200)]


def test_a_list_that_is_sent_again_an_hour_later_is_not_this_hours() -> None:
    home = Home(at(11, 59), hourly(1000, 3000, 5000), AIDON)
    home.until(at(13, 10))
    old = at(13).timestamp()
    totals = home._totals
    home.lists = False
    home.until(at(14, 0, 10))
    home._totals, fresh = totals, home._totals
    home.say_totals(old)
    home._totals = fresh
    home.until(at(14, 30))
    assert home.hour().highest_wh == pytest.approx(3000, abs=15)
    assert home.hour().import_wh == pytest.approx(2500, abs=15)


# Restarts


@pytest.mark.parametrize("crash", [False, True])
@every_make
def test_a_restart_loses_nothing_but_the_silence(make: Make, crash: bool) -> None:
    home = Home(at(12), hourly(1500), make)
    home.until(at(13, 20))
    home.restart(40, crash=crash)
    home.until(at(13, 22))
    assert home.hour().import_wh == pytest.approx(550, abs=30)
    assert highest(home) == [("2026-11-10T12:00:00+01:00", 1500)]
    assert home.hour().highest_w == 1500
    home.until(at(14, 1))
    assert home.hour().highest_wh == pytest.approx(1500, abs=10)


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("begin", [at(13, 59, 40), at(14, 0, 7), at(14, 0, 20)], ids=lambda begin: f"{begin:%M:%S}")
def test_a_restart_around_the_full_hour_keeps_both_hours(begin: datetime, crash: bool) -> None:
    home = Home(at(12), hourly(1500, 2500, 2000))
    home.until(begin)
    home.restart(40, crash=crash)
    home.until(at(14, 30))
    assert home.hour().highest_wh == pytest.approx(2500, abs=40)
    assert home.hour().import_wh == pytest.approx(1000, abs=40)
    if begin > at(14, 0, 5):
        assert home.hour().highest_wh == 2500, "by the meter's totals, of which the later had just come"


def test_a_computer_that_begins_where_it_was_switched_off_loses_no_hour_of_a_meter_that_tells_the_time() -> None:
    home = Home(at(12), hourly(1500))
    home.until(at(13, 20))
    home.end()
    home.hears = False
    home.run(240)
    home.hears, home.computer_off = True, -235.0
    home.begin()
    home.meter.tick()
    home.until(at(13, 40))
    assert home.hour().import_wh == pytest.approx(1000, abs=30)


def test_an_hour_that_is_over_and_its_totals_are_kept_at_once() -> None:
    home = Home(at(12), hourly(1500))
    home.until(at(13, 59, 59))
    home.hears = False
    due = [home.meter.state.hours.due]
    home.until(at(14, 0, 5))
    home.meter.tick()
    due.append(home.meter.state.hours.due)
    home.meter.keep(home.disk)
    due.append(home.meter.state.hours.due)
    home.say_totals(home.now)
    due.append(home.meter.state.hours.due)
    assert due == [False, True, False, True]
    assert home.meter.must_be_kept(home.steady())


@pytest.mark.parametrize("kept", [None, {}, {"begin": "noon"}, [], {"begin": float("inf")}])
def test_kept_hours_that_cannot_be_used_begin_with_the_next_one(kept: object) -> None:
    home = Home(at(12), hourly(1500))
    home.until(at(13, 20))
    home.end()
    home.disk.documents["meter-1"]["hours"] = kept
    home.begin()
    home.until(at(13, 30))
    assert home.hour().import_wh is None
    home.until(at(15, 1))
    assert highest(home) == [("2026-11-10T14:00:00+01:00", 1500)]


def test_what_an_earlier_version_kept_begins_with_the_next_hour() -> None:
    home = Home(at(12), hourly(1500))
    home.until(at(13, 20))
    home.end()
    del home.disk.documents["meter-1"]["hours"]
    home.begin()
    home.until(at(14, 30))
    assert home.hour().import_wh == pytest.approx(750, abs=10)


# Clocks


@every_make
@pytest.mark.parametrize("off", [None, -5000 * 24 * HOUR_S, -3 * HOUR_S - 1000])
def test_a_meter_tells_the_hours_to_a_computer_that_was_never_set(make: Make, off: float | None) -> None:
    home = Home(at(11, 59), hourly(1000, 2000), make, computer_off=off)
    home.until(at(14, 30))
    assert home.hour().import_wh == pytest.approx(1000, abs=15)
    assert highest(home) == [("2026-11-10T13:00:00+01:00", 2000)]


@every_make
@pytest.mark.parametrize("step", [-1000.0, 1000.0, -5000.0, 5 * 24 * 3600.0])
def test_a_computer_whose_clock_is_set_takes_nothing_from_the_hour_of_a_meter_with_one(make: Make, step: float) -> None:
    home = Home(at(11, 59), hourly(1000, 2000), make)
    home.until(at(13, 20))
    home.computer_off = step
    home.until(at(13, 30))
    assert home.hour().import_wh == pytest.approx(1000, abs=10)
    home.until(at(14, 1))
    assert home.hour().highest_wh == pytest.approx(2000, abs=15)


@pytest.mark.parametrize("minutes", [7, 45, 70, 24 * 60])
def test_a_computer_that_is_set_late_books_nothing_into_a_wrong_hour(minutes: int) -> None:
    home = Home(at(11, 59), hourly(1000, 2000, 6000, 1500), AIDON)
    home.until(at(13, 58))
    home.end()
    home.hears = False
    home.run(60 * minutes)
    home.hears, home.computer_off = True, -60.0 * minutes  # it begins where it was switched off
    home.begin()
    home.run(240)
    home.computer_off = 0.0
    home.run(3.5 * HOUR_S)
    told = {(hour.begin.day, hour.begin.hour): round(hour.wh, -2) for hour in home.hour().highest}
    assert set(told.values()) <= {1000, 2000, 6000, 1500}
    for (day, hour), wh in told.items():
        began = datetime(2026, 11, day, hour, tzinfo=UTC).timestamp() - HOUR_S
        assert wh == home.load(began), "an hour has its own energy or none"


@every_make
@pytest.mark.parametrize("computer_off", [0.0, None])
@pytest.mark.parametrize(
    ("change", "begins"),
    [
        (datetime(2026, 10, 25, 1, tzinfo=UTC), ["01+02", "02+02", "02+01", "03+01"]),
        (datetime(2026, 3, 29, 1, tzinfo=UTC), ["00+01", "01+01", "03+02", "04+02"]),
    ],
    ids=["autumn", "spring"],
)
def test_an_hour_that_the_clock_repeats_is_two_and_one_that_it_leaves_out_is_none(
    make: Make, computer_off: float | None, change: datetime, begins: list[str]
) -> None:
    start = change - timedelta(hours=2)
    home = Home(start - timedelta(minutes=1), hourly(1000, 2000, 3000, 4000, start=start), make, computer_off)
    told = []
    for hour in range(4):
        home.until(start + timedelta(hours=hour, minutes=30))
        assert home.hour().import_wh == pytest.approx(500 * (hour + 1), abs=15)
        home.until(start + timedelta(hours=hour + 1, minutes=1))
        (highest_hour,) = home.hour().highest
        assert highest_hour.wh == pytest.approx(1000 * (hour + 1), abs=15)
        told.append(f"{highest_hour.begin:%H%z}"[:5])
    assert told == begins


def test_without_any_clock_nothing_is_told_of_hours() -> None:
    home = Home(at(12), hourly(1000), replace(AIDON, stamped=False), computer_off=None)
    home.lists = False
    home.until(at(13, 30))
    hour = home.hour()
    assert (hour.begin, hour.import_wh, hour.highest_w, hour.highest) == (None, None, None, ())
    assert [home.register(number) for number in range(40241, 40254, 2)] == [None] * 7


def test_a_wrong_clock_that_was_far_ahead_is_left_behind() -> None:
    home = Home(at(12), hourly(1000), AIDON, computer_off=400 * 24 * 3600.0)
    home.lists = False
    home.until(at(13, 10))
    home.lists = True
    home.restart(10)
    home.computer_off = 0.0
    home.begin()
    home.until(at(16, 30))
    hour = home.hour()
    assert hour.begin is not None
    assert hour.begin.isoformat() == "2026-11-10T16:00:00+01:00"
    assert hour.import_wh == pytest.approx(500, abs=10)


# Registers


def silent(when_stale: WhenStale) -> Home:
    """A home whose meter is silent since a while."""
    home = Home(at(11, 59), hourly(1000, 2000))
    home.meter.change(MeterConfig(serial_settings="2400 8N1", rules=Rules(when_stale=when_stale)))
    home.until(at(13, 30))
    home.hears = False
    home.run(120)
    return home


def test_while_stale_the_hours_follow_when_stale() -> None:
    refused, zero, held = (silent(mode) for mode in (WhenStale.EXCEPTION, WhenStale.ZERO, WhenStale.HOLD))
    numbers = range(40241, 40254, 2)
    assert [refused.meter.read(number - 40001, 2) for number in numbers] == [0x0B] * 7
    assert [held.register(number) for number in numbers] == pytest.approx(
        [1000, 0, 2000, 1000, 1000, 2000, 2000], abs=20
    )
    assert [zero.meter.read(number - 40001, 2) for number in numbers] == [b"\xff" * 4] * 5 + [b"\x80\0\0\0"] * 2
