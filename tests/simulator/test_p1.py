"""The Swedish P1 telegram."""

from __future__ import annotations

import re
from datetime import datetime

from han2x.simulator import SimulatedMeter
from tests.simulator.wire import crc16, moment_at

LINE = re.compile(r"1-0:\d+\.(8\.0\(\d{8}\.\d{3}\*kV?(Wh|Arh)|7\.0\(\d{4}\.\d{3}\*k(W|VAr)|7\.0\(\d{3}\.\d\*[VA])\)")


def telegram_at(start: str) -> tuple[SimulatedMeter, float, bytes]:
    meter = SimulatedMeter("kamstrup-p1", start=datetime.fromisoformat(start))
    return meter, *next(meter.frames_between(0, 10))


def test_a_telegram_has_27_lines_700_octets_and_a_right_checksum() -> None:
    _, _, octets = telegram_at("2026-03-04T11:59:53")
    telegram, checksum = octets[: octets.index(b"!") + 1], octets[octets.index(b"!") + 1 :]
    lines = telegram.decode("ascii").split("\r\n")

    assert len(octets) == 700
    assert checksum == b"%04X\r\n" % crc16(telegram, 0xA001, 0)
    assert lines[:3] == ["/KAM5", "", "0-0:1.0.0(260304120000W)"]
    assert len(lines[2:-1]) == 27
    assert all(LINE.fullmatch(line) for line in lines[3:-1])


def test_the_lines_stand_in_the_order_of_the_real_telegram() -> None:
    _, _, octets = telegram_at("2026-03-04T11:59:53")

    assert " ".join(re.findall(r":([\d.]+)\(", octets.decode())) == (
        "1.0.0 1.8.0 2.8.0 3.8.0 4.8.0 1.7.0 2.7.0 3.7.0 4.7.0 21.7.0 41.7.0 61.7.0 22.7.0 42.7.0 62.7.0 "
        "23.7.0 43.7.0 63.7.0 24.7.0 44.7.0 64.7.0 32.7.0 52.7.0 72.7.0 31.7.0 51.7.0 71.7.0"
    )


def test_the_values_are_those_of_the_house() -> None:
    meter, second, octets = telegram_at("2026-03-04T11:59:53")
    moment = moment_at(meter, int(second))
    sent = dict(re.findall(r":([\d.]+)\(([\d.]+)\*", octets.decode()))

    assert float(sent["1.8.0"]) == moment.registers.active_import // 3_600_000 / 1000
    assert round(1000 * (float(sent["41.7.0"]) - float(sent["42.7.0"]))) == round(moment.powers[1][0] / 1000)
    assert abs(float(sent["52.7.0"]) - moment.voltages_mv[1] / 1000) <= 0.0501
    assert abs(float(sent["51.7.0"]) - moment.currents_ma[1] / 1000) <= 0.0501


def test_the_clock_follows_summer_time_and_says_so() -> None:
    assert b"0-0:1.0.0(260704130000S)" in telegram_at("2026-07-04T11:59:53")[2]
