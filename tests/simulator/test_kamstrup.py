"""The push lists of Kamstrup."""

from __future__ import annotations

from datetime import datetime

import pytest

from han2x.simulator import Encryption, SimulatedMeter
from han2x.simulator.kamstrup import Kamstrup, Steps, power_factor
from tests.simulator.wire import NOON, Tagged, apdu_of, body_of, by_length, clock, elements, moment_at, number, obis

FIRST = ["1.1.0.0.5.255", "1.1.96.1.1.255", "1.1.1.7.0.255", "1.1.2.7.0.255", "1.1.3.7.0.255", "1.1.4.7.0.255"]
CURRENTS = ["1.1.31.7.0.255", "1.1.51.7.0.255", "1.1.71.7.0.255"]
VOLTAGES = ["1.1.32.7.0.255", "1.1.52.7.0.255", "1.1.72.7.0.255"]
ENERGIES = ["0.1.1.0.0.255", "1.1.1.8.0.255", "1.1.2.8.0.255", "1.1.3.8.0.255", "1.1.4.8.0.255"]


def pairs(frame: bytes) -> dict[str, Tagged]:
    """OBIS codes and values in their order, of a list whose first element is the list version; null pairs left out."""
    _, body = body_of(apdu_of(frame))
    assert body.tag == 0x02
    version, *rest = elements(body)
    assert version == Tagged(0x0A, b"Kamstrup_V0001")
    codes, values = rest[::2], rest[1::2]
    sent = zip(codes, values, strict=True)
    return {obis(code.value): each for code, each in sent if not code.value is each.value is None}


@pytest.mark.parametrize(
    ("kind", "header", "octets", "count"),
    [
        ("kamstrup", "7ea0e22b2113239a", 228, 25),
        ("kamstrup", "7ea12c2b2113fc04", 302, 35),
        ("kamstrup-1p", "7ea0ba2b2113edaa", 188, 25),
        ("kamstrup-1p", "7ea1042b2113776e", 262, 35),
        ("kamstrup-push1", "7ea1cb2b211357e7", 461, 65),
        ("kamstrup-push1-1p", "7ea11d2b2113", 287, 37),
    ],
)
def test_a_telegram_has_header_length_and_count_of_the_real_one(
    kind: str, header: str, octets: int, count: int
) -> None:
    frame = by_length(kind)[octets]

    assert frame.hex().startswith(header)
    date_time, body = body_of(apdu_of(frame))
    assert date_time[0] == 0x0C
    assert len(elements(body)) == count


def test_list_1_holds_the_documented_objects_and_list_2_adds_the_energies() -> None:
    sent = by_length("kamstrup")

    assert list(pairs(sent[228])) == FIRST + CURRENTS + VOLTAGES
    assert list(pairs(sent[302])) == FIRST + CURRENTS + VOLTAGES + ENERGIES


def test_a_one_phase_meter_sends_two_null_data_in_place_of_each_missing_pair() -> None:
    frame = by_length("kamstrup-1p")[188]

    assert list(pairs(frame)) == [*FIRST, CURRENTS[0], VOLTAGES[0]]
    places = [element.tag for element in elements(body_of(apdu_of(frame))[1])]
    assert places[15:19] == places[21:25] == [0x00] * 4


def test_push_1_has_its_own_order() -> None:
    groups = [code.split(".", 2)[2].removesuffix(".255") for code in pairs(by_length("kamstrup-push1")[461])]

    assert " ".join(groups) == (
        "1.8.0 2.8.0 3.8.0 4.8.0 0.0.1 1.7.0 2.7.0 3.7.0 4.7.0 1.0.0 32.7.0 52.7.0 72.7.0 31.7.0 51.7.0 71.7.0 "
        "21.7.0 41.7.0 61.7.0 33.7.0 53.7.0 73.7.0 13.7.0 22.7.0 42.7.0 62.7.0 "
        "22.8.0 42.8.0 62.8.0 21.8.0 41.8.0 61.8.0"
    )


def test_the_values_are_those_of_the_house_in_the_documented_steps() -> None:
    meter = SimulatedMeter("kamstrup", start=NOON)
    (second, frame), *_ = [sent for sent in meter.frames_between(0, 20) if len(sent[1]) == 228]
    moment = moment_at(meter, int(second))
    sent = pairs(frame)

    assert number(sent["1.1.1.7.0.255"]) - number(sent["1.1.2.7.0.255"]) == pytest.approx(
        moment.active_mw / 1000, abs=1
    )
    assert [number(sent[code]) for code in CURRENTS] == [round(ma / 10) for ma in moment.currents_ma]
    assert [number(sent[code]) for code in VOLTAGES] == [round(mv / 1000) for mv in moment.voltages_mv]


def test_list_2_of_the_full_hour_is_sent_5_s_later_with_the_registers_of_the_hour() -> None:
    meter = SimulatedMeter("kamstrup", start=NOON, first_hourly_list=False)
    ((second, frame),) = [sent for sent in meter.frames_between(0, 3600) if len(sent[1]) == 302]
    sent = pairs(frame)

    assert second == 12  # 12:00:05
    assert clock(sent["0.1.1.0.0.255"].value) == "2026-03-04T12:00:05 [3 8000 00]"
    assert clock(body_of(apdu_of(frame))[0][1:]) == "2026-03-04T12:00:05 [3 8000 00]"
    registers = moment_at(meter, 7).registers.totals
    assert [number(sent[code]) for code in ENERGIES[1:]] == [register // 36_000_000 for register in registers]


def test_old_firmware_writes_a_tag_before_the_date_time() -> None:
    sent = by_length(Kamstrup(old_date_time=True))

    assert sent[229].hex().startswith("7ea0e32b21139886")
    assert sent[303].hex().startswith("7ea12d2b21134718")
    assert body_of(apdu_of(sent[229]))[0][:2] == b"\x09\x0c"


def test_other_scales_change_the_raw_values() -> None:
    documented = pairs(by_length("kamstrup")[302])
    other = pairs(by_length(Kamstrup(scales=Steps(energy_wh=1, voltage_mv=10, current_ma=1)))[302])

    assert number(other["1.1.1.8.0.255"]) // 10 == number(documented["1.1.1.8.0.255"])
    assert number(other[CURRENTS[0]]) == pytest.approx(10 * number(documented[CURRENTS[0]]), abs=6)
    assert number(other[VOLTAGES[0]]) == pytest.approx(100 * number(documented[VOLTAGES[0]]), abs=60)


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="the step energy_wh must be at least 1, not 0"):
        Steps(energy_wh=0)


@pytest.mark.parametrize(("watt", "var", "factor"), [(485, 172, 94), (528, 5, 99), (2585, 63364, 4), (0, 0, 100)])
def test_a_power_factor_is_cut_and_not_rounded(watt: int, var: int, factor: int) -> None:
    assert power_factor(watt * 1000, -var * 1000) == factor


@pytest.mark.parametrize(
    ("kind", "header", "octets"),
    [
        ("kamstrup", "7ea100410313" + "2f7a", 258),
        ("kamstrup-push1", "7ea1e9410313" + "c637", 491),
        ("kamstrup-push1-1p", "7ea13b410313" + "c8f6", 317),
    ],
)
def test_a_ciphered_telegram_has_header_and_length_of_the_real_one(kind: str, header: str, octets: int) -> None:
    meter = SimulatedMeter(kind, start=NOON, encryption=Encryption(bytes(16), bytes(16)))
    frame = next(octets_ for _, octets_ in meter.frames_between(0, 30) if len(octets_) == octets)

    assert frame.hex().startswith(header)
    assert apdu_of(frame).startswith(b"\xdb\x08KAME")


def test_the_invocation_counter_goes_up_by_one_and_begins_higher_after_a_restart() -> None:
    encryption = Encryption(bytes(16), bytes(16))

    def counters(start: str) -> list[int]:
        meter = SimulatedMeter("kamstrup", start=datetime.fromisoformat(start), encryption=encryption)
        return [int.from_bytes(apdu_of(octets)[14:18], "big") for _, octets in meter.frames_between(0, 60)]

    first, second = counters("2026-03-04T11:59:53"), counters("2026-03-04T12:01:00")
    assert first == list(range(first[0], first[0] + len(first)))
    assert second[0] > first[-1]
