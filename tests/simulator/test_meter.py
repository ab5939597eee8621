"""A simulated meter as a stream of telegrams."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.model import PushList, Quantity, Reading
from han2x.simulator import KINDS, Encryption, SimulatedMeter, TraceLoad
from tests.simulator.wire import NOON, moment_at, telegrams

P1_MAKERS = {
    "p1-nl-dsmr2": "iskraemeco",
    "p1-nl-dsmr4": "kaifa",
    "p1-nl-dsmr5": "iskraemeco",
    "p1-be": "unknown",
    "p1-lu": "sagemcom",
    "p1-pl": "kaifa",
    "p1-nes": "nes",
}
NO_VOLTAGES = ("p1-nl-dsmr2", "p1-nl-dsmr4")
# The others, whose lists do not all have a power, are read in tests/gateway/test_simulated_meters.py.
WITH_A_POWER = [kind for kind in KINDS if kind.startswith(("kamstrup", "aidon", "kaifa", "p1-"))]

LENGTHS_OF_HOURLY_LISTS = {"kamstrup": 302, "kamstrup-1p": 262, "aidon": 396, "kaifa": 156}


def hourly(kind: str, meter: SimulatedMeter, seconds: float) -> list[float]:
    return [second for second, octets in telegrams(meter, seconds) if len(octets) == LENGTHS_OF_HOURLY_LISTS[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_meter_says_the_same_again_and_a_later_part_of_it(kind: str) -> None:
    meter = SimulatedMeter(kind, start=NOON)
    whole = telegrams(meter, 60)

    assert telegrams(SimulatedMeter(kind, start=NOON), 60) == whole
    assert list(meter.frames_between(20, 40)) == [sent for sent in whole if 20 <= sent[0] < 40]


@pytest.mark.parametrize("kind", LENGTHS_OF_HOURLY_LISTS)
def test_the_first_hourly_list_comes_within_a_quarter_of_a_minute(kind: str) -> None:
    for begin in range(20, 30):
        meter = SimulatedMeter(kind, start=NOON.replace(minute=10, second=begin))
        assert len(hourly(kind, meter, 15)) == 1


@pytest.mark.parametrize("kind", LENGTHS_OF_HOURLY_LISTS)
def test_a_meter_as_it_really_is_sends_its_hourly_list_after_the_full_hour_only(kind: str) -> None:
    meter = SimulatedMeter(kind, start=NOON.replace(minute=50), first_hourly_list=False)

    (second,) = hourly(kind, meter, 1200)
    assert second - 547 in (5, 10)  # 12:00:00 is 547 s after 11:50:53


def test_an_hour_of_list_1_has_360_telegrams_each_at_its_ten_seconds() -> None:
    meter = SimulatedMeter("kamstrup", start=NOON)

    times = [second for second, octets in telegrams(meter, 3600) if len(octets) == 228]
    assert times == list(range(7, 3600, 10))


def test_the_start_may_have_a_zone_and_is_then_turned_into_normal_time() -> None:
    start = datetime(2026, 7, 1, 10, 0, 3, 250_000, tzinfo=UTC)

    assert SimulatedMeter("kamstrup", start=start).start == datetime.fromisoformat("2026-07-01T11:00:03")


def test_a_trace_is_what_the_meter_measures_and_counts() -> None:
    trace = [(1_500_000 + 1000 * second, -200_000) for second in range(100)]
    meter = SimulatedMeter("kamstrup", start=NOON, load=TraceLoad(trace), registers_wh=(1000.0, 0.0, 0.0, 0.0))
    moment = moment_at(meter, 40)

    assert (moment.active_mw, moment.reactive_mvar) == trace[39]
    assert moment.registers.active_import == 1000 * 3_600_000 + sum(p for p, _ in trace[:40])


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no simulated meter 'kamstrop'; there are kamstrup, kamstrup-1p"):
        SimulatedMeter("kamstrop", start=NOON)


def test_a_kind_that_cannot_encrypt_says_which_can() -> None:
    with pytest.raises(ValueError, match=r"'aidon' cannot encrypt; those that can are kamstrup, kamstrup-1p"):
        SimulatedMeter("aidon", start=NOON, encryption=Encryption(bytes(16)))


@pytest.mark.parametrize("kind", WITH_A_POWER)
def test_the_decoder_reads_every_telegram_as_the_house_stood(kind: str) -> None:
    meter = SimulatedMeter(kind, start=NOON)
    decoder = Decoder()

    for second, octets in meter.frames_between(0, 45):
        (reading,) = decoder.feed(octets) + decoder.silence()
        assert isinstance(reading, Reading)
        moment = moment_at(meter, int(second))
        assert reading.maker == P1_MAKERS.get(kind, kind.split("-")[0])
        assert abs(reading.values[Quantity.ACTIVE_POWER_IMPORT] - max(moment.active_mw, 0)) <= (
            10_000 if kind == "p1-nl-dsmr2" else 500
        )
        if kind not in NO_VOLTAGES and (reading.push_list is not PushList.LIST_1 or reading.maker == "kamstrup"):
            assert abs(reading.values[Quantity.VOLTAGE_L1] - moment.voltages_mv[0]) <= 500
        if (energy := reading.values.get(Quantity.ACTIVE_ENERGY_IMPORT)) is not None:
            assert 0 <= moment.registers.active_import / 3600 - energy < 30_000


@pytest.mark.parametrize("authentication_key", [None, bytes(range(16, 32))])
@pytest.mark.parametrize("kind", [name for name, each in KINDS.items() if each.ciphered])
def test_the_decoder_opens_every_ciphered_telegram(kind: str, authentication_key: bytes | None) -> None:
    keys = (bytes(range(16)), authentication_key)
    meter = SimulatedMeter(kind, start=NOON, encryption=Encryption(*keys))
    plain = telegrams(SimulatedMeter(kind, start=NOON), 45)
    decoder, plain_decoder = Decoder(security=Security(*keys)), Decoder()

    for (_, ciphered), (_, octets) in zip(telegrams(meter, 45), plain, strict=True):
        (reading,) = decoder.feed(ciphered) + decoder.silence()
        (expected,) = plain_decoder.feed(octets) + plain_decoder.silence()
        assert isinstance(reading, Reading)
        assert isinstance(expected, Reading)
        assert reading.encrypted
        assert reading.values == expected.values
