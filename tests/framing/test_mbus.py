from __future__ import annotations

import pytest

from han2x.framing import mbus
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause, ProblemKind
from tests import frames

FRAME = frames.mbus(b"\xdb some of an APDU", part=1, last=False)


def recognise(octets: bytes, start: int = 0) -> Frame | Refusal | None:
    return mbus.recognise(bytearray(octets), start)


def refused(octets: bytes) -> Refusal:
    answer = recognise(octets)
    assert isinstance(answer, Refusal)
    return answer


def test_a_frame_is_recognised_with_its_part_number() -> None:
    expected = Frame(0, len(FRAME), b"\xdb some of an APDU", Content.APDU, more=True, part=1)

    assert recognise(FRAME) == expected


def test_the_last_part_says_so() -> None:
    answer = recognise(b"\0" + frames.mbus(b"\x0f", part=0), 1)

    assert answer == Frame(1, 13, b"\x0f", Content.APDU, more=False, part=0)


@pytest.mark.parametrize("octets", range(1, len(FRAME)))
def test_a_frame_is_waited_for_until_its_last_octet(octets: int) -> None:
    assert recognise(FRAME[:octets]) is None


@pytest.mark.parametrize("octets", ["68 10 11", "68 10 10 69", "68 04 05", "68 00 00 69"])
def test_what_is_no_long_frame_is_refused_quietly(octets: str) -> None:
    assert refused(bytes.fromhex(octets)) == NOTHING_HERE


@pytest.mark.parametrize("place", [4, 12, -2, -1])
def test_a_wrong_checksum_or_stop_octet_is_refused(place: int) -> None:
    damaged = bytearray(FRAME)
    damaged[place] ^= 1

    refusal = refused(bytes(damaged))

    assert (refusal.kind, refusal.length) == (ProblemKind.CHECKSUM, len(FRAME))
    assert refusal.cause is ProblemCause.MBUS_CHECKSUM


def test_control_information_that_is_not_dlms_is_refused() -> None:
    other = bytearray(frames.mbus(b"\x01\x02", part=0))
    other[6] = 0x72
    other[-2] = sum(other[4:-2]) & 0xFF

    refusal = refused(bytes(other))

    assert refusal.kind is ProblemKind.FRAMING
    assert refusal.cause is ProblemCause.NOT_DLMS
    assert "0x72" in refusal.detail


def test_a_frame_cut_by_silence_is_told_with_what_was_announced_and_what_came() -> None:
    refusal = mbus.cut_off(bytearray(FRAME[:9]), 0)

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 9)
    assert refusal.cause is ProblemCause.FRAME_CUT
    assert f"{len(FRAME)} octets" in refusal.detail
    assert "after 9" in refusal.detail


@pytest.mark.parametrize("size", [250, 251, 252, 255])
def test_a_frame_whose_length_does_not_fit_into_its_octet_is_recognised(size: int) -> None:
    apdu = bytes(range(size))[:size]
    wrapped = frames.mbus(apdu, last=False)

    assert recognise(wrapped) == Frame(0, len(wrapped), apdu, Content.APDU, more=True, part=0)


def test_a_frame_with_too_short_a_length_that_does_not_hold_with_256_more_is_refused() -> None:
    damaged = bytearray(frames.mbus(bytes(252)))
    damaged[100] ^= 1

    refusal = refused(bytes(damaged))

    assert (refusal.cause, refusal.length) == (ProblemCause.MBUS_CHECKSUM, 263)
    assert "of 263 octets" in mbus.cut_off(damaged[:200], 0).detail


def test_less_than_a_head_before_silence_is_refused_quietly() -> None:
    assert mbus.cut_off(bytearray(FRAME[:3]), 0) == NOTHING_HERE
