"""P1 telegrams with encrypted data lines."""

from __future__ import annotations

import pytest

from han2x.framing import p1, sealed
from han2x.framing.base import Content, Frame, Refusal
from han2x.model import ProblemCause
from tests import frames

PART = b"\x30\0\0\0\0/ISK5!!\r\n\xff\x00" + bytes(20)
SIZE = b"\x82" + len(PART).to_bytes(2, "big")
TELEGRAM = frames.sealed_p1(b"\0" + SIZE + PART)
END = len(TELEGRAM) - 2


def recognise(octets: bytes) -> Frame | Refusal | None:
    return p1.recognise(bytearray(octets), 0)


@pytest.mark.parametrize(
    "head", [b"\0", b"\xdb\0", b"\x08SAG50000", b"\xdb\x08SAG50000"], ids=["bare", "tag", "title", "tag and title"]
)
def test_the_length_says_where_the_encrypted_lines_end(head: bytes) -> None:
    telegram = frames.sealed_p1(head + SIZE + PART)

    assert recognise(telegram) == Frame(0, len(telegram) - 2, telegram[:-6], Content.SEALED_P1)
    assert sealed.parts(telegram[:-6]) == (b"/KFM5KAIFA-METER", b"\xdb" + head.removeprefix(b"\xdb") + SIZE + PART)


@pytest.mark.parametrize("octets", range(1, END))
def test_it_is_waited_for_until_its_last_digit(octets: int) -> None:
    assert recognise(TELEGRAM[:octets]) is None


def test_a_changed_octet_is_told() -> None:
    answer = recognise(TELEGRAM.replace(b"\xff", b"\xfe"))

    assert isinstance(answer, Refusal)
    assert (answer.cause, answer.length) == (ProblemCause.P1_CRC, END)


@pytest.mark.parametrize(
    ("protected", "cause"),
    [
        (b"\0\x82\0\x05" + PART[:5], ProblemCause.SHORT_LENGTH),
        (b"\0\x82\x10\x00" + PART, ProblemCause.TELEGRAM_TOO_LONG),
        (b"\0\x82\0\x10" + PART, ProblemCause.TELEGRAM_CUT),
    ],
    ids=["too short", "too long", "no mark"],
)
def test_a_length_that_cannot_be_is_told(protected: bytes, cause: ProblemCause) -> None:
    answer = recognise(frames.sealed_p1(protected))

    assert isinstance(answer, Refusal)
    assert answer.cause is cause


def test_one_without_a_checksum_is_refused() -> None:
    answer = recognise(TELEGRAM[:-6] + b"\r\n")

    assert isinstance(answer, Refusal)
    assert answer.cause is ProblemCause.P1_CRC_MISSING


def test_the_identification_line_alone_is_told_as_such_though_padding_follows() -> None:
    octets = b"/KFM5KAIFA-METER\r\n\r\n\0"

    assert recognise(octets) is None
    assert p1.cut_off(bytearray(octets), 0).cause is ProblemCause.IDENTIFICATION_ONLY


def test_a_telegram_in_plain_text_has_no_encrypted_lines() -> None:
    with pytest.raises(ValueError, match="no encrypted data lines"):
        sealed.parts(frames.p1(["1-0:1.7.0(0001.453*kW)"])[:-6])
