"""A reading as a P1 telegram: read back by our own decoder, and by other people's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.decoder import Decoder
from han2x.estimator import ENERGY_POWERS, Estimate
from han2x.framing.crc import arc
from han2x.measurements import CURRENTS, PHASE_POWERS, POWERS, REACTIVE_POWERS, VOLTAGES, Measurements
from han2x.meters.clock import central_european
from han2x.model import Quantity, Reading
from han2x.outputs.p1_telegram import clock, telegram
from han2x.state import Snapshot, Value
from tests.readings import FULL_LIST, NOW
from tests.tools import leave_out

Q = Quantity
SUMMER = datetime(2026, 7, 1, 10, 0, 7, tzinfo=UTC)
WINTER = datetime(2026, 11, 21, 22, 0, 7, tzinfo=UTC)
REACTIVE_PHASES = tuple(
    each for each in Q if each.startswith(("23.", "43.", "63.", "24.", "44.", "64.")) and each.endswith(".7.0")
)
PHASES = tuple(each for pair in PHASE_POWERS for each in pair)
WATTS = st.integers(0, 99_999).map(lambda watts: watts * 1000)
MILLI = st.integers(0, 999_999)


def of(values: Mapping[Quantity, int], energies: Mapping[Quantity, float] | None = None, **more: object) -> Snapshot:
    """What is known a moment after a telegram with these values in thousandths; energies are estimates in Wh."""
    known = {quantity: Value(milli, NOW) for quantity, milli in values.items()}
    estimates = {quantity: Estimate(wh, 1.0, (), NOW) for quantity, wh in (energies or {}).items()}
    snapshot = Snapshot(now=NOW + 1, stale=False, values=known, estimates=estimates)
    return replace(snapshot, **more)  # type: ignore[arg-type]  # any field


def whole(values: Mapping[Quantity, float]) -> dict[Quantity, int]:
    """Thousandths of values in whole units."""
    return {quantity: round(value * 1000) for quantity, value in values.items()}


def written(snapshot: Snapshot, *, factor: int = 1000, moment: datetime = WINTER) -> bytes:
    """The telegram."""
    octets = telegram(Measurements(snapshot, factor), moment, central_european)
    assert octets is not None
    return octets


def lines(octets: bytes) -> dict[str, str]:
    """What is in the brackets of each line."""
    found = (line.partition("(") for line in octets.decode("ascii").split("\r\n") if "(" in line)
    return {code: rest.removesuffix(")") for code, _, rest in found}


def read_back(octets: bytes) -> Reading:
    """What our own decoder makes of it; nothing else may come out."""
    events = Decoder().feed(octets)
    assert len(events) == 1
    assert isinstance(events[0], Reading)
    return events[0]


def _net(values: Mapping[Quantity, int], pairs: tuple[Quantity, ...]) -> int:
    """Imports less exports, which follow one another."""
    return sum(values.get(each, 0) * (-1 if place % 2 else 1) for place, each in enumerate(pairs))


@given(
    st.dictionaries(st.sampled_from([*POWERS, *REACTIVE_POWERS, *PHASES, *REACTIVE_PHASES]), WATTS),
    st.dictionaries(st.sampled_from([*VOLTAGES, *CURRENTS]), MILLI, min_size=1),
    st.dictionaries(st.sampled_from(list(ENERGY_POWERS)), st.integers(0, 99_999_999)),
    st.text("0123456789ABCxyz", min_size=1, max_size=20),
)
def test_our_own_decoder_reads_back_the_same_values(
    powers: dict[Quantity, int], others: dict[Quantity, int], energies: dict[Quantity, float], number: str
) -> None:
    # An export without an import is what no meter sends, and no reader could tell the direction of.
    for pair in (POWERS, REACTIVE_POWERS, *PHASE_POWERS):
        if pair[0] not in powers:
            powers.pop(pair[1], None)
    reading = read_back(written(of(powers | others, energies, meter_id=number)))

    expected = {**powers, **others, **{energy: int(wh) * 1000 for energy, wh in energies.items()}}
    derived = {quantity for quantity in PHASES if quantity in reading.values and quantity not in powers}
    assert {quantity: milli for quantity, milli in reading.values.items() if quantity not in derived} == expected
    if derived:  # what the total says of the phases, where the meter says nothing of them
        assert not set(PHASES) & set(powers)
        assert abs(_net(reading.values, PHASES) - _net(powers, POWERS)) <= 2000
    assert reading.meter_id == number
    assert reading.meter_time is not None
    assert reading.meter_time.local == datetime(2026, 11, 21, 23, 0, 7)  # noqa: DTZ001 - a meter's wall clock


def test_a_scaled_power_is_rounded_to_watts_and_an_energy_is_cut() -> None:
    factor = 1337
    octets = written(of(whole(FULL_LIST), {Q.ACTIVE_ENERGY_IMPORT: 1000.9999}), factor=factor)

    assert lines(octets)["1-0:1.7.0"] == "0001.650*kW"  # 1234 W x 1.337 = 1649.858 W
    assert lines(octets)["1-0:1.8.0"] == "00000001.338*kWh"  # 1338.33 Wh
    assert lines(octets)["1-0:31.7.0"] == "003.075*A"
    assert lines(octets)["1-0:32.7.0"] == "239.0*V"


def test_a_direction_that_turned_between_two_lists_is_told_once() -> None:
    known = of(whole({Q.ACTIVE_POWER_IMPORT: 500, Q.ACTIVE_POWER_EXPORT: 1200}))
    known = replace(known, values={**known.values, Q.ACTIVE_POWER_EXPORT: Value(1_200_000, NOW - 8)})

    told = lines(written(known))
    assert (told["1-0:1.7.0"], told["1-0:2.7.0"]) == ("0000.500*kW", "0000.000*kW")


def test_a_meter_that_sends_no_export_gets_no_line_for_it() -> None:
    told = lines(written(of(whole({Q.ACTIVE_POWER_IMPORT: 500, Q.VOLTAGE_L1: 230}))))

    assert told["1-0:1.7.0"] == "0000.500*kW"
    assert "1-0:2.7.0" not in told


def test_phases_that_are_only_shared_out_of_the_total_are_told_with_a_word_that_says_so() -> None:
    """evcc takes no current of a phase whose exported power has no line."""
    told = lines(written(of(whole(FULL_LIST))))

    assert [told[f"1-0:{group}.7.0"] for group in (21, 41, 61)] == ["0000.159*kW", "0001.074*kW", "0000.001*kW"]
    assert [told[f"1-0:{group}.7.0"] for group in (22, 42, 62)] == ["0000.000*kW"] * 3
    assert bytes.fromhex(told["0-0:96.13.0"]).decode() == "L1-L3 kW: shared by U x I"
    assert told["1-0:51.7.0"] == "016.090*A"


def test_phases_that_the_meter_sends_need_no_word() -> None:
    values = whole(FULL_LIST | dict.fromkeys(PHASES, 0) | {Q.ACTIVE_POWER_IMPORT_L1: 1234})

    assert "0-0:96.13.0" not in lines(written(of(values)))


def test_what_is_not_current_has_no_line() -> None:
    known = of(whole(FULL_LIST), {Q.ACTIVE_ENERGY_IMPORT: 5000})
    known = replace(known, stale_values=frozenset({*VOLTAGES, *CURRENTS}))

    told = lines(written(known.current()))
    assert told["1-0:1.8.0"] == "00000005.000*kWh"
    assert not [code for code in told if code.endswith((":31.7.0", ":32.7.0"))]


@pytest.mark.parametrize("snapshot", [Snapshot(now=NOW), of(whole(FULL_LIST), stale=True), of({})])
def test_nothing_is_sent_while_nothing_is_current(snapshot: Snapshot) -> None:
    assert telegram(Measurements(snapshot), WINTER, central_european) is None


@pytest.mark.parametrize("number", [None, "", "Zähler 7", "x" * 49, "a\nb", "\r\n!0000\r\n/HAN5"])
def test_a_number_that_cannot_be_written_is_left_out(number: str | None) -> None:
    octets = written(of(whole(FULL_LIST), meter_id=number))

    assert "0-0:96.1.1" not in lines(octets)
    assert read_back(octets).values[Q.ACTIVE_POWER_IMPORT] == 1_234_000


def test_the_clock_is_local_and_says_summer_or_winter() -> None:
    assert clock(SUMMER, central_european) == "260701120007S"
    assert clock(WINTER, central_european) == "261121230007W"
    assert clock(SUMMER, lambda _moment: timedelta(hours=3)) == "260701130007W"  # a zone that keeps its time


def test_a_computer_that_was_not_told_the_time_tells_none() -> None:
    assert "0-0:1.0.0" not in lines(written(of(whole(FULL_LIST)), moment=datetime(1970, 1, 1, 0, 5, tzinfo=UTC)))


@pytest.mark.parametrize("version", ["V5", "SWEDEN"])
def test_dsmr_parser_reads_the_same_values(version: str) -> None:
    if find_spec("dsmr_parser") is None:
        leave_out("dsmr-parser is not installed")
    values = FULL_LIST | dict.fromkeys(PHASES, 0) | {Q.ACTIVE_POWER_IMPORT_L2: 1234, Q.ACTIVE_POWER_EXPORT_L3: 321}
    octets = written(of(whole(values), {Q.ACTIVE_ENERGY_IMPORT: 24_326_870.6, Q.ACTIVE_ENERGY_EXPORT: 1_319_490}))
    specification = getattr(import_module("dsmr_parser.telegram_specifications"), version)
    parser = import_module("dsmr_parser.parsers").TelegramParser(specification)

    read = parser.parse(octets.decode("ascii"))  # with its checksum
    assert read.P1_MESSAGE_TIMESTAMP.value == WINTER
    assert (read.ELECTRICITY_IMPORTED_TOTAL.value, read.ELECTRICITY_IMPORTED_TOTAL.unit) == (
        Decimal("24326.870"),
        "kWh",
    )
    assert read.CURRENT_ELECTRICITY_USAGE.value == Decimal("1.234")
    assert read.CURRENT_ELECTRICITY_DELIVERY.value == 0
    assert read.INSTANTANEOUS_ACTIVE_POWER_L2_POSITIVE.value == Decimal("1.234")
    assert read.INSTANTANEOUS_ACTIVE_POWER_L3_NEGATIVE.value == Decimal("0.321")
    assert read.INSTANTANEOUS_VOLTAGE_L2.value == Decimal("230.44")
    assert read.INSTANTANEOUS_CURRENT_L2.value == Decimal("16.09")
    if version == "SWEDEN":
        assert read.ELECTRICITY_EXPORTED_TOTAL.value == Decimal("1319.490")


@given(
    st.dictionaries(st.sampled_from(list(Q)), st.integers(-(2**63), 2**63)),
    st.dictionaries(st.sampled_from(list(ENERGY_POWERS)), st.floats(-1e15, 1e15)),
    st.text(),
    st.integers(10, 999_999_999),
)
def test_whatever_a_meter_says_the_telegram_has_its_form(
    values: dict[Quantity, int], energies: dict[Quantity, float], number: str, factor: int
) -> None:
    octets = telegram(Measurements(of(values, energies, meter_id=number), factor), WINTER, central_european)

    if octets is not None:
        assert re.fullmatch(rb"/HAN5han2x\r\n\r\n(\d-\d:[\d.]+\([\w.*]*\)\r\n)+![0-9A-F]{4}\r\n", octets)
        assert octets[-6:-2] == f"{arc(octets[:-6]):04X}".encode()
