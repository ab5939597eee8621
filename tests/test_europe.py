"""The captures of meters outside the Nordic countries, each against what it was measured to hold.

What a README beside them says of `also_sent`, `derived` and `uncertain` is what is held to here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import pytest

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.model import Event, Problem, ProblemKind, Quantity, Reading
from tests import larger_set
from tests.telegrams import key_of, values_of

P1_FAMILIES: Final = ("b-p1", "c-p1", "g-p1", "i-", "l-p1")

Capture = Mapping[str, Any]

CAPTURES: Final[list[Capture]] = [
    json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    for path in sorted(larger_set.EUROPE.glob("*.json"))
]


def is_p1(capture: Capture) -> bool:
    return str(capture["family"]).startswith(P1_FAMILIES)


P1_CAPTURES: Final = [capture for capture in CAPTURES if is_p1(capture)]


def each_of(captures: Iterable[Capture]) -> list[object]:
    """The captures as parameters; where there are none, one that says so."""
    skipped = pytest.mark.skip(reason="needs the larger sets in ../shared")
    named: list[object] = [pytest.param(capture, id=str(capture["name"])) for capture in captures]
    return named or [pytest.param({}, id="none", marks=skipped)]


def octets_of(capture: Capture) -> bytes:
    return bytes.fromhex(capture["hex"]) if "hex" in capture else str(capture["ascii"]).encode("ascii")


def keys_of(capture: Capture) -> dict[str, bytes]:
    return {name: bytes.fromhex(key) for name, key in (capture.get("keys") or {}).items()}


def events_of(capture: Capture) -> list[Event]:
    keys = keys_of(capture)
    decoder = Decoder(security=Security(keys.get("encryption_key"), keys.get("authentication_key")))
    return decoder.feed(octets_of(capture)) + decoder.silence()


def measured(elements: Mapping[str, Any], *, exact: bool) -> dict[Quantity, int]:
    """Thousandths of the unit; where it need not be `exact`, what the meter sends beyond those is cut off."""
    sent = {code: each for code, each in elements.items() if isinstance(each, dict)}
    if exact:
        return values_of(sent)
    return values_of({code: Decimal(int(Decimal(each["value"]) * 1000)) / 1000 for code, each in sent.items()})


def assert_as_expected(reading: Reading, frame: Mapping[str, Any], *, exact: bool) -> None:
    expected = frame["values"]
    wanted, derived = measured(expected, exact=exact), measured(frame.get("derived", {}), exact=exact)
    uncertain = {key_of(code) for code in frame.get("uncertain", {})}
    beside = {quantity: milli for quantity, milli in reading.values.items() if quantity not in wanted}

    assert {quantity: reading.values.get(quantity) for quantity in wanted} == wanted
    for quantity, milli in beside.items():
        assert quantity in uncertain or derived.get(quantity) == milli
    if "meter_time" in expected:
        assert reading.meter_time is not None
        assert reading.meter_time.local.isoformat() == expected["meter_time"]


@pytest.mark.larger_set
@pytest.mark.parametrize("capture", each_of(CAPTURES))
def test_a_capture_of_a_european_meter_gives_what_it_holds_and_nothing_else(capture: Capture) -> None:
    events, expected = events_of(capture), capture["expected"]
    found = [event for event in events if isinstance(event, Reading)]
    problems = [event for event in events if isinstance(event, Problem)]

    if expected.get("reject"):
        assert not found
        assert problems
    elif expected.get("decryptable_without_key") is False:
        assert not found
        assert [problem.kind for problem in problems] == [ProblemKind.NO_KEY]
    else:
        frames = expected.get("frames") or [{**capture, "values": expected}]
        assert len(found) == len(frames)
        for reading, frame in zip(found, frames, strict=True):
            assert_as_expected(reading, frame, exact=not is_p1(capture))
            if is_p1(capture):
                assert reading.unchecked == capture["family"].startswith("c-p1")
        assert "frames" in expected or not problems


def _may_reach_clients(capture: Capture) -> bool:
    expected = capture["expected"]
    return not expected.get("reject") and expected.get("decryptable_without_key") is not False


@pytest.mark.larger_set
@pytest.mark.parametrize("capture", each_of(filter(_may_reach_clients, P1_CAPTURES)))
def test_a_p1_capture_reaches_the_registers_of_a_gateway(capture: Capture) -> None:
    expected = capture["expected"]
    now = 1_700_000_000.0
    keys = keys_of(capture)
    config = MeterConfig(
        serial_settings="115200 8N1",
        encryption_key=keys.get("encryption_key"),
        authentication_key=keys.get("authentication_key"),
    )
    meter = Meter(config, lambda: now)
    meter.feed(octets_of(capture))
    now += 10.0
    if capture["family"].startswith("c-p1"):
        assert not meter.state.readings
        meter.feed(octets_of(capture))

    wanted = measured((expected.get("frames") or [{"values": expected}])[-1]["values"], exact=False)
    words = meter.read(0, 2)
    assert isinstance(words, bytes)
    power = wanted.get(Quantity.ACTIVE_POWER_IMPORT)
    assert int.from_bytes(words, "big") == ((power or 0) + 500) // 1000
