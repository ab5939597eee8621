"""The push lists of Kaifa."""

from __future__ import annotations

from datetime import datetime

import pytest

from han2x.simulator import SimulatedMeter
from tests.simulator.wire import NOON, Tagged, apdu_of, body_of, by_length, clock, elements, moment_at, number


def values(frame: bytes) -> list[Tagged]:
    date_time, body = body_of(apdu_of(frame))
    assert date_time[:2] == b"\x09\x0c"
    assert body.tag == 0x02
    return elements(body)


@pytest.mark.parametrize(
    ("kind", "header", "octets", "count"),
    [
        ("kaifa", "7ea02701020110" + "5a87", 41, 1),
        ("kaifa", "7ea07801020110" + "c498", 122, 13),
        ("kaifa", "7ea09a01020110" + "aaa5", 156, 18),
        ("kaifa-3w", "7ea07901020110" + "8093", 123, 13),
        ("kaifa-3w", "7ea09b01020110" + "eeae", 157, 18),
        ("kaifa-1p", "7ea06501020110" + "f050", 103, 9),
        ("kaifa-1p", "7ea08701020110" + "9e6d", 137, 14),
        ("kaifa-se", "7ea09b01000110" + "561b", 157, 18),
    ],
)
def test_a_telegram_has_header_length_and_count_of_the_real_one(
    kind: str, header: str, octets: int, count: int
) -> None:
    frame = by_length(kind)[octets]

    assert frame.hex().startswith(header)
    assert len(values(frame)) == count


def test_lists_come_every_two_and_ten_seconds_and_list_3_10_s_after_the_hour() -> None:
    meter = SimulatedMeter("kaifa", start=NOON, first_hourly_list=False)

    sent = [(second - 7, len(octets)) for second, octets in meter.frames_between(7, 30)]

    assert [second for second, _ in sent] == list(range(0, 23, 2))
    assert [(second, octets) for second, octets in sent if octets != 41] == [(0, 122), (10, 156), (20, 122)]


def test_list_3_holds_milliamperes_tenths_of_a_volt_and_single_watt_hours_of_its_own_moment() -> None:
    meter = SimulatedMeter("kaifa", start=NOON, first_hourly_list=False)
    ((second, frame),) = [sent for sent in meter.frames_between(0, 30) if len(sent[1]) == 156]
    moment = moment_at(meter, int(second))
    sent = values(frame)

    assert [each.value for each in sent[:3]] == [b"KFM_001", b"9999000000000017", b"MA304H4"]
    assert [number(each) for each in sent[7:10]] == list(moment.currents_ma)
    assert [number(each) for each in sent[10:13]] == [round(mv / 100) for mv in moment.voltages_mv]
    assert clock(sent[13].value) == "2026-03-04T12:00:10 [3 8000 00]"
    assert [number(each) for each in sent[14:]] == [register // 3_600_000 for register in moment.registers.totals]


def test_a_three_wire_meter_sends_no_second_voltage() -> None:
    sent = values(by_length("kaifa-3w")[123])

    assert sent[2].value == b"MA304H3E"
    assert number(sent[11]) == 0 < number(sent[10])


@pytest.mark.parametrize(
    ("normal", "shown"),
    [
        ("2026-03-29T01:59:50", "2026-03-29T01:59:50"),
        ("2026-03-29T02:00:00", "2026-03-29T03:00:00"),
        ("2026-10-25T01:59:50", "2026-10-25T02:59:50"),
        ("2026-10-25T02:00:00", "2026-10-25T02:00:00"),
    ],
)
def test_the_norwegian_clock_follows_summer_time(normal: str, shown: str) -> None:
    frame = next(SimulatedMeter("kaifa", start=datetime.fromisoformat(normal)).frames_between(0, 1))[1]

    assert clock(body_of(apdu_of(frame))[0][2:]) == f"{shown} [7 8000 00]"


def test_the_swedish_clock_stays_on_normal_time_and_says_so() -> None:
    frame = next(SimulatedMeter("kaifa-se", start=datetime.fromisoformat("2026-07-01T12:00:00")).frames_between(0, 1))[
        1
    ]

    assert clock(body_of(apdu_of(frame))[0][2:]) == "2026-07-01T12:00:00 [3 ffc4 00]"
