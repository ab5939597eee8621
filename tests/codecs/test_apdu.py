from __future__ import annotations

from datetime import datetime

import pytest

from han2x.codecs.apdu import (
    Block,
    DataNotification,
    decipher,
    decode_block,
    decode_notification,
    is_block,
    is_ciphered,
    without_llc,
)
from han2x.codecs.errors import ApduError, NoKeyError
from han2x.model import MeterTime, ProblemCause
from tests import frames

TIME = frames.date_time("2026-11-20 23:45:10")
METER_TIME = MeterTime(datetime.fromisoformat("2026-11-20T23:45:10"), status=0)


class Reversing:
    authenticated = False

    def decipher(self, apdu: bytes) -> bytes:
        return apdu[::-1]


def test_the_llc_header_is_taken_off() -> None:
    assert without_llc(frames.LLC + b"\x0f rest") == b"\x0f rest"


def test_another_header_is_refused_and_shown() -> None:
    with pytest.raises(ApduError, match="e6 e6 00") as refused:
        without_llc(b"\xe6\xe6\x00\x0f")
    assert refused.value.cause is ProblemCause.NO_LLC


def test_a_block_may_come_without_an_llc_header() -> None:
    block = frames.block(2, b"rest")

    assert without_llc(block) == block
    assert is_block(block)
    assert not is_block(b"")


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (b"\x00", None),
        (b"\x0c" + TIME, METER_TIME),
        (b"\x09\x0c" + TIME, METER_TIME),
        (b"\x0c" + b"\xff" * 12, None),
    ],
    ids=["none", "new header", "old header", "left open"],
)
def test_every_form_of_the_header_clock_is_understood(time: bytes, expected: MeterTime | None) -> None:
    apdu = frames.notification(frames.structure(frames.u32(7)), time)

    notification = decode_notification(apdu, b"title")

    assert notification == DataNotification(expected, (7,), apdu, len(apdu) - 7, b"title")


@pytest.mark.parametrize(
    "apdu",
    [
        b"\x0f",
        b"\x0f\0\0\0\0",
        b"\x0f\0\0\0\0\x0b" + TIME,
        b"\x0f\0\0\0\0\x0c" + TIME[:-1],
        frames.notification(b""),
        frames.notification(b"\x02\x02\x00"),
        frames.notification(b"\x00\x00"),
    ],
)
def test_an_apdu_that_is_no_whole_data_notification_is_refused(apdu: bytes) -> None:
    with pytest.raises(ApduError) as refused:
        decode_notification(apdu)
    assert refused.value.cause is ProblemCause.ENCODING


@pytest.mark.parametrize("apdu", [b"", b"\x10" + frames.notification(b"\x00")[1:]])
def test_an_apdu_that_is_no_data_notification_is_refused(apdu: bytes) -> None:
    with pytest.raises(ApduError) as refused:
        decode_notification(apdu)
    assert refused.value.cause is ProblemCause.NO_NOTIFICATION


def test_a_block_tells_its_number_from_zero_and_whether_more_follow() -> None:
    assert decode_block(frames.block(1, b"abc")) == Block(0, more=True, octets=b"abc")
    assert decode_block(frames.block(300, bytes(200), last=True)) == Block(299, more=False, octets=bytes(200))


@pytest.mark.parametrize(
    "apdu",
    [
        b"\xe0",
        b"\xe0\x40\x00\x01\x00\x00",
        frames.block(0, b"a"),
        frames.block(1, b"ab")[:-1],
        frames.block(1, b"") + b"a",
    ],
    ids=["only a tag", "no length", "block 0", "cut", "octets to spare"],
)
def test_a_block_that_is_not_as_it_says_is_refused(apdu: bytes) -> None:
    with pytest.raises(ApduError) as refused:
        decode_block(apdu)
    assert refused.value.cause is ProblemCause.BLOCK


@pytest.mark.parametrize(("tag", "ciphered"), [(0xDB, True), (0xDC, True), (0xDD, True), (0x0F, False), (0xE0, False)])
def test_an_encrypted_apdu_is_known_by_its_tag(tag: int, *, ciphered: bool) -> None:
    assert is_ciphered(bytes((tag, 8))) is ciphered
    assert not is_ciphered(b"")


def test_an_encrypted_apdu_without_a_key_is_told_as_such() -> None:
    with pytest.raises(NoKeyError, match="general-glo-ciphering"):
        decipher(b"\xdb\x08", None)


def test_an_encrypted_apdu_is_handed_to_who_can_open_it() -> None:
    assert decipher(b"\xdb\x08", Reversing()) == b"\x08\xdb"
