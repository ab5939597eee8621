from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue, decode_data
from han2x.codecs.errors import UnknownListError
from han2x.meters import Learned, ListContent, Scales, kamstrup
from han2x.model import PushList, Quantity
from tests.frames import date_time, float32, null, obis, octet_string, structure, text, u16, u32

VERSION = text("Kamstrup_V0001")
POWER = (obis("1.1.1.7.0"), u32(1234))
ENERGY = (obis("1.1.1.8.0"), u32(155_232_51))


def read(*elements: bytes, scales: Scales | None = None, learned: Learned | None = None) -> ListContent | None:
    body, _ = decode_data(structure(*elements))
    return kamstrup.read(DataNotification(None, body), scales or Scales(), learned)


def content(*elements: bytes, scales: Scales | None = None, learned: Learned | None = None) -> ListContent:
    said = read(VERSION, *elements, scales=scales, learned=learned)
    assert said is not None
    return said


def test_a_list_is_kamstrups_by_its_version() -> None:
    said = content(*POWER)

    assert (said.maker, said.list_version) == ("kamstrup", "Kamstrup_V0001")


@pytest.mark.parametrize("body", [[], (), ("AIDON_V0001",), (b"Kamstrup_V0001",), 7, None, "Kamstrup_V0001"])
def test_another_makers_list_is_left_alone(body: CosemValue) -> None:
    assert kamstrup.read(DataNotification(None, body), Scales()) is None


def test_counts_become_thousandths_by_the_documented_scales() -> None:
    said = content(
        *POWER,
        *(obis("1.1.3.7.0"), u32(17)),
        *(obis("1.1.31.7.0"), u32(507)),
        *(obis("1.1.32.7.0"), u16(231)),
        *(obis("1.1.33.7.0"), u16(94)),
        *ENERGY,
        *(obis("1.1.4.8.0"), u32(2)),
    )

    assert said.values == {
        Quantity.ACTIVE_POWER_IMPORT: 1_234_000,
        Quantity.REACTIVE_POWER_IMPORT: 17_000,
        Quantity.CURRENT_L1: 5_070,
        Quantity.VOLTAGE_L1: 231_000,
        Quantity.POWER_FACTOR_L1: 940,
        Quantity.ACTIVE_ENERGY_IMPORT: 155_232_510_000,
        Quantity.REACTIVE_ENERGY_EXPORT: 20_000,
    }
    assert said.energy_step == 10_000


def test_configured_scales_replace_the_documented_ones() -> None:
    scales = Scales(kamstrup_energy_mwh=1000, kamstrup_current_ma=1, kamstrup_voltage_mv=100)

    said = content(*ENERGY, obis("1.1.31.7.0"), u32(507), obis("1.1.32.7.0"), u16(231), scales=scales)

    assert said.values[Quantity.ACTIVE_ENERGY_IMPORT] == 15_523_251_000
    assert said.values[Quantity.CURRENT_L1] == 507
    assert said.values[Quantity.VOLTAGE_L1] == 23_100
    assert said.energy_step == 1000


@pytest.mark.parametrize(("counts", "volts"), [((231, 0, 229), 231), ((2310, 40, 0), 231), ((23_105, 90, 0), 231.05)])
def test_the_voltage_scale_is_found_from_the_highest_phase(counts: tuple[int, ...], volts: float) -> None:
    codes = ("1.1.32.7.0", "1.1.52.7.0", "1.1.72.7.0")

    said = content(*(part for code, count in zip(codes, counts, strict=True) for part in (obis(code), u16(count))))

    assert said.values[Quantity.VOLTAGE_L1] == round(volts * 1000)


def test_a_phase_given_as_null_data_is_absent() -> None:
    said = content(*POWER, obis("1.1.31.7.0"), u32(507), null(), null(), null(), null(), obis("1.1.32.7.0"), u16(231))

    assert set(said.values) == {Quantity.ACTIVE_POWER_IMPORT, Quantity.CURRENT_L1, Quantity.VOLTAGE_L1}


def test_a_value_given_as_null_data_is_absent() -> None:
    assert content(obis("1.1.1.7.0"), null()).values == {}


@pytest.mark.parametrize(
    ("elements", "push_list"),
    [
        (POWER, PushList.LIST_1),
        ((*POWER, *ENERGY), PushList.LIST_2),
        ((*POWER, obis("0.1.1.0.0"), octet_string(date_time("2026-11-20 23:00:05"))), PushList.LIST_2),
        ((*ENERGY, obis("1.1.0.0.1"), u32(27_581_522)), PushList.PUSH_1),
    ],
)
def test_the_list_is_known_by_the_codes_in_it(elements: tuple[bytes, ...], push_list: PushList) -> None:
    assert content(*elements).push_list is push_list


def test_the_meter_is_identified_by_gs1_number_or_meter_number() -> None:
    gs1 = content(obis("1.1.0.0.5"), text("5706560000000000"), obis("1.1.96.1.1"), text("684113100000000000"))
    numbered = content(obis("1.1.0.0.1"), u32(27_581_522))

    assert (gs1.meter_id, gs1.meter_type) == ("5706560000000000", "684113100000000000")
    assert (numbered.meter_id, numbered.meter_type) == ("27581522", None)


def test_the_clock_in_the_list_is_the_registers() -> None:
    said = content(obis("0.1.1.0.0"), octet_string(date_time("2026-11-20 23:00:05")), *ENERGY)

    assert said.register_time is not None
    assert said.register_time.local.isoformat() == "2026-11-20T23:00:05"


def test_a_list_without_energies_has_no_energy_step() -> None:
    assert content(*POWER).energy_step is None


def test_an_unknown_code_is_passed_over() -> None:
    assert content(*POWER, obis("1.1.99.99.99"), u32(1)).values == {Quantity.ACTIVE_POWER_IMPORT: 1_234_000}


@pytest.mark.parametrize(
    "elements",
    [(u32(1), u32(2)), (obis("1.1.1.7.0"),), (octet_string(b"short"), u32(1)), (obis("1.1.1.7.0"), text("1234"))],
    ids=["no code", "no value", "short code", "text for a number"],
)
def test_a_kamstrup_list_that_cannot_be_read_is_refused(elements: tuple[bytes, ...]) -> None:
    with pytest.raises(UnknownListError):
        content(*elements)


def push_1(power: int, reactive: int, amperes: tuple[int, ...], learned: Learned, scales: Scales | None = None) -> int:
    """The first current, in mA, of a push 1 with 230 V in all phases and these counts of current."""
    said = content(
        *(obis("1.1.0.0.1"), u32(99_000_017)),
        *(obis("1.1.1.7.0"), u32(power)),
        *(obis("1.1.3.7.0"), u32(reactive)),
        *(part for code, count in zip(CURRENTS, amperes, strict=True) for part in (obis(code), u32(count))),
        *(part for code in VOLTAGES for part in (obis(code), u16(230))),
        scales=scales,
        learned=learned,
    )
    return said.values[Quantity.CURRENT_L1]


CURRENTS, VOLTAGES = ("1.1.31.7.0", "1.1.51.7.0", "1.1.71.7.0"), ("1.1.32.7.0", "1.1.52.7.0", "1.1.72.7.0")


def test_the_current_of_a_meter_behind_transformers_finds_its_scale_from_the_first_load_on() -> None:
    learned = Learned()

    assert push_1(100, 0, (200, 200, 200), learned) == 2_000  # 0.2 A or 2 A: 100 W are too little to tell
    assert push_1(45_210, 12_040, (68_420, 66_110, 67_880), learned) == 68_420
    assert push_1(100, 0, (200, 200, 200), learned) == 200


def test_the_reactive_power_counts_where_the_scale_of_currents_is_found() -> None:
    assert push_1(300, 45_000, (65_000, 65_000, 65_000), Learned()) == 65_000


def test_the_current_of_other_meters_stays_as_it_is_documented() -> None:
    assert push_1(45_210, 12_040, (6_842, 6_611, 6_788), Learned()) == 68_420


def test_a_scale_of_currents_that_is_set_comes_before_one_that_is_found() -> None:
    scales = Scales(kamstrup_current_ma=10)

    assert push_1(45_210, 12_040, (68_420, 66_110, 67_880), Learned(), scales) == 684_200


def test_an_unusual_value_is_passed_over_and_the_others_stand() -> None:
    said = content(*POWER, obis("1.1.2.7.0"), text("7"), obis("1.1.3.7.0"), float32(1.5))

    assert said.values == {Quantity.ACTIVE_POWER_IMPORT: 1_234_000}
