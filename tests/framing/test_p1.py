from __future__ import annotations

import pytest

from han2x.framing import p1
from han2x.framing.base import NOTHING_HERE, Content, Frame, Refusal
from han2x.model import ProblemCause, ProblemKind
from tests import frames

LINES = ["0-0:1.0.0(240407122854S)", "1-0:1.8.0(00009621.983*kWh)"]
TELEGRAM = frames.p1(LINES)
END = len(TELEGRAM) - 2  # the last line end is not waited for


def recognise(octets: bytes, start: int = 0) -> Frame | Refusal | None:
    return p1.recognise(bytearray(octets), start)


def refused(octets: bytes) -> Refusal:
    answer = recognise(octets)
    assert isinstance(answer, Refusal)
    return answer


def cut_off(octets: bytes) -> Refusal:
    assert recognise(octets) is None
    return p1.cut_off(bytearray(octets), 0)


def test_a_telegram_is_recognised_from_slash_to_exclamation_mark() -> None:
    assert recognise(TELEGRAM) == Frame(0, END, TELEGRAM[:-6], Content.P1)


def test_a_telegram_is_recognised_where_it_starts() -> None:
    answer = recognise(b"\r\n" + TELEGRAM, 2)

    assert isinstance(answer, Frame)
    assert (answer.offset, answer.end) == (2, END + 2)


@pytest.mark.parametrize("octets", range(1, END))
def test_a_telegram_is_waited_for_until_its_last_digit(octets: int) -> None:
    assert recognise(TELEGRAM[:octets]) is None


def test_a_check_sequence_in_lower_case_is_accepted() -> None:
    assert isinstance(recognise(TELEGRAM[:-6] + TELEGRAM[-6:].lower()), Frame)


@pytest.mark.parametrize("octets", [b"/7AM5", b"/KAMX", b"/K\n", b"/\x7e"])
def test_a_slash_without_an_identification_is_refused_quietly(octets: bytes) -> None:
    assert refused(octets) == NOTHING_HERE


def test_a_wrong_check_sequence_is_refused_and_told() -> None:
    refusal = refused(TELEGRAM.replace(b"9621", b"9622"))

    assert (refusal.kind, refusal.length) == (ProblemKind.P1_CHECKSUM, END)
    assert refusal.cause is ProblemCause.P1_CRC
    assert TELEGRAM[-6:-2].decode() in refusal.detail


def without_crc(*lines: str, end: bytes = b"\r\n") -> bytes:
    return frames.p1(lines or LINES)[:-6] + end


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_a_telegram_of_a_meter_that_sends_no_check_sequence_is_told_as_unchecked(end: bytes) -> None:
    octets = without_crc(end=end)

    assert recognise(octets) == Frame(0, len(octets) - len(end), TELEGRAM[:-6], Content.UNCHECKED_P1)


def test_a_telegram_without_a_check_sequence_is_waited_for_until_its_line_end() -> None:
    assert recognise(without_crc(end=b"")) is None
    assert cut_off(without_crc(end=b"")).cause is ProblemCause.TELEGRAM_CUT


@pytest.mark.parametrize("version", ["40", "42", "50"])
def test_a_telegram_that_says_it_is_of_dsmr_4_has_lost_its_check_sequence(version: str) -> None:
    refusal = refused(without_crc(f"1-3:0.2.8({version})", *LINES))

    assert refusal.cause is ProblemCause.P1_CRC_MISSING


def test_a_telegram_of_dsmr_3_has_none() -> None:
    answer = recognise(without_crc("1-3:0.2.8(30)", *LINES))

    assert isinstance(answer, Frame)
    assert answer.content is Content.UNCHECKED_P1


@pytest.mark.parametrize("end", [b"3\r\n", b"38\r\n", b"381\r\n", b"3x", b"?"])
def test_a_telegram_whose_check_sequence_is_cut_off_is_refused(end: bytes) -> None:
    refusal = refused(without_crc(end=end))

    assert refusal.cause is ProblemCause.P1_CRC_MISSING
    assert refusal.length == len(TELEGRAM) - 6 + len(end.rstrip(b"\r\nx?"))


@pytest.mark.parametrize("swapped", [False, True])
def test_the_crc_of_hungarian_and_polish_meters_is_accepted(swapped: bool) -> None:
    telegram = TELEGRAM[:-6]
    crc = frames.crc_x25(telegram)
    octets = telegram + (crc if swapped else crc[::-1]).hex().upper().encode() + b"\r\n"

    assert recognise(octets) == Frame(0, END, telegram, Content.P1)


def test_letters_beyond_ascii_are_no_reason_to_drop_a_telegram_whose_crc_is_right() -> None:
    octets = TELEGRAM[:-7] + b"0-0:96.13.0(\xff\xe9)\r\n!"
    octets += b"%04X" % frames.crc(octets, 0xA001)

    answer = recognise(octets)

    assert isinstance(answer, Frame)
    assert answer.content is Content.P1


def test_a_telegram_as_long_as_hungarian_ones_is_recognised() -> None:
    telegram = frames.p1([f"0-0:96.13.0({'FF' * 1024})", *LINES])

    assert len(telegram) > 2100
    assert isinstance(recognise(telegram), Frame)


def test_a_telegram_without_an_empty_line_is_recognised() -> None:
    octets = TELEGRAM[:-6].replace(b"\r\n\r\n", b"\r\n", 1)
    octets += b"%04X" % frames.crc(octets, 0xA001)

    assert isinstance(recognise(octets), Frame)


def test_a_telegram_broken_off_by_the_next_one_is_refused_up_to_there() -> None:
    refusal = refused(TELEGRAM[:40] + b"\r\n" + TELEGRAM)

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 42)
    assert refusal.cause is ProblemCause.TELEGRAM_CUT


def test_a_telegram_broken_off_by_something_else_than_text_is_refused_up_to_there() -> None:
    refusal = refused(TELEGRAM[:40] + b"\x00" + TELEGRAM[40:])

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 40)


def test_a_telegram_without_an_end_is_given_up_at_the_longest() -> None:
    octets = TELEGRAM[:-7] + b"x" * p1.MAX_TEXT

    assert recognise(octets[: p1.MAX_TEXT - 1]) is None
    assert refused(octets[: p1.MAX_TEXT]) == refused(octets)
    assert refused(octets).length == p1.MAX_TEXT
    assert refused(octets).cause is ProblemCause.TELEGRAM_TOO_LONG


def test_an_identification_without_data_is_a_cause_of_its_own() -> None:
    refusal = cut_off(b"/KAM5\r\n\r\n")

    assert (refusal.kind, refusal.length) == (ProblemKind.LENGTH, 9)
    assert refusal.cause is ProblemCause.IDENTIFICATION_ONLY


def test_a_telegram_cut_by_silence_is_told_with_what_came() -> None:
    refusal = cut_off(TELEGRAM[:40])

    assert refusal.kind is ProblemKind.LENGTH
    assert refusal.cause is ProblemCause.TELEGRAM_CUT
    assert "40 octets" in refusal.detail


def test_a_slash_before_silence_is_refused_quietly() -> None:
    assert cut_off(b"/KA") == NOTHING_HERE


@pytest.mark.parametrize("digits", [b"0000", b"abcd", b"3", b"38", b"381", b""])
def test_where_check_sequences_are_ignored_a_whole_telegram_with_any_is_unchecked(digits: bytes) -> None:
    octets = bytearray(TELEGRAM[:-6] + digits + b"\r\n")

    assert p1.recognise_without_crc(octets, 0) == Frame(0, len(octets) - 2, TELEGRAM[:-6], Content.UNCHECKED_P1)


def test_where_check_sequences_are_ignored_dsmr_4_without_any_is_unchecked_too() -> None:
    octets = bytearray(without_crc("1-3:0.2.8(50)", *LINES))

    assert p1.recognise_without_crc(octets, 0) == Frame(0, len(octets) - 2, bytes(octets[:-2]), Content.UNCHECKED_P1)


def test_where_check_sequences_are_ignored_right_ones_are_still_known_as_such() -> None:
    assert p1.recognise_without_crc(bytearray(TELEGRAM), 0) == recognise(TELEGRAM)


@pytest.mark.parametrize("octets", range(1, END + 1))
def test_where_check_sequences_are_ignored_no_part_of_a_telegram_is_taken(octets: int) -> None:
    wrong = TELEGRAM[:-6] + b"0000\r\n"
    answer = p1.recognise_without_crc(bytearray(wrong[:octets]), 0)
    assert (answer is None) == (octets < END)


@pytest.mark.parametrize(
    "octets",
    [TELEGRAM[:-6] + b"38x", TELEGRAM[: TELEGRAM.index(b"1-0")] + TELEGRAM, TELEGRAM[:30] + b"\x01" + TELEGRAM[30:]],
)
def test_where_check_sequences_are_ignored_what_is_no_telegram_is_still_refused(octets: bytes) -> None:
    assert isinstance(p1.recognise_without_crc(bytearray(octets), 0), Refusal)


def test_where_check_sequences_are_ignored_encrypted_telegrams_still_need_theirs() -> None:
    sealed = bytearray(frames.sealed_p1(b"\x00\x82\x00\x40\x30" + bytes(63)))
    assert isinstance(p1.recognise_without_crc(sealed, 0), Frame)
    sealed[-5] ^= 1
    assert isinstance(p1.recognise_without_crc(sealed, 0), Refusal)
