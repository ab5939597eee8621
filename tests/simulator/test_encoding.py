"""The octets of a push."""

from __future__ import annotations

from datetime import datetime

import pytest

from han2x.simulator import encoding


def test_the_check_sequences_have_the_published_check_values() -> None:
    assert encoding.check_sequence(b"123456789") == bytes.fromhex("6e90")  # CRC-16/X-25 906E, low octet first
    assert encoding.reflected_crc16(0xA001, 0, b"123456789") == 0xBB3D  # CRC-16/ARC


def test_a_frame_tells_its_length_without_the_flags_and_stuffs_nothing() -> None:
    frame = encoding.hdlc_frame(b"\x2b\x21", 0x13, b"\x7e\x7d" * 10)

    assert frame[:6] == bytes.fromhex("7ea01d2b2113")
    assert len(frame) == 0x1D + 2
    assert b"\x7e\x7d" * 10 in frame


def test_a_frame_too_long_for_its_length_field_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 2047 octets, not 2048"):
        encoding.hdlc_frame(b"\x2b\x21", 0x13, bytes(2048 - 9))


def test_a_date_time_has_the_octets_of_the_blue_book() -> None:
    clock = datetime.fromisoformat("2017-08-16T16:00:05")

    assert encoding.date_time(clock).hex() == "07e1081003100005ff800000"
    assert encoding.date_time(clock, deviation_min=-60, status=0x80).hex() == "07e1081003100005ffffc480"


@pytest.mark.parametrize(("sunday", "weekday"), [(7, 7), (0, 0)])
def test_a_sunday_has_the_number_that_the_maker_gives_it(sunday: int, weekday: int) -> None:
    assert encoding.date_time(datetime.fromisoformat("2022-10-16"), sunday=sunday)[4] == weekday


def test_a_long_string_has_its_length_in_more_octets() -> None:
    assert encoding.octet_string(bytes(127))[:3] == bytes.fromhex("097f00")
    assert encoding.octet_string(bytes(300))[:5] == bytes.fromhex("0982012c00")


def test_a_counter_beyond_32_bits_rolls_over() -> None:
    assert encoding.double_long_unsigned(2**32 + 5) == bytes.fromhex("0600000005")
