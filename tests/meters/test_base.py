from __future__ import annotations

import pytest

from han2x.codecs.apdu import DataNotification
from han2x.codecs.axdr import CosemValue
from han2x.codecs.errors import UnknownListError
from han2x.meters import Scales, read_list
from han2x.meters.base import clock_of, list_of, obis_key, text_of
from han2x.model import ProblemCause, PushList, Quantity


def test_makers_who_differ_in_groups_a_and_b_mean_the_same() -> None:
    assert obis_key(bytes((1, 0, 1, 7, 0, 255))) == obis_key(bytes((1, 1, 1, 7, 0, 255))) == "1.7.0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"6970\0\0", "6970"),
        (" 6534 ", "6534"),
        (27_581_522, "27581522"),
        ("", None),
        (b"\0\0", None),
        (None, None),
        ([], None),
    ],
)
def test_an_identifier_is_text_without_padding(value: CosemValue, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [None, 7, "2026", b"too short", bytes(12)])
def test_what_is_no_clock_is_absent(value: CosemValue) -> None:
    assert clock_of(value) is None


def test_an_empty_list_is_a_list_1() -> None:
    assert list_of({}) is PushList.LIST_1
    assert list_of({Quantity.REACTIVE_POWER_IMPORT: 0}) is PushList.LIST_2


def test_a_list_of_no_known_maker_is_refused() -> None:
    with pytest.raises(UnknownListError) as refused:
        read_list(DataNotification(None, ("something", 1)), Scales())
    assert refused.value.cause is ProblemCause.UNKNOWN_MAKER
