from __future__ import annotations

from datetime import datetime

import pytest

from han2x.codecs.p1_lines import Line, decode_clock, decode_telegram
from han2x.model import MeterTime
from tests import frames


def lines(*text: str) -> list[Line]:
    return decode_telegram(frames.p1(text)[:-6]).lines


@pytest.mark.parametrize(
    ("identification", "flag", "rest"),
    [
        ("KAM5", "KAM", ""),
        ("ADN9 6534", "ADN", "6534"),
        ("ELL5\\253833635_A", "ELL", "\\253833635_A"),
        ("Iskx"[:3] + "5", "ISK", ""),
    ],
)
def test_the_identification_is_taken_apart(identification: str, flag: str, rest: str) -> None:
    telegram = decode_telegram(frames.p1([], identification)[:-6])

    assert (telegram.flag, telegram.identification) == (flag, rest)


def test_what_does_not_begin_with_an_identification_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with /"):
        decode_telegram(b"1-0:1.8.0(1*kWh)\r\n!")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1-0:1.8.0(00009621.983*kWh)", ("1.8.0", "00009621", "983", "kWh", "")),
        ("1-0:13.7.0(0.99)", ("13.7.0", "0", "99", "", "")),
        ("1-1:32.7.0(230*V)", ("32.7.0", "230", "", "V", "")),
        ("0-0:1.0.0(240407122854S)", ("1.0.0", "", "", "", "240407122854S")),
        ("1-3:0.2.8(50)", ("0.2.8", "50", "", "", "")),
        ("0-0:96.13.0()", ("96.13.0", "", "", "", "")),
        ("1-0:1.8.0*255(00052185.7825309*kWh)", ("1.8.0", "00052185", "7825309", "kWh", "")),
        ("1-1:1.8.1(000576.239*kWh)", ("1.8.1", "000576", "239", "kWh", "")),
        ("1-0:15.8.0(00007137.694*kWh )", ("15.8.0", "00007137", "694", "kWh", "")),
        ("0-0:1.0.0(20240111 09:35:00)", ("1.0.0", "", "", "", "20240111 09:35:00")),
    ],
)
def test_a_line_is_taken_apart(text: str, line: Line) -> None:
    assert lines(text) == [line]


@pytest.mark.parametrize(
    "text",
    [
        "1-0:4:24.7.0(0000.102*kVAr)",
        "1-0:1.8.0(00009621.983*kWh",
        "1-0:1.8.0(1.983*kWh)1-0:2.8.0(0.000*kWh)",
        "0-1:24.2.1(101209112500W)(12785.123*m3)",
        "0-1:96.1.0(3232323241424344)",
        "1-0:1.8.0 (1*kWh)",
        "(0000.102*kVAr)",
        "1-2:1.7.0(0009.999*kW)",
        "1-0:1.8.0*101(00000055.000*kWh)",
        "1-0:1.8.0*1(00000055.000*kWh)",
        "0-0:1.8.0(00000055.000*kWh)",
        "7-0:3.0.0(00055.000*m3)",
        "1-0:1.6.0(230201020000W)(01.566*kW)",
        "0-1:24.3.0(160315210000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(04083.631)",
        "1-0:0.2.0((ER11))",
        "",
    ],
)
def test_a_damaged_glued_or_foreign_line_is_passed_over(text: str) -> None:
    assert lines(text, "1-0:1.7.0(0001.453*kW)") == [("1.7.0", "0001", "453", "kW", "")]


@pytest.mark.parametrize(("letter", "status"), [("W", 0), ("S", 0x80), ("", None)])
def test_a_clock_keeps_what_its_letter_says(letter: str, status: int | None) -> None:
    local = datetime.fromisoformat("2024-04-07T12:28:54")

    assert decode_clock(f"240407122854{letter}") == MeterTime(local, status=status)


@pytest.mark.parametrize("text", ["20240111 09:35:00", "240111093500", "20240111093500", "240111 09:35:00"])
def test_a_clock_without_a_letter_is_read_however_it_is_spaced(text: str) -> None:
    assert decode_clock(text) == MeterTime(datetime.fromisoformat("2024-01-11T09:35:00"))


@pytest.mark.parametrize("text", ["000101000001W", "632525252525S", "000000000000W", "20240111 9:35:00", "20240111"])
def test_a_clock_that_nobody_has_set_is_absent(text: str) -> None:
    assert decode_clock(text) is None


@pytest.mark.parametrize(
    "text", ["", "240407122854X", "241307122854W", "24040712285W", "240407122854WW", "x40407122854"]
)
def test_what_cannot_be_a_clock_is_absent(text: str) -> None:
    assert decode_clock(text) is None
