"""Lists of meters outside the Nordic countries: those that name their attributes, those of fixed places, M-Bus."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from han2x.model import PushList
from han2x.simulator.attributes import Attributes, Model
from han2x.simulator.places import Country, FixedPlaces
from han2x.simulator.pushes import Maker, meter_number
from han2x.simulator.t210d import T210D
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import EXPORTING, IMPORTING, Elements, element

SOURCES = {
    "push-object": "IEC 62056-6-2, Push setup; layout as meters send it",
    "fixed-places": "layout as meters send it",
    "mbus-length-wrap": "EN 13757-2; DLMS Blue Book; layout as meters send it",
}
NUMBER = {"0-0:96.1.0.255": element(meter_number(7))}


def telegrams() -> Iterator[Document]:
    """All of them."""

    def one(name: str, kind: str, meter: Maker, push: PushList, expected: Elements) -> Document:
        sample = EXPORTING if name.endswith("export") else IMPORTING
        octets = meter.telegram(push, sample)
        return made(name, name.split("-")[0], kind, octets, expected, SOURCES[kind])

    everything, powers = PushList.LIST_3, PushList.LIST_2
    measured = house.powers(IMPORTING, "1-0") | house.voltages(IMPORTING, "1-0") | house.currents(IMPORTING, "1-0")
    full = NUMBER | measured | house.energies("1-1")
    yield one("landisgyr-e450", "push-object", Attributes(Model.E450), everything, full)
    yield one("landisgyr-e360", "push-object", Attributes(Model.E360), everything, full)
    yield one("iskraemeco-am550", "push-object", Attributes(Model.AM550), everything, full)
    expected = NUMBER | house.powers(EXPORTING, "1-0") | house.voltages(EXPORTING, "1-0")
    expected |= house.currents(EXPORTING, "1-0") | house.energies("1-1")
    yield one("iskraemeco-am550-export", "push-object", Attributes(Model.AM550), everything, expected)

    device = {"0-0:96.1.0.255": element(f"ISK{meter_number(13)}")}
    number = {"0-0:96.1.0.255": element(meter_number(8))}
    phases = house.active_phase_powers(IMPORTING, "1-0")
    sums = {code: each for code, each in house.powers(IMPORTING, "1-0").items() if each["unit"] == "W"}
    yield one("iskraemeco-slovenia", "fixed-places", FixedPlaces(Country.SLOVENIA), powers, device | measured | phases)
    factor = {"1-0:13.7.0.255": element(Decimal("0.994"), "1")}  # 2450 W of 2462.7 VA
    expected = number | measured | phases | factor | house.energies("1-0")
    expected = {code: each for code, each in expected.items() if code.split(":")[-1] not in ("3.7.0.255", "4.7.0.255")}
    yield one("iskraemeco-croatia", "fixed-places", FixedPlaces(Country.CROATIA), everything, expected)
    expected = number | sums | house.energies("1-0")
    yield one("iskraemeco-carinthia", "fixed-places", FixedPlaces(Country.CARINTHIA), everything, expected)

    expected = measured | house.energies("1-0")
    yield one("sagemcom-t210d", "mbus-length-wrap", T210D(), everything, expected)
