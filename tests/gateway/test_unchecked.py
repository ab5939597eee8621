"""Which P1 telegrams without a checksum are believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.diagnosis import Code
from han2x.gateway.meter import Meter
from han2x.model import Event, Problem, ProblemCause, Quantity, Reading
from tests import frames

FIRST = ("1-0:1.8.1(07041.882*kWh)", "1-0:1.8.2(02351.565*kWh)", "1-0:1.7.0(0000.54*kW)")
SECOND = ("1-0:1.8.1(07041.884*kWh)", "1-0:1.8.2(02351.565*kWh)", "1-0:1.7.0(0000.67*kW)")


class Gateway:
    """A meter of DSMR 2 that sends every ten seconds."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.meter = Meter(MeterConfig(port="/dev/ttyUSB0", serial_settings="9600 7E1"), lambda: self.now)

    def hears(self, *lines: str, identification: str = "KMP5 KA6U", checksum: bool = False) -> list[Event]:
        telegram = frames.p1(lines, identification)
        self.now += 10.0
        return self.meter.feed(telegram if checksum else telegram[:-6] + b"\r\n")

    def power(self) -> int | None:
        value = self.meter.state.snapshot(self.now).values.get(Quantity.ACTIVE_POWER_IMPORT)
        return None if value is None else value.milli // 1000


def held_back(events: list[Event]) -> bool:
    (event,) = events
    return not isinstance(event, Reading) and event.cause == ProblemCause.UNCONFIRMED


def test_values_are_published_from_the_second_telegram_that_agrees() -> None:
    gateway = Gateway()

    assert held_back(gateway.hears(*FIRST))
    assert gateway.power() is None
    assert gateway.meter.line.diagnosis(gateway.now).code is Code.NO_CHECKSUM
    assert not held_back(gateway.hears(*SECOND))
    assert gateway.power() == 670
    assert gateway.meter.line.diagnosis(gateway.now).code is Code.UNCHECKED


@pytest.mark.parametrize(
    "damaged",
    [
        (SECOND[0].replace("07041", "17041"), *SECOND[1:]),
        (SECOND[0].replace("07041", "07040"), *SECOND[1:]),
        SECOND[:2],
        (*SECOND, "1-0:2.7.0(0000.10*kW)"),
        (SECOND[0].replace("1.8.1", "1.8.7"), *SECOND[1:]),
        (*SECOND, "0-0:96.13.0(3031)"),
        (*SECOND[:2], "1-0:1.7.0(000.67*kW)"),
    ],
    ids=[
        "energy far ahead",
        "energy back",
        "power missing",
        "another value",
        "tariff missing",
        "another line",
        "a digit lost",
    ],
)
def test_a_telegram_that_does_not_agree_is_held_back_and_the_next_good_one_is_not_lost_for_long(
    damaged: tuple[str, ...],
) -> None:
    gateway = Gateway()
    gateway.hears(*FIRST)
    gateway.hears(*SECOND)

    assert held_back(gateway.hears(*damaged))
    assert gateway.power() == 670
    assert held_back(gateway.hears(*SECOND))
    assert not held_back(gateway.hears(*SECOND))


def test_another_meter_has_to_agree_with_itself() -> None:
    gateway = Gateway()
    gateway.hears(*FIRST)
    gateway.hears(*SECOND)

    assert held_back(gateway.hears(*SECOND, identification="KMP5 KA6V"))
    assert not held_back(gateway.hears(*SECOND, identification="KMP5 KA6V"))


def test_a_telegram_with_a_checksum_is_published_at_once() -> None:
    gateway = Gateway()

    assert not held_back(gateway.hears(*FIRST, checksum=True))
    assert gateway.power() == 540


def test_a_meter_that_has_sent_checksums_has_lost_one() -> None:
    gateway = Gateway()
    gateway.hears(*FIRST, checksum=True)
    for _ in range(2):
        (event,) = gateway.hears(*SECOND)
        assert isinstance(event, Problem)
        assert event.cause is ProblemCause.P1_CRC_MISSING
    assert gateway.power() == 540


def test_after_hours_of_silence_the_energies_may_have_risen() -> None:
    gateway = Gateway()
    gateway.hears(*FIRST)
    gateway.now += 5 * 3600

    assert not held_back(gateway.hears(FIRST[0].replace("07041", "07061"), *SECOND[1:]))


def wrong_checksum(*lines: str) -> bytes:
    """A telegram of DSMR 5 whose checksum is made in a way that nobody knows."""
    telegram = frames.p1(("1-3:0.2.8(50)", *lines), "AUX5")
    return telegram[:-6] + f"{int(telegram[-6:-2], 16) ^ 0x1234:04X}\r\n".encode()


def test_telegrams_with_wrong_checksums_are_refused_unless_the_setting_ignores_them() -> None:
    gateway = Gateway()
    for lines in (FIRST, SECOND):
        (event,) = gateway.meter.feed(wrong_checksum(*lines))
        assert isinstance(event, Problem)
        assert event.cause is ProblemCause.P1_CRC
    assert gateway.power() is None


def test_where_checksums_are_ignored_values_are_published_from_the_second_telegram_that_agrees() -> None:
    gateway = Gateway()
    changed = replace(gateway.meter.config, p1_checksums=False)
    assert gateway.meter.change(changed), "the line is read from the start"
    gateway.meter.renew_line()

    assert held_back(gateway.meter.feed(wrong_checksum(*FIRST)))
    assert gateway.power() is None
    gateway.now += 10
    assert not held_back(gateway.meter.feed(wrong_checksum(*SECOND)))
    assert gateway.power() == 670
    assert gateway.meter.line.diagnosis(gateway.now).code is Code.UNCHECKED
    damaged = wrong_checksum(*SECOND).replace(b"07041", b"17041")
    gateway.now += 10
    assert held_back(gateway.meter.feed(damaged))


def test_where_checksums_are_ignored_a_right_one_now_and_then_does_not_make_the_others_damaged() -> None:
    gateway = Gateway()
    gateway.meter.change(replace(gateway.meter.config, p1_checksums=False))
    gateway.meter.renew_line()
    gateway.hears(*FIRST, checksum=True)

    assert held_back(gateway.hears(*FIRST))
    assert not held_back(gateway.hears(*SECOND))
