from __future__ import annotations

import pytest

from han2x.framing import ciphered
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause, ProblemKind


def apdu(size: str, content: int, control: str = "30") -> bytes:
    return b"\xdb\x08SAG\x01\x02\x03\x04\x05" + bytes.fromhex(size + control) + bytes(content - 1)


def recognise(octets: bytes) -> Frame | Refusal | None:
    return ciphered.recognise(bytearray(octets), 0)


@pytest.mark.parametrize("octets", [apdu("82 0100", 256), apdu("81 F0", 240), apdu("81 20", 32), apdu("40", 64)])
def test_an_apdu_is_recognised_with_every_form_of_length(octets: bytes) -> None:
    assert recognise(octets + b"more") == Frame(0, len(octets), octets, Content.CIPHERED_P1)


@pytest.mark.parametrize("octets", range(1, 76))
def test_an_apdu_is_waited_for_until_its_last_octet(octets: int) -> None:
    assert recognise(apdu("81 40", 64)[:octets]) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"\xdb\x07",
        b"\xdb\x08S4",
        apdu("40", 64, control="20"),
        apdu("10", 16),
        apdu("82 FFFF", 64),
    ],
    ids=["title of 7 octets", "digit for a letter", "without a tag", "too short", "too long"],
)
def test_what_is_no_authenticated_apdu_of_bearable_length_is_refused_quietly(octets: bytes) -> None:
    assert recognise(octets) == NOTHING_HERE


def test_an_apdu_cut_by_silence_is_told() -> None:
    refusal = ciphered.cut_off(bytearray(apdu("40", 64)[:20]), 0)

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 20)
    assert refusal.cause is ProblemCause.FRAME_CUT


def test_less_than_a_title_before_silence_is_refused_quietly() -> None:
    assert ciphered.cut_off(bytearray(b"\xdb\x08SAG"), 0) == NOTHING_HERE
