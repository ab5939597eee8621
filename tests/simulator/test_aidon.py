"""The push lists of Aidon."""

from __future__ import annotations

from datetime import datetime

import pytest

from han2x.simulator import SimulatedMeter
from tests.simulator.wire import NOON, Tagged, apdu_of, body_of, by_length, clock, elements, moment_at, number, obis


def objects(frame: bytes) -> dict[str, list[Tagged]]:
    """What stands after each OBIS code: a text or clock, or a value with scaler and unit."""
    date_time, body = body_of(apdu_of(frame))
    assert date_time == b"\x00"
    assert body.tag == 0x01
    return {obis(elements(each)[0].value): elements(each)[1:] for each in elements(body)}


def scaled(parts: list[Tagged]) -> tuple[int, int, int]:
    value, scaler_unit = parts
    scaler, unit = elements(scaler_unit)
    return number(value), number(scaler), number(unit)


@pytest.mark.parametrize(
    ("kind", "header", "octets", "count"),
    [
        ("aidon", "7ea02a4108831304" + "13", 44, 1),
        ("aidon", "7ea11e41088313" + "eeee", 288, 13),
        ("aidon", "7ea18a41088313" + "ebfd", 396, 18),
        ("aidon-1p", "7ea0d241088313" + "82d6", 212, 9),
        ("aidon-se", "7ea24341088313" + "85eb", 581, 27),
    ],
)
def test_a_telegram_has_header_length_and_count_of_the_real_one(
    kind: str, header: str, octets: int, count: int
) -> None:
    frame = by_length(kind)[octets]

    assert frame.hex().startswith(header)
    assert len(objects(frame)) == count


def test_lists_come_every_two_and_a_half_and_ten_seconds_and_list_3_10_s_after_the_hour() -> None:
    meter = SimulatedMeter("aidon", start=NOON, first_hourly_list=False)

    sent = [(second - 7, len(octets)) for second, octets in meter.frames_between(7, 30)]

    assert sent == [
        (0, 288),
        (2.5, 44),
        (5, 44),
        (7.5, 44),
        (10, 396),
        (12.5, 44),
        (15, 44),
        (17.5, 44),
        (20, 288),
        (22.5, 44),
    ]


def test_list_3_tells_the_full_hour_and_its_registers() -> None:
    meter = SimulatedMeter("aidon", start=NOON, first_hourly_list=False)
    (frame,) = [octets for _, octets in meter.frames_between(0, 30) if len(octets) == 396]
    sent = objects(frame)

    assert clock(sent["0.0.1.0.0.255"][0].value) == "2026-03-04T12:00:00 [3 0000 00]"
    totals = moment_at(meter, 7).registers.totals
    assert [scaled(sent[f"1.0.{group}.8.0.255"]) for group in (1, 2, 3, 4)] == [
        (register // 36_000_000, 1, unit) for register, unit in zip(totals, (0x1E, 0x1E, 0x20, 0x20), strict=True)
    ]


def test_a_sunday_is_written_as_zero() -> None:
    frame = by_length("aidon", start=datetime.fromisoformat("2022-10-16T10:59:53"))[396]

    assert clock(objects(frame)["0.0.1.0.0.255"][0].value).endswith("[0 0000 00]")


def test_the_current_of_an_exporting_phase_is_negative() -> None:
    meter = SimulatedMeter("aidon", start=NOON)
    second, frame = next(sent for sent in meter.frames_between(0, 60) if len(sent[1]) == 288)
    moment = moment_at(meter, int(second))
    sent = objects(frame)

    assert min(power for power, _ in moment.powers) < 0 < max(power for power, _ in moment.powers)
    for group, (power, _), ma in zip((31, 51, 71), moment.powers, moment.currents_ma, strict=True):
        signed = -ma if power < 0 else ma
        assert scaled(sent[f"1.0.{group}.7.0.255"]) == (round(signed / 100), -1, 0x21)
    assert scaled(sent["1.0.32.7.0.255"]) == (round(moment.voltages_mv[0] / 100), -1, 0x23)


def test_the_swedish_list_counts_single_watt_hours_and_begins_with_the_clock() -> None:
    meter = SimulatedMeter("aidon-se", start=NOON)
    second, frame = next(meter.frames_between(0, 10))
    sent = objects(frame)

    assert next(iter(sent)) == "0.0.1.0.0.255"
    assert clock(sent["0.0.1.0.0.255"][0].value) == "2026-03-04T12:00:00 [3 8000 ff]"
    register = moment_at(meter, int(second)).registers.active_import
    assert scaled(sent["1.0.1.8.0.255"]) == (register // 3_600_000, 0, 0x1E)
    assert "1.0.64.7.0.255" in sent
