"""Kaifa: the Norwegian lists 2 and 3 and the three Swedish lists."""

from __future__ import annotations

from collections.abc import Iterator

from han2x.model import PushList
from han2x.simulator.kaifa import Kaifa
from han2x.simulator.pushes import METER_ID, Sample
from tests import frames
from tests.telegrams.made import house
from tests.telegrams.made.document import Document, made
from tests.telegrams.made.house import EXPORTING, IMPORTING, ONE_PHASE, Elements, element, list_identity

SOURCE = "Kaifa HAN OBIS codes KFM_001"
SWEDISH = bytes.fromhex("01000110")


def _list(sample: Sample, *, hourly: bool = False, kind: str | None = None) -> Elements:
    elements = list_identity("kaifa", len(sample.moment.powers)) | house.powers(sample, "1-0")
    elements |= house.currents(sample, "1-0") | house.voltages(sample, "1-0")
    if kind is not None:
        elements["0-0:96.1.7.255"] = element(kind)
    return elements | house.clock(sample, "0-0:1.0.0.255") | house.energies("1-0") if hourly else elements


def telegrams() -> Iterator[Document]:
    """All of them."""

    def one(name: str, kind: str, octets: bytes, expected: Elements) -> Document:
        return made(f"kaifa-{name}", "kaifa", kind, octets, expected, SOURCE)

    full, hourly = PushList.LIST_2, PushList.LIST_3
    single = Kaifa(phases=1)
    expected = {"1-0:1.7.0.255": element(2450, "W")}
    yield one("list-1", "list1", Kaifa().telegram(PushList.LIST_1, IMPORTING), expected)
    expected = _list(EXPORTING, hourly=True)
    yield one("list-3", "list3-3phase", Kaifa().telegram(hourly, EXPORTING), expected)
    yield one("list-2-one-phase", "list2-1phase", single.telegram(full, ONE_PHASE), _list(ONE_PHASE))
    expected = _list(ONE_PHASE, hourly=True)
    yield one("list-3-one-phase", "list3-1phase", single.telegram(hourly, ONE_PHASE), expected)
    expected = _list(IMPORTING, kind="MA304H3E") | {"1-0:52.7.0.255": element(0, "V")}
    yield one("list-2-three-wires", "list2-3wire", Kaifa(three_wire=True).telegram(full, IMPORTING), expected)
    expected = _list(IMPORTING, hourly=True, kind="MA304H4D")
    yield one("list-sweden", "se-list-18", Kaifa(swedish=True).telegram(hourly, IMPORTING), expected)
    yield one("list-sweden-codes", "se-list-36-obis", _with_codes(), _list(IMPORTING, hourly=True))
    expected = _list(IMPORTING, hourly=True, kind="MA304T4")
    yield one("list-sweden-transformers", "se-list-18", _behind_transformers(), expected)


def _values() -> tuple[list[tuple[int, int]], list[int]]:
    """Groups and values of IMPORTING's powers, currents in mA and voltages in tenths of a volt; the energies."""
    measured = [(1, 2450), (2, 0), (3, 250), (4, 0)]
    measured += list(zip((31, 51, 71), IMPORTING.moment.currents_ma, strict=True))
    measured += [(group, mv // 100) for group, mv in zip((32, 52, 72), IMPORTING.moment.voltages_mv, strict=True)]
    return measured, [int(energy) for energy in house.ENERGIES_WH]


def _with_codes() -> bytes:
    """The Swedish list that names each of its 18 elements, and has no date-time in front."""
    values, energies = _values()
    clock = frames.octet_string(frames.date_time(str(house.HOUR), deviation=-60, weekday=5))
    version, _, kind = frames.kaifa_identity()
    pairs = [("1.0.0.2.129", version), ("0.0.96.1.0", frames.octet_string(METER_ID.encode())), ("0.0.96.1.7", kind)]
    pairs += [(f"1.0.{group}.7.0", frames.u32(value)) for group, value in values] + [("0.0.1.0.0", clock)]
    pairs += [(f"1.0.{group}.8.0", frames.u32(energy)) for group, energy in enumerate(energies, 1)]
    body = frames.structure(*(part for code, value in pairs for part in (frames.obis(code), value)))
    return frames.telegram(body, SWEDISH)


def _behind_transformers() -> bytes:
    """The Swedish list of a meter behind current transformers, whose energies have eight octets."""
    values, energies = _values()
    identity = (b"KFM_001", METER_ID.encode(), b"MA304T4")
    clock = frames.octet_string(frames.date_time(str(house.HOUR), weekday=5))
    body = frames.structure(
        *(frames.octet_string(text) for text in identity),
        *(frames.u32(value) for _, value in values),
        *(clock, *(frames.u64(energy) for energy in energies)),
    )
    return frames.telegram(body, SWEDISH, clock)
