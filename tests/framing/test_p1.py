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


def test_a_telegram_without_a_check_sequence_is_refused() -> None:
    refusal = refused(TELEGRAM[:-6] + b"\r\n")

    assert refusal.cause is ProblemCause.P1_CRC_MISSING


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
