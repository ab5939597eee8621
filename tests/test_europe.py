"""The captures of meters outside the Nordic countries, each against what it was measured to hold.

What a README beside them says of `also_sent`, `derived` and `uncertain` is what is held to here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from han2x.codecs.security import Security
from han2x.decoder import Decoder
from han2x.model import Event, Problem, ProblemKind, Quantity, Reading
from tests import larger_set
from tests.telegrams import key_of, values_of

P1_FAMILIES = "bcgil"

Capture = Mapping[str, Any]


def captures() -> list[Capture]:
    found = (
        json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        for path in sorted(larger_set.EUROPE.glob("*.json"))
    )
    return [capture for capture in found if capture["family"][0] not in P1_FAMILIES]


def events_of(capture: Capture) -> list[Event]:
    keys = {name: bytes.fromhex(key) for name, key in (capture.get("keys") or {}).items()}
    decoder = Decoder(security=Security(keys.get("encryption_key"), keys.get("authentication_key")))
    return decoder.feed(bytes.fromhex(capture["hex"])) + decoder.silence()


def measured(elements: Mapping[str, Any]) -> dict[Quantity, int]:
    return values_of({code: each for code, each in elements.items() if isinstance(each, dict)})


def assert_as_expected(reading: Reading, frame: Mapping[str, Any]) -> None:
    expected = frame["values"]
    wanted, derived = measured(expected), measured(frame.get("derived", {}))
    uncertain = {key_of(code) for code in frame.get("uncertain", {})}
    beside = {quantity: milli for quantity, milli in reading.values.items() if quantity not in wanted}

    assert {quantity: reading.values.get(quantity) for quantity in wanted} == wanted
    for quantity, milli in beside.items():
        assert quantity in uncertain or derived.get(quantity) == milli
    if "meter_time" in expected:
        assert reading.meter_time is not None
        assert reading.meter_time.local.isoformat() == expected["meter_time"]


@pytest.mark.larger_set
@pytest.mark.parametrize("capture", captures(), ids=lambda capture: str(capture["name"]))
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
            assert_as_expected(reading, frame)
        assert "frames" in expected or not problems
