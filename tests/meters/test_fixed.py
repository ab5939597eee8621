from __future__ import annotations

import pytest

from han2x.codecs.apdu import decode_notification
from han2x.meters import Learned, ListContent, Scales, fixed
from han2x.meters.places import ROWS, Row
from han2x.model import PushList, Quantity
from tests.frames import date_time, enum, i16, notification, obis, octet_string, structure, text, u8, u16, u32

DEVICE, NUMBER = octet_string(b"ISK1030000000017"), octet_string(b"99000017")
SI_POWERS = [DEVICE, NUMBER, *map(u32, (1393, 0, 0, 738)), *map(u16, (2379, 2380, 2296, 103, 125, 597))]
SI_PHASES = list(map(u32, (16, 51, 1325, 0, 0, 0)))
SI_ENERGIES = list(map(u32, (52_837, 13_593, 39_244, 177_927, 78_615, 99_312, 107_882, 43_253)))
EIGHT = list(map(u32, (88_753, 252_873, 15_643, 162_788, 17, 0, 0, 186)))
CLOCK = octet_string(date_time("2024-11-14 18:12:12"))


def read(*elements: bytes, learned: Learned | None = None, sender: bytes = b"") -> ListContent | None:
    return fixed.read(decode_notification(notification(structure(*elements)), sender), Scales(), learned)


def values(*elements: bytes) -> dict[Quantity, int]:
    said = read(*elements)
    assert said is not None
    return said.values


def test_the_place_in_the_list_tells_what_a_value_is() -> None:
    said = read(*SI_POWERS, *SI_PHASES)

    assert said is not None
    assert (said.maker, said.meter_id, said.push_list) == ("iskraemeco", "ISK1030000000017", PushList.LIST_2)
    assert said.energy_step is None
    assert said.values[Quantity.ACTIVE_POWER_IMPORT] == 1_393_000
    assert said.values[Quantity.REACTIVE_POWER_EXPORT] == 738_000
    assert said.values[Quantity.VOLTAGE_L3] == 229_600
    assert said.values[Quantity.CURRENT_L3] == 5_970
    assert said.values[Quantity.ACTIVE_POWER_IMPORT_L3] == 1_325_000
    assert len(said.values) == 16


@pytest.mark.parametrize("disconnect", [enum(1), b"\x03\x01"])
@pytest.mark.parametrize("number", [NUMBER, octet_string(b"")])
def test_lists_of_the_same_length_are_told_apart_by_their_types(disconnect: bytes, number: bytes) -> None:
    energies = values(DEVICE, number, disconnect, octet_string(b"\0\1"), *SI_ENERGIES)
    powers = values(DEVICE, number, *map(u16, (2314, 2303, 2348, 451, 525, 88)), *map(u32, (2399, 0, 4, 264)))

    assert energies[Quantity.ACTIVE_ENERGY_IMPORT] == 52_837_000
    assert energies[Quantity.REACTIVE_ENERGY_EXPORT] == 43_253_000
    assert len(energies) == 4
    assert powers[Quantity.ACTIVE_POWER_IMPORT] == 2_399_000
    assert powers[Quantity.CURRENT_L2] == 5_250


def test_lists_of_the_same_types_are_told_apart_by_what_stands_in_their_places() -> None:
    vienna = values(CLOCK, *EIGHT)
    slovenia = values(DEVICE, *EIGHT)

    assert vienna[Quantity.ACTIVE_ENERGY_IMPORT] == 88_753_000
    assert vienna[Quantity.REACTIVE_POWER_EXPORT] == 186_000
    assert slovenia[Quantity.ACTIVE_POWER_IMPORT] == 88_753_000
    assert slovenia[Quantity.ACTIVE_ENERGY_IMPORT] == 15_643_000


def test_whole_volts_are_those_of_the_row_that_says_so() -> None:
    said = values(
        *map(u16, (236, 235, 234, 0, 46, 26)), *map(u32, (125, 0, 27_881_149, 7_619)), octet_string(b"99000017")
    )

    assert said[Quantity.VOLTAGE_L1] == 236_000
    assert said[Quantity.CURRENT_L2] == 460


@pytest.mark.parametrize(
    "elements",
    [
        [*SI_POWERS, *SI_PHASES, u32(0)],
        [*SI_POWERS, *SI_PHASES[:-1]],
        [*SI_POWERS, *SI_PHASES[:-1], u16(0)],
        [*SI_POWERS[:6], i16(2379), *SI_POWERS[7:], *SI_PHASES],
        [text("ISK1030000000017"), *SI_POWERS[1:], *SI_PHASES],
        [octet_string(b"\x80\x81"), *SI_POWERS[1:], *SI_PHASES],
        [octet_string(b""), *SI_POWERS[1:], *SI_PHASES],
        [octet_string(b"\xff" * 12), *EIGHT],
        [octet_string(b"\0\1\2"), u8(0), u32(1), u32(2)],
        [u32(1), u32(2)],
        [obis("0.6.25.9.1"), NUMBER, octet_string(bytes(4)), octet_string(bytes(5)), *EIGHT[:6]],
    ],
    ids=[
        "one more", "one less", "another type", "signed", "a text", "no letters", "no name", "no clock", "no number",
        "two bare values", "another object",
    ],
)  # fmt: skip
def test_a_list_of_which_anything_does_not_fit_is_left_alone(elements: list[bytes]) -> None:
    assert read(*elements) is None


def test_a_meter_that_names_itself_in_one_of_its_lists_is_the_same_in_the_others() -> None:
    learned = Learned()
    named = read(*SI_POWERS, *SI_PHASES, learned=learned)
    energies = read(octet_string(b"00000017"), u8(0), u32(7_924_641), u32(0), learned=learned)

    assert named is not None
    assert energies is not None
    assert energies.values[Quantity.ACTIVE_ENERGY_IMPORT] == 7_924_641_000
    assert (energies.maker, energies.meter_id) == ("iskraemeco", None)


def test_the_system_title_tells_the_maker_of_a_list_without_names() -> None:
    said = read(CLOCK, *EIGHT, sender=b"LGZgs\x99\0\1")

    assert said is not None
    assert said.maker == "landis+gyr"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}: {row.types}")
def test_every_row_has_a_place_for_each_of_its_types(row: Row) -> None:
    tags = row.types.split()
    count = sum(int(tag.partition("*")[2] or 1) for tag in tags)

    assert len(row.places.split()) == count
    assert len({place for place in row.places.split() if "." in place}) == sum(
        "." in each for each in row.places.split()
    )
