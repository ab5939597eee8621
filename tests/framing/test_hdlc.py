from __future__ import annotations

import pytest

from han2x.framing import hdlc
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause, ProblemKind
from tests import frames

INFORMATION = frames.LLC + b"\x0f some information"
FRAME = frames.hdlc(INFORMATION)


def recognise(octets: bytes, start: int = 0) -> Frame | Refusal | None:
    return hdlc.recognise(bytearray(octets), start)


def cut_off(octets: bytes) -> Refusal:
    assert recognise(octets) is None
    return hdlc.cut_off(bytearray(octets), 0)


def test_a_frame_is_recognised_without_its_closing_flag() -> None:
    end = len(FRAME) - 1

    assert recognise(FRAME[:end]) == Frame(0, end, INFORMATION, Content.LLC, more=False, part=0)


def test_a_frame_is_recognised_where_it_starts() -> None:
    assert recognise(b"\x00\x01" + FRAME, 2) == Frame(2, len(FRAME) + 1, INFORMATION, part=0)


@pytest.mark.parametrize("addresses", ["2b 21 13", "41 0883 13", "02040607 02040609 10"])
def test_a_frame_is_waited_for_until_its_last_octet(addresses: str) -> None:
    frame = frames.hdlc(INFORMATION, bytes.fromhex(addresses))

    for octets in range(1, len(frame) - 1):
        assert recognise(frame[:octets]) is None
    assert isinstance(recognise(frame[:-1]), Frame)


@pytest.mark.parametrize("addresses", ["0103 13", "41 0883 13", "02040607 02040609 10"])
def test_addresses_of_one_to_four_octets_are_understood(addresses: str) -> None:
    answer = recognise(frames.hdlc(INFORMATION, bytes.fromhex(addresses)))

    assert isinstance(answer, Frame)
    assert answer.information == INFORMATION


def test_an_address_without_an_end_within_four_octets_is_refused_quietly() -> None:
    assert recognise(frames.hdlc(INFORMATION, bytes.fromhex("0204060802 13"))) == NOTHING_HERE
    assert recognise(bytes.fromhex("7ea0ff 02040608")) == NOTHING_HERE


def test_flags_and_escapes_inside_a_frame_are_information() -> None:
    information = frames.LLC + b"\x7e\x7d\x5e\x7e\x7d\x7e"

    answer = recognise(frames.hdlc(information))

    assert isinstance(answer, Frame)
    assert answer.information == information


def test_a_frame_without_information_is_a_frame() -> None:
    assert recognise(frames.hdlc(b"")) == Frame(0, 8, b"")


def test_a_segment_says_that_more_follows() -> None:
    answer = recognise(frames.hdlc(INFORMATION, segmented=True))

    assert isinstance(answer, Frame)
    assert answer.more


def test_only_a_frame_with_an_llc_header_can_be_a_telegrams_first() -> None:
    answer = recognise(frames.hdlc(b"the rest"))

    assert isinstance(answer, Frame)
    assert answer.part is None


def test_another_frame_type_is_refused_quietly() -> None:
    assert recognise(b"\x7e\x7e") == NOTHING_HERE


def test_a_wrong_header_check_sequence_is_refused_before_the_rest_has_come() -> None:
    damaged = bytearray(FRAME[:9])
    damaged[2] ^= 1

    answer = recognise(bytes(damaged))

    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.length) == (ProblemKind.CHECKSUM, 0)
    assert answer.cause is ProblemCause.HCS


def test_a_wrong_frame_check_sequence_is_refused() -> None:
    damaged = bytearray(FRAME)
    damaged[12] ^= 1

    answer = recognise(bytes(damaged))

    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.length) == (ProblemKind.CHECKSUM, len(FRAME))
    assert answer.cause is ProblemCause.FCS


def test_a_length_shorter_than_the_header_is_refused() -> None:
    answer = recognise(frames.hdlc(INFORMATION, length=8))

    assert isinstance(answer, Refusal)
    assert answer.kind is ProblemKind.LENGTH
    assert answer.cause is ProblemCause.SHORT_LENGTH


def test_a_frame_that_a_text_adapter_stretched_is_recognised_as_it_was_sent() -> None:
    information = frames.LLC + b"one\ntwo\r\nthree\n"
    stretched = frames.hdlc(information).replace(b"\n", b"\r\n")

    answer = recognise(stretched)

    assert isinstance(answer, Frame)
    assert answer.information == information
    assert stretched[answer.end :] == b"\x7e"


def test_a_frame_with_line_ends_of_its_own_is_not_touched() -> None:
    information = frames.LLC + b"one\r\ntwo\r\n"

    answer = recognise(frames.hdlc(information))

    assert isinstance(answer, Frame)
    assert answer.information == information


def test_a_stretched_frame_with_another_fault_is_refused() -> None:
    stretched = bytearray(frames.hdlc(frames.LLC + b"one\ntwo\nthree").replace(b"\n", b"\r\n"))
    stretched[12] ^= 1

    answer = recognise(bytes(stretched))

    assert isinstance(answer, Refusal)
    assert answer.cause is ProblemCause.FCS


def test_a_flag_before_silence_is_refused_quietly() -> None:
    assert cut_off(b"\x7e") == NOTHING_HERE


def test_silence_inside_a_header_is_told() -> None:
    refusal = cut_off(FRAME[:5])

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 0)
    assert refusal.cause is ProblemCause.HEADER_CUT
    assert refusal.detail


def test_silence_inside_a_frame_is_told_with_what_was_announced_and_what_came() -> None:
    refusal = cut_off(FRAME[:15])

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 15)
    assert refusal.cause is ProblemCause.FRAME_CUT
    assert f"{len(FRAME)} octets" in refusal.detail
    assert "after 15" in refusal.detail


def test_silence_while_a_stretched_frame_is_waited_for_is_a_wrong_check_sequence() -> None:
    damaged = frames.hdlc(frames.LLC + b"one\r\ntwo")[:-1]
    damaged = damaged[:12] + bytes((damaged[12] ^ 1,)) + damaged[13:]

    assert cut_off(damaged).cause is ProblemCause.FCS


@pytest.mark.parametrize("octets", [255, 256, 1023, 1024, 2030])
def test_a_frame_of_every_length_that_eleven_bits_can_say_is_recognised(octets: int) -> None:
    information = INFORMATION + bytes(octets - len(INFORMATION) - 9)
    frame = frames.hdlc(information)

    assert recognise(frame) == Frame(0, len(frame) - 1, information, Content.LLC, more=False, part=0)
