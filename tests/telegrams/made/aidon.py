"""Aidon: the Norwegian lists 2 and 3, the Swedish list, and what follows Aidon's layout."""

from __future__ import annotations

from collections.abc import Iterator

from han2x.model import PushList
from han2x.simulator.aidon import Aidon
from han2x.simulator.pushes import Sample
from tests import frames
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import EXPORTING, IMPORTING, ONE_PHASE, Elements, element, list_identity

SOURCE = "Aidon HAN Interface Description 1.1A"
SWEDISH_SOURCE = "Aidon RJ12 HAN-gränssnitt"


def _list(sample: Sample, *, hourly: bool = False) -> Elements:
    elements = list_identity("aidon", len(sample.moment.powers)) | house.powers(sample, "1-0")
    elements |= house.currents(sample, "1-0", signed=True) | house.voltages(sample, "1-0")
    return elements | house.clock(sample, "0-0:1.0.0.255") | house.energies("1-0") if hourly else elements


def telegrams() -> Iterator[Document]:
    """All of them."""
    for phases, suffix, sample in ((3, "", EXPORTING), (1, "-one-phase", ONE_PHASE)):
        meter = Aidon(phases)
        for number, push in ((2, PushList.LIST_2), (3, PushList.LIST_3)):
            expected = _list(sample, hourly=number == 3)
            name, kind = f"aidon-list-{number}{suffix}", f"list{number}-{phases}phase"
            yield made(name, "aidon", kind, meter.telegram(push, sample), expected, SOURCE)
    expected = house.clock(IMPORTING, "0-0:1.0.0.255") | house.powers(IMPORTING, "1-0")
    expected |= house.currents(IMPORTING, "1-0") | house.voltages(IMPORTING, "1-0")
    expected |= house.phase_powers(IMPORTING, "1-0") | house.energies("1-0")
    octets = Aidon(swedish=True).telegram(PushList.LIST_3, IMPORTING)
    yield made("aidon-list-sweden", "aidon", "se-list-27", octets, expected, SWEDISH_SOURCE)
    yield _embriq()


def _embriq() -> Document:
    """A Landis+Gyr E350 with an Embriq module: Aidon's layout, a number filled up with NUL, currents of 0.01 A."""
    scaled = [(f"1.0.{group}.7.0", frames.u32(power), 0, unit) for group, power, unit in ((1, 2450, 27), (2, 0, 27))]
    scaled += [("1.0.3.7.0", frames.u32(250), 0, frames.VAR), ("1.0.4.7.0", frames.u32(0), 0, frames.VAR)]
    scaled += [(f"1.0.{group}.7.0", frames.i16(current), -2, 33) for group, current in ((31, 540), (51, 0), (71, 200))]
    scaled += [(f"1.0.{group}.7.0", frames.u16(volt), -1, 35) for group, volt in ((32, 2310), (52, 0), (72, 2320))]
    octets = frames.aidon(
        frames.named("1.1.0.2.129", frames.text("EMBRIQ_V1_1")),
        frames.named("0.0.96.1.0", frames.text("99990017".ljust(16, "\0"))),
        frames.named("0.0.96.1.7", frames.text("ZFF1")),
        *(frames.measured(*each) for each in scaled),
    )
    version, kind = ("1-1:0.2.129.255", "EMBRIQ_V1_1"), ("0-0:96.1.7.255", "ZFF1")
    expected = house.identity(version, ("0-0:96.1.0.255", "99990017"), kind) | house.powers(IMPORTING, "1-0")
    measured = house.currents(IMPORTING, "1-0") | house.voltages(IMPORTING, "1-0")
    expected |= measured | {"1-0:51.7.0.255": element(0, "A"), "1-0:52.7.0.255": element(0, "V")}
    return made(
        "embriq-list-2", "aidon", "list2-3phase-embriq", octets, expected, f"{SOURCE}; layout as meters send it"
    )
