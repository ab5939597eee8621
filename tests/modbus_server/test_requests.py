"""Answers to request PDUs, without a socket."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from han2x.modbus_server.limits import Limits
from han2x.modbus_server.requests import Answerer, Identity

from .registers import Registers

IDENTITY = Identity("han2x", "HAN2X", "1.2.3", "https://example.org", "Gateway", "", "Kamstrup 6841121")


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def answerer(registers: Registers, *, limits: Limits | None = None, clock: Clock | None = None) -> Answerer:
    return Answerer({1: registers}, lambda _unit: IDENTITY, limits or Limits(), clock or Clock())


def answer(request: str, registers: Registers | None = None, unit: int = 1, **limits: object) -> str:
    asked = answerer(registers or Registers(), limits=Limits(**limits))  # type: ignore[arg-type]  # named in the test
    return asked.answer(unit, bytes.fromhex(request)).hex(" ")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("03 0000 0002", "03 04 10 00 10 01"),
        ("03 0031 0001", "03 02 10 31"),
        ("04 0000 0002", "04 04 10 00 10 01"),
        ("06 002c 1234", "06 00 2c 12 34"),
        ("10 002c 0002 04 0000 03e8", "10 00 2c 00 02"),
        ("16 002c 00f2 0025", "16 00 2c 00 f2 00 25"),
        ("17 002b 0002 002c 0001 02 abcd", "17 04 10 2b ab cd"),
    ],
    ids=["read", "read the last", "read input", "write one", "write two", "mask write", "read and write"],
)
def test_request_is_answered(request_: str, expected: str) -> None:
    assert answer(request_) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("03 0000 0000", "83 03"),
        ("03 0000 007e", "83 03"),
        ("03 0000 ffff", "83 03"),
        ("04 0000 007e", "84 03"),
        ("03 0000 0033", "83 02"),
        ("03 0032 0001", "83 02"),
        ("03 ffff 0002", "83 02"),
        ("03 0000", "83 03"),
        ("03", "83 03"),
        ("03 0000 0001 0000", "83 03"),
        ("06 0032 0001", "86 02"),
        ("06 0000 0001", "86 02"),
        ("06 002c ffff", "86 03"),
        ("06 002c", "86 03"),
        ("06 002c 0001 00", "86 03"),
        ("10 002c 0000 00", "90 03"),
        ("10 002c 0002 03 0000 00", "90 03"),
        ("10 002c 0002 04 0000", "90 03"),
        ("10 002c 0002 04 0000 0001 00", "90 03"),
        ("10 002c 0003 04 0000 0001", "90 03"),
        ("10 002c 007c f8" + "00" * 248, "90 03"),
        ("10 002c", "90 03"),
        ("10 0031 0002 04 0000 0001", "90 02"),
        ("10 002c 0001 02 ffff", "90 03"),
        ("16 0000 ffff 0000", "96 02"),
        ("16 0032 ffff 0000", "96 02"),
        ("16 002c 00f2", "96 03"),
        ("16 002c ffff ffff", "16 00 2c ff ff ff ff"),
        ("17 0000 0000 002c 0001 02 0001", "97 03"),
        ("17 0000 007e 002c 0001 02 0001", "97 03"),
        ("17 0000 0001 002c 0000 00", "97 03"),
        ("17 0000 0001 002c 007a f4" + "00" * 244, "97 03"),
        ("17 0000 0001 002c 0001 02", "97 03"),
        ("17 0000 0001 002c 0002 02 0001", "97 03"),
        ("17 0000 0001", "97 03"),
        ("17 0032 0001 002c 0001 02 0001", "97 02"),
        ("17 0000 0001 0000 0001 02 0001", "97 02"),
        ("17 0000 0001 002c 0001 02 ffff", "97 03"),
        ("2b", "ab 03"),
        ("2b 0e", "ab 03"),
        ("2b 0e 01", "ab 03"),
        ("2b 0e 01 00 00", "ab 03"),
        ("2b 0d 01 00", "ab 01"),
        ("2b 0e 05 00", "ab 03"),
        ("2b 0e 00 00", "ab 03"),
        ("2b 0e 04 05", "ab 02"),
        ("2b 0e 04 07", "ab 02"),
        ("2b 0e 04 80", "ab 02"),
    ],
)
def test_bad_request_is_an_exception_with_its_own_function_code(request_: str, expected: str) -> None:
    assert answer(request_) == expected


@pytest.mark.parametrize("function", sorted(set(range(256)) - {3, 4, 6, 16, 22, 23, 43}))
def test_every_other_function_code_is_exception_1(function: int) -> None:
    assert answer(f"{function:02x} 0000 0001") == f"{function | 0x80:02x} 01"


@pytest.mark.parametrize("function", [3, 4, 6, 16, 22, 23, 43, 99])
def test_unit_that_nobody_has_is_exception_11(function: int) -> None:
    assert answer(f"{function:02x} 0000 0001", unit=2) == f"{function | 0x80:02x} 0b"


def test_silent_meter_is_exception_11_only_where_its_values_are_read() -> None:
    registers = Registers()
    registers.silent = True

    assert answer("03 0000 0001", registers) == "83 0b"
    assert answer("03 0024 0001", registers) == "03 02 10 24"


@pytest.mark.parametrize("bits", [(0x00F2, 0x0025), (0xFFFF, 0x0000), (0x0000, 0x1234), (0x0F0F, 0xFFF0)])
def test_mask_write_changes_the_bits_that_the_and_mask_leaves_out(bits: tuple[int, int]) -> None:
    registers, (and_mask, or_mask) = Registers(), bits
    before = registers.words[44]

    answer(f"16 002c {and_mask:04x} {or_mask:04x}", registers)

    assert registers.words[44] == (before & and_mask) | (or_mask & (0xFFFF ^ and_mask))


def test_mask_write_goes_on_while_the_meter_is_silent() -> None:
    registers = Registers()
    registers.silent = True

    assert answer("16 002c 0000 0001", registers) == "16 00 2c 00 00 00 01"


@pytest.mark.parametrize(("read", "code"), [("0000 0001", "0b"), ("0032 0001", "02"), ("002c 0000", "03")])
def test_read_and_write_writes_nothing_when_its_read_is_refused(read: str, code: str) -> None:
    registers = Registers()
    registers.silent = True

    assert answer(f"17 {read} 002c 0001 02 0001", registers) == f"97 {code}"
    assert registers.writes == 0


def test_read_and_write_reads_what_it_wrote() -> None:
    assert answer("17 002c 0001 002c 0001 02 4711") == "17 02 47 11"


@pytest.mark.parametrize(
    "request_", ["06 002c 0001", "10 002c 0001 02 0001", "16 002c 0000 0001", "17 0000 0001 002c 0001 02 0001"]
)
def test_read_only_server_does_not_know_the_writing_functions(request_: str) -> None:
    registers = Registers()

    assert answer(request_, registers, read_only=True) == f"{int(request_[:2], 16) | 0x80:02x} 01"
    assert registers.writes == 0


def test_read_only_server_answers_reads() -> None:
    assert answer("03 0000 0001", read_only=True) == "03 02 10 00"


def test_client_without_the_right_to_write_is_refused_as_the_security_protocol_says() -> None:
    """ "MODBUS/TCP Security" section 8.4: exception 01 when the role does not allow the function."""
    assert answerer(Registers()).answer(1, bytes.fromhex("06 002c 0001"), may_write=False) == b"\x86\x01"


def test_too_many_writes_are_exception_6_until_time_has_passed() -> None:
    clock, registers, write = Clock(), Registers(), bytes.fromhex("06 002c 0001")
    asked = answerer(registers, limits=Limits(writes_per_minute=3), clock=clock)

    assert [asked.answer(1, write)[0] for _ in range(4)] == [6, 6, 6, 0x86]
    assert asked.answer(1, write) == b"\x86\x06"
    assert asked.answer(1, bytes.fromhex("03 0000 0001"))[0] == 3

    clock.now += 20

    assert [asked.answer(1, write)[0] for _ in range(2)] == [6, 0x86]
    assert registers.writes == 4


def test_refused_writes_do_not_count_as_writes() -> None:
    asked = answerer(Registers(), limits=Limits(writes_per_minute=1))

    assert asked.answer(1, bytes.fromhex("06 0000 0001")) == b"\x86\x02"
    assert asked.answer(1, bytes.fromhex("06 002c 0001")) == bytes.fromhex("06 002c 0001")


@pytest.mark.parametrize("request_", ["03", "03 0000 0000", "10 002c 0002", "17 0000 0001", "2b 0e", "63 0000"])
def test_bad_requests_leave_no_line_in_the_log(request_: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer(request_)

    assert not caplog.records


def test_neither_pymodbus_s_server_nor_the_web_server_that_it_brings_is_loaded() -> None:
    """Of pymodbus only PDUs and framers are wanted: its server and aiohttp would cost 15 MB."""
    code = "import sys, han2x.modbus_server; assert not {'pymodbus.server', 'aiohttp'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)


def objects(answer_: str) -> dict[int, str]:
    octets = bytes.fromhex(answer_)
    found, at = {}, 7
    for _ in range(octets[6]):
        size = octets[at + 1]
        found[octets[at]] = octets[at + 2 : at + 2 + size].decode("ascii")
        at += 2 + size
    assert at == len(octets)
    return found


@pytest.mark.parametrize(
    ("request_", "numbers"),
    [
        ("2b 0e 01 00", [0, 1, 2]),
        ("2b 0e 01 01", [1, 2]),
        ("2b 0e 01 05", [0, 1, 2]),
        ("2b 0e 02 00", [0, 1, 2, 3, 4, 6]),
        ("2b 0e 02 04", [4, 6]),
        ("2b 0e 02 05", [0, 1, 2, 3, 4, 6]),
        ("2b 0e 03 00", [0, 1, 2, 3, 4, 6]),
        ("2b 0e 03 80", [0, 1, 2, 3, 4, 6]),
        ("2b 0e 04 06", [6]),
    ],
)
def test_identification_tells_the_objects_from_the_one_asked_for(request_: str, numbers: list[int]) -> None:
    assert list(objects(answer(request_))) == numbers


def test_identification_tells_vendor_product_version_url_and_meter() -> None:
    answer_ = answer("2b 0e 02 00")

    assert answer_.startswith("2b 0e 02 82 00 00 06")
    assert objects(answer_) == {
        0: "han2x",
        1: "HAN2X",
        2: "1.2.3",
        3: "https://example.org",
        4: "Gateway",
        6: "Kamstrup 6841121",
    }


def test_identification_that_is_too_long_for_one_answer_goes_on_in_a_second() -> None:
    asked = Answerer({1: Registers()}, lambda _unit: Identity(*["x" * 200] * 7), Limits(), Clock())

    first = asked.answer(1, bytes.fromhex("2b 0e 02 00"))
    assert len(first) <= 253
    assert first[4] == 0xFF
    assert objects(first.hex()) == {0: "x" * 128}
    assert first[5] == 1

    last = asked.answer(1, bytes.fromhex("2b 0e 02 06"))
    assert last[4:7] == b"\0\0\1"


def test_identification_texts_are_ascii() -> None:
    asked = Answerer({1: Registers()}, lambda _unit: Identity("Målér", "a", "b"), Limits(), Clock())

    assert objects(asked.answer(1, bytes.fromhex("2b 0e 01 00")).hex())[0] == "M?l?r"


def test_each_server_has_its_own_identity() -> None:
    """pymodbus keeps one identity per process."""
    first = Answerer({1: Registers()}, lambda _unit: Identity("first", "a", "b"), Limits(), Clock())
    Answerer({1: Registers()}, lambda _unit: Identity("second", "a", "b"), Limits(), Clock())

    assert objects(first.answer(1, bytes.fromhex("2b 0e 04 00")).hex()) == {0: "first"}


def test_device_that_fails_is_exception_4_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(Registers):
        def read(self, address: int, count: int) -> bytes | int:
            raise RuntimeError("no registers today")

    with caplog.at_level(logging.ERROR, "han2x.modbus"):
        assert answer("03 0000 0001", Failing()) == "83 04"

    assert "unit 1: cannot answer request 0300000001" in caplog.text
