"""The minutes of a meter: what came in them, by which clock, and when they are let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.history import MeterHistory, Minute, Span, VoltageHour, VoltageSpan
from han2x.history.rows import MOST_MINUTES
from han2x.model import MeterTime, Problem, ProblemCause, PushList, Quantity, Reading
from han2x.registers import DeviceFacts

START = datetime(2026, 11, 10, 11, tzinfo=UTC).timestamp()
P_IMPORT, L1, L2, U1, U2 = (
    Quantity.ACTIVE_POWER_IMPORT,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.VOLTAGE_L1,
    Quantity.VOLTAGE_L2,
)


class Line:
    """A meter whose telegrams are made by hand. `stamped` ones tell the time, else the computer's clock counts."""

    def __init__(self, *, stamped: bool = True, computer_off: float = 0.0) -> None:
        self.now, self.stamped, self.computer_off = START, stamped, computer_off
        self.meter = Meter(MeterConfig(serial_settings="2400 8N1"), lambda: self.now, facts=self._facts)
        self.history = MeterHistory(self.meter.state, lambda: self.meter.bank.factor.active)
        self.meter.consumers.append(self.history.take)

    def hear(self, at: float, *, stamp: float | None = None, meter_id: str = "1", **values: float) -> None:
        """A telegram comes so many seconds after the start, in whole units by the quantities' names."""
        self.pass_to(at)
        clock = datetime.fromtimestamp(START + (at if stamp is None else stamp), UTC) + timedelta(hours=1)
        milli = {Quantity[name.upper()]: round(1000 * value) for name, value in values.items()}
        time = MeterTime(clock.replace(tzinfo=None)) if self.stamped else None
        reading = Reading(0, "kamstrup", PushList.LIST_2, milli, meter_id=meter_id, header_time=time)
        self.meter.take(reading)

    def pass_to(self, at: float) -> None:
        """Time passes, with a tick a second."""
        while self.now < START + at:
            self.now = min(self.now + 1, START + at)
            self.meter.tick()
            self.history.tick(self.now)

    def minutes(self) -> dict[int, Minute]:
        """Those that were completed, by how many minutes after the start they began."""
        rows = [row for row in self.history.taken() if isinstance(row, Minute)]
        return {(row.begin - round(START)) // 60: row for row in rows}

    def _facts(self, now: float) -> DeviceFacts:
        return DeviceFacts(unix_time=now + self.computer_off)


def test_a_minute_has_the_mean_the_lowest_and_the_highest_of_what_came_in_it_and_of_nothing_else() -> None:
    line = Line()
    line.hear(10, active_power_import=1000, current_l1=4.2)
    line.hear(20, active_power_import=4000, voltage_l2=231)
    line.hear(30, active_power_import=1600, reactive_energy_import=5)
    line.pass_to(66)
    (minute,) = line.minutes().values()
    assert minute.begin == START
    assert minute.factor == 1000
    assert minute.values == {
        P_IMPORT: Span(2_200_000, 1_000_000, 4_000_000),
        L1: Span(4200, 4200, 4200),
        U2: Span(231_000, 231_000, 231_000),
    }


def test_a_minute_in_which_nothing_came_has_no_row_however_seldom_the_meter_sends() -> None:
    line = Line()
    for at in (30, 330, 630):
        line.hear(at, active_power_import=at)
    line.pass_to(700)
    assert list(line.minutes()) == [0, 5, 10]


def test_a_telegram_without_any_of_these_values_and_octets_that_are_none_make_no_row() -> None:
    line = Line()
    line.hear(10, reactive_energy_import=5)
    line.meter.take(Problem(0, ProblemCause.FCS, ""))
    line.pass_to(70)
    assert line.minutes() == {}
    assert line.history.present() == []


def test_a_power_told_at_the_full_minute_is_of_the_minute_before() -> None:
    line = Line()
    line.hear(50, active_power_import=100)
    line.hear(61.5, stamp=60, active_power_import=300)
    line.hear(72, stamp=70, active_power_import=900)
    line.pass_to(140)
    assert {place: row.values[P_IMPORT] for place, row in line.minutes().items()} == {
        0: Span(200_000, 100_000, 300_000),
        1: Span(900_000, 900_000, 900_000),
    }


def test_a_telegram_that_comes_when_its_minute_is_over_does_not_replace_the_minute() -> None:
    line = Line()
    for at in range(0, 60, 10):
        line.hear(at, active_power_import=100)
    line.hear(70, active_power_import=500)
    line.hear(75, stamp=31, active_power_import=9999)
    line.pass_to(140)
    line.hear(150, stamp=75, active_power_import=9999)
    line.pass_to(210)
    minutes = line.minutes()
    assert minutes[0].values == {P_IMPORT: Span(100_000, 100_000, 100_000)}
    assert minutes[1].values == {P_IMPORT: Span(500_000, 500_000, 500_000)}


def test_the_factor_of_a_minute_is_the_one_at_its_end() -> None:
    line = Line()
    line.hear(10, active_power_import=1)
    line.meter.bank.change(line.meter.config.rules, factor=40_000)
    line.hear(70, active_power_import=1)
    line.meter.bank.change(line.meter.config.rules, factor=2000)
    line.pass_to(140)
    assert [(row.factor, row.values[P_IMPORT].mean) for row in line.minutes().values()] == [
        (40_000, 1000),
        (2000, 1000),
    ]


def test_the_minute_in_progress_is_present_and_not_yet_taken() -> None:
    line = Line()
    line.hear(10, active_power_import=70)
    line.hear(65, active_power_import=80)
    assert [row.begin - START for row in line.history.present() if isinstance(row, Minute)] == [0, 60]
    assert list(line.minutes()) == [0]
    assert [row.begin - START for row in line.history.present() if isinstance(row, Minute)] == [60]


def test_minutes_of_a_computers_clock_wait_until_it_will_not_be_set_any_more() -> None:
    line = Line(stamped=False)
    line.hear(10, active_power_import=70)
    line.pass_to(590)
    assert line.minutes() == {}
    assert [type(row) for row in line.history.present()] == [Minute]
    line.pass_to(620)
    assert list(line.minutes()) == [0]


def test_minutes_of_a_clock_that_is_set_before_it_was_settled_were_of_no_minute() -> None:
    line = Line(stamped=False, computer_off=-86_400)
    for at in (10, 70, 130):
        line.hear(at, active_power_import=70)
    line.computer_off = 0
    for at in (190, 250):
        line.hear(at, active_power_import=80)
    line.pass_to(900)
    minutes = line.minutes()
    assert list(minutes) == [3, 4]
    assert {row.values[P_IMPORT].mean for row in minutes.values()} == {80_000}


@pytest.mark.parametrize("step_min", [-150, 150])
def test_a_meters_clock_that_is_set_makes_no_minute_of_two(step_min: int) -> None:
    line = Line(computer_off=-5000 * 86_400)
    for at in range(5, 300, 10):
        line.hear(at, active_power_import=100)
    for at in range(305, 600, 10):
        line.hear(at, stamp=at + 60 * step_min, active_power_import=900)
    line.pass_to(700)
    spans = {place: row.values[P_IMPORT] for place, row in line.minutes().items()}
    assert set(spans) >= {0, 1, 2, 3, *(place + step_min for place in range(6, 10))}
    for place, span in spans.items():
        milli = 100_000 if 0 <= place < 10 else 900_000
        assert span == Span(milli, milli, milli)


def test_without_a_clock_there_are_no_minutes() -> None:
    line = Line(stamped=False, computer_off=-5000 * 86_400)
    for at in range(0, 900, 10):
        line.hear(at, active_power_import=1)
    assert line.history.present() == line.history.taken() == []


def test_another_meters_values_are_not_in_the_minute_of_the_one_before() -> None:
    line = Line()
    line.hear(5, active_power_import=100)
    line.hear(65, active_power_import=200)
    line.hear(75, active_power_import=5000, meter_id="2")
    line.pass_to(140)
    minutes = line.minutes()
    assert minutes[0].values[P_IMPORT].mean == 100_000
    assert minutes[1].values == {P_IMPORT: Span(5_000_000, 5_000_000, 5_000_000)}


def test_when_nobody_takes_the_rows_the_oldest_minutes_go() -> None:
    line = Line()
    for minute in range(MOST_MINUTES + 20):
        line.hear(60 * minute + 30, active_power_import=1)
    line.pass_to(60 * (MOST_MINUTES + 21))
    assert list(line.minutes()) == list(range(20, MOST_MINUTES + 20))


# Voltages


def test_an_hour_of_voltages_has_the_extremes_and_the_minutes_outside_what_is_allowed() -> None:
    line = Line()
    volts = {0: (206.0, 207.5), 1: (206.9, 206.9), 2: (253.0, 253.0), 3: (252.0, 254.5), 59: (230.0, 230.0)}
    for minute, pair in volts.items():
        for at, volt in zip((10, 20), pair, strict=True):
            line.hear(60 * minute + at, voltage_l1=volt, voltage_l2=230)
    line.pass_to(3590)
    assert not [row for row in line.history.taken() if isinstance(row, VoltageHour)]
    assert [row.begin for row in line.history.present() if isinstance(row, VoltageHour)] == [START]
    line.pass_to(3620)
    (hour,) = [row for row in line.history.taken() if isinstance(row, VoltageHour)]
    assert hour.begin == START
    assert hour.phases == {U1: VoltageSpan(206_000, 254_500, 5, 2, 1), U2: VoltageSpan(230_000, 230_000, 5, 0, 0)}


def test_an_hour_without_a_voltage_has_no_row_and_the_next_one_begins_empty() -> None:
    line = Line()
    line.hear(10, voltage_l1=200)
    line.hear(3700, active_power_import=1)
    line.hear(7300, voltage_l1=240)
    line.pass_to(11_000)
    hours = [row for row in line.history.taken() if isinstance(row, VoltageHour)]
    assert {row.begin - START: row.phases[U1] for row in hours} == {
        0: VoltageSpan(200_000, 200_000, 1, 1, 0),
        7200: VoltageSpan(240_000, 240_000, 1, 0, 0),
    }
