from __future__ import annotations

import pytest

from han2x.codecs.axdr import MAX_DEPTH, CosemValue, decode_data, decode_length
from han2x.codecs.errors import ApduError, CutShortError


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("00", None),
        ("03 01", 1),
        ("05 FFFFFFFE", -2),
        ("06 FFFFFFFE", 4_294_967_294),
        ("09 03 01FF00", b"\x01\xff\x00"),
        ("09 00", b""),
        ("0A 02 4142", "AB"),
        ("0C 02 C3A5", "å"),
        ("0F FE", -2),
        ("10 FFAF", -81),
        ("11 FE", 254),
        ("12 FFAF", 65_455),
        ("14 FFFFFFFFFFFFFFFE", -2),
        ("15 FFFFFFFFFFFFFFFE", 18_446_744_073_709_551_614),
        ("16 1B", 27),
        ("01 02 11 01 11 02", [1, 2]),
        ("02 02 11 01 00", (1, None)),
        ("01 00", []),
        ("02 00", ()),
        ("01 01 02 02 0F 00 16 1B", [(0, 27)]),
        ("04 0A A5 40", "1010010101"),
        ("04 00", ""),
        ("0D 42", 42),
        ("0D 4A", None),
        ("17 43 66 00 00", 230.0),
        ("18 40 6C C0 00 00 00 00 00", 230.0),
        ("19 07EA0B0A020E1E28FF800000", bytes.fromhex("07EA0B0A020E1E28FF800000")),
        ("1A 07EA0B0A02", bytes.fromhex("07EA0B0A02")),
        ("1B 0E1E28FF", bytes.fromhex("0E1E28FF")),
    ],
)
def test_a_value_is_decoded_by_its_tag(octets: str, value: CosemValue) -> None:
    encoded = bytes.fromhex(octets)

    assert decode_data(encoded) == (value, len(encoded))
    assert decode_data(b"\xaa" + encoded + b"\xbb", 1) == (value, len(encoded) + 1)


@pytest.mark.parametrize(
    "octets",
    ["06 000001", "09 03 0102", "0A", "02 02 11 01", "16", "15 00", "", "04 09 FF", "0D", "17 00", "19 07EA", "1B"],
)
def test_octets_that_end_early_are_refused(octets: str) -> None:
    with pytest.raises(CutShortError):
        decode_data(bytes.fromhex(octets))


@pytest.mark.parametrize("tag", [0x07, 0x08, 0x0E, 0x13, 0x1C, 0xFF])
def test_an_unknown_tag_is_refused_with_its_place(tag: int) -> None:
    with pytest.raises(ApduError, match=rf"0x{tag:02X} at octet 1"):
        decode_data(bytes((0xAA, tag, 0, 0, 0, 0, 0, 0, 0, 0)), 1)


def test_more_elements_than_octets_are_refused_at_once() -> None:
    with pytest.raises(ApduError, match="65535 elements"):
        decode_data(bytes.fromhex("02 82 FFFF 00 00"))


def test_nesting_is_followed_as_deep_as_allowed_and_no_deeper() -> None:
    decode_data(b"\x02\x01" * MAX_DEPTH + b"\x00")

    with pytest.raises(ApduError, match=f"more than {MAX_DEPTH}"):
        decode_data(b"\x02\x01" * (MAX_DEPTH + 1) + b"\x00")


@pytest.mark.parametrize(
    ("octets", "length"),
    [("00", 0), ("7F", 127), ("81 80", 128), ("81 05", 5), ("82 00E7", 231), ("83 010000", 65_536), ("84 00000001", 1)],
)
def test_a_length_is_understood_in_every_form_shortest_or_not(octets: str, length: int) -> None:
    encoded = bytes.fromhex(octets)

    assert decode_length(b"\xaa" + encoded, 1) == (length, 1 + len(encoded))


@pytest.mark.parametrize("octets", ["", "81", "82 01", "80", "85 0000000001", "FF"])
def test_a_length_that_is_cut_or_of_an_impossible_form_is_refused(octets: str) -> None:
    with pytest.raises(ApduError):
        decode_length(bytes.fromhex(octets), 0)


@pytest.mark.parametrize("unit", [27, 28, 35, 255])
@pytest.mark.parametrize("scaler", [-128, -10, -9, -1, 0, 3, 9, 10])
def test_a_scaler_and_a_unit_are_decoded_like_any_two_numbers(scaler: int, unit: int) -> None:
    inside = bytes((0x0F, scaler & 0xFF, 0x16, unit))

    assert decode_data(b"\x02\x02" + inside) == ((scaler, unit), 6)
    assert decode_data(b"\x01\x02" + inside) == ([scaler, unit], 6)
    assert decode_data(b"\x02\x81\x02" + inside) == ((scaler, unit), 7)
    assert decode_data(b"\x02\x03" + inside + b"\x00") == ((scaler, unit, None), 7)
    with pytest.raises(CutShortError):
        decode_data(b"\x02\x02" + inside[:-1])


def test_a_scaler_and_a_unit_nest_no_deeper_than_other_structures() -> None:
    inside = b"\x02\x02\x0f\x00\x16\x1b"
    assert decode_data(b"\x02\x01" * (MAX_DEPTH - 1) + inside)[1] == 2 * MAX_DEPTH + 4
    with pytest.raises(ApduError):
        decode_data(b"\x02\x01" * MAX_DEPTH + inside)
