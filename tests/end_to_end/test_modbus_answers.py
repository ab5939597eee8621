"""What the Modbus server answers to raw sockets: framing, function codes, unit ids, RTU over TCP."""

from __future__ import annotations

import random
import struct

import pytest

from tests.modbus_server.frames import mbap, rtu
from tests.modbus_server.registers import Registers

from .modbus_probes import READ, READ_ALL_ANSWER, READ_ANSWER, Probe, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

ANSWERS = {
    "read": ("03 0000 0002", "03 04 1000 1001"),
    "read all": ("03 0000 0032", READ_ALL_ANSWER),
    "read nothing": ("03 0000 0000", "83 03"),
    "read 126": ("03 0000 007e", "83 03"),
    "read past the end": ("03 0031 0002", "83 02"),
    "read at 65535": ("03 ffff 0002", "83 02"),
    "read, short": ("03 0000", "83 03"),
    "read, long": ("03 0000 0001 0000", "83 03"),
    "read input": ("04 0000 0002", "04 04 1000 1001"),
    "read coils": ("01 0000 0008", "81 01"),
    "read discrete": ("02 0000 0008", "82 01"),
    "write coil": ("05 0000 ff00", "85 01"),
    "write one": ("06 002c 1234", "06 002c 1234"),
    "write one, unmapped": ("06 0032 0001", "86 02"),
    "write one, read-only": ("06 0000 0001", "86 02"),
    "write coils": ("0f 0000 0008 01 ff", "8f 01"),
    "write two": ("10 002c 0002 04 aaaa bbbb", "10 002c 0002"),
    "write two, 3 octets": ("10 002c 0002 03 aaaa bb", "90 03"),
    "write two, short": ("10 002c 0002 04 aaaa", "90 03"),
    "write none": ("10 002c 0000 00", "90 03"),
    "write past the end": ("10 0031 0002 04 aaaa bbbb", "90 02"),
    "write 124": ("10 0000 007c f8" + "00" * 246, "90 03"),
    "mask write": ("16 002c 00f2 0025", "16 002c 00f2 0025"),
    "read and write": ("17 002b 0002 002c 0001 02 1111", "17 04 102b 1111"),
    "identification": ("2b 0e 01 00", "2b 0e 01 82 00 00 03 00 05 68616e3278 01 05 48414e3258 02 05 312e322e33"),
    "identification, one object": ("2b 0e 04 00", "2b 0e 04 82 00 00 01 00 05 68616e3278"),
    "identification, no such object": ("2b 0e 04 07", "ab 02"),
    "identification, no such way": ("2b 0e 05 00", "ab 03"),
    "CANopen": ("2b 0d 01 00", "ab 01"),
    "exception status": ("07", "87 01"),
    "echo": ("08 0000 12ab", "88 01"),
    "restart communication": ("08 0001 0000", "88 01"),
    "listen only": ("08 0004 0000", "88 01"),
    "event counter": ("0b", "8b 01"),
    "event log": ("0c", "8c 01"),
    "server id": ("11", "91 01"),
    "file record": ("14 07 06 0001 0000 0002", "94 01"),
    "FIFO": ("18 0000", "98 01"),
    "function 65": ("41 0000", "c1 01"),
    "function 0": ("00 0000", "80 01"),
    "exception from a client": ("83 02", "83 01"),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_answer_is_right_and_the_next_request_is_answered_too(name: str) -> None:
    request, answer = (mbap(pdu, 0x1111) for pdu in ANSWERS[name])
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(request)

        assert await probe.receive(len(answer)) == answer
        assert await probe.answers()


async def test_all_requests_in_one_stream_are_answered_in_order() -> None:
    requests = b"".join(mbap(request, number) for number, (request, _) in enumerate(ANSWERS.values()))
    answers = b"".join(mbap(answer, number) for number, (_, answer) in enumerate(ANSWERS.values()))
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(requests)

        assert await probe.receive(len(answers)) == answers


@pytest.mark.parametrize("unit", [0, 1, 255])
async def test_first_meter_is_unit_0_255_and_its_own(unit: int) -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(mbap("03 0000 0001", 5, unit))

        assert await probe.receive(11) == mbap("03 02 1000", 5, unit)


@pytest.mark.parametrize("unit", [2, 247])
async def test_unit_that_nobody_has_is_exception_11(unit: int) -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(mbap("03 0000 0001", 5, unit))

        assert await probe.receive(9) == mbap("83 0b", 5, unit)


@pytest.mark.parametrize("count", [2, 3, 10, 50, 400])
async def test_requests_in_one_segment_are_answered_in_order(count: int) -> None:
    requests = b"".join(mbap(struct.pack(">BHH", 3, number % 50, 1), number) for number in range(count))
    answers = b"".join(mbap(struct.pack(">BBH", 3, 2, 0x1000 + number % 50), number) for number in range(count))
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(requests)

        assert await probe.receive(len(answers)) == answers
        assert await probe.answers()


async def test_requests_that_are_sent_without_waiting_are_all_answered() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(*[mbap("03 0000 0001", number) for number in range(50)])

        assert await probe.receive(50 * 11) == b"".join(mbap("03 02 1000", number) for number in range(50))


@pytest.mark.parametrize("name", ["read", "read all", "write two", "read and write", "identification", "function 65"])
async def test_request_that_comes_octet_by_octet_is_answered(name: str) -> None:
    request, expected = ANSWERS[name]
    async with serving() as server:
        probe = await Probe.to(server)
        for _ in range(2):
            await probe.send(*[bytes([octet]) for octet in mbap(request)])

            assert await probe.receive(len(mbap(expected))) == mbap(expected)


async def test_request_and_a_part_of_the_next_are_both_answered() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        for cut in range(1, len(READ)):
            await probe.send(READ + READ[:cut], READ[cut:])

            assert await probe.receive(2 * len(READ_ANSWER)) == 2 * READ_ANSWER


@pytest.mark.parametrize("first", [True, False], ids=["first", "after a good one"])
@pytest.mark.parametrize(
    "octets",
    [
        mbap("03 0000 0002", protocol=1),
        mbap("03 0000 0002", 0x0010, 7, protocol=1),
        *(mbap("03 0000 0002", 0x3333, length=length) for length in (0, 1, 255, 300, 65535)),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        bytes.fromhex("16030100f1010000ed0303") + bytes(200),
        random.Random(7).randbytes(60_000),
    ],
    ids=["protocol 1", "protocol 1, like RTU", "0", "1", "255", "300", "65535", "HTTP", "TLS", "random"],
)
async def test_octets_that_are_no_frame_close_the_connection_and_no_other(octets: bytes, first: bool) -> None:
    async with serving() as server:
        other, probe = await Probe.to(server), await Probe.to(server)
        assert first or await probe.answers()
        probe.writer.write(octets)

        assert await probe.is_closed()
        assert await other.answers()
        assert await (await Probe.to(server)).answers()


@pytest.mark.parametrize("length", [7, 8, 254])
async def test_length_that_promises_more_waits_for_it(length: int) -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(mbap("03 0000 0002", 0x3333, length=length))
        assert await probe.is_silent()
        await probe.send(bytes(length - 6))

        assert await probe.receive(9) == mbap("83 03", 0x3333)
        assert await probe.answers()


@pytest.mark.parametrize(("length", "code"), [(2, "83 03"), (5, "83 03")])
async def test_length_that_promises_less_ends_the_request_there(length: int, code: str) -> None:
    """What is left over cannot be a header, as its protocol id or length is impossible."""
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(mbap("03 ffff ffff ffff", 0x3333, length=length))

        assert await probe.receive(9) == mbap(code, 0x3333)
        assert await probe.is_closed()


async def test_requests_before_a_broken_one_are_answered() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(READ + READ + mbap("03 0000 0002", protocol=9))

        assert await probe.receive(1000) == 2 * READ_ANSWER


async def test_half_closed_client_gets_its_answers() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(READ * 300)
        probe.writer.write_eof()

        assert await probe.reader.read() == READ_ANSWER * 300


async def test_document_s_example_over_rtu_is_answered_as_the_document_says() -> None:
    registers = Registers()
    registers.words[14:16] = [0x0000, 0x0956]
    async with serving(registers) as server:
        probe = await Probe.to(server)
        for _ in range(2):
            await probe.send(bytes.fromhex("01 03 00 0E 00 02 A5 C8"))

            assert await probe.receive(9) == bytes.fromhex("01 03 04 00 00 09 56 7C 5D")


@pytest.mark.parametrize(
    ("unit", "request_", "expected"),
    [
        (1, "03 0000 0002", "03 04 1000 1001"),
        (1, "03 0000 0032", READ_ALL_ANSWER),
        (1, "04 0000 0002", "04 04 1000 1001"),
        (1, "10 002c 0002 04 0000 03e8", "10 002c 0002"),
        (1, "17 0000 0001 002c 0001 02 0001", "17 02 1000"),
        (1, "2b 0e 04 00", "2b 0e 04 82 00 00 01 00 05 68616e3278"),
        (1, "01 0000 0008", "81 01"),
        (1, "0f 0000 0008 01 ff", "8f 01"),
        (1, "07", "87 01"),
        (5, "03 0000 0001", "83 0b"),
        (255, "03 0000 0001", "03 02 1000"),
        (0, "03 0000 0001", "03 02 1000"),
    ],
)
async def test_rtu_requests_are_answered_whole_split_and_together(unit: int, request_: str, expected: str) -> None:
    request, answer = rtu(request_, unit), rtu(expected, unit)
    async with serving() as server:
        probe = await Probe.to(server)
        await probe.send(request)
        assert await probe.receive(len(answer)) == answer
        await probe.send(*[bytes([octet]) for octet in request])
        assert await probe.receive(len(answer)) == answer
        await probe.send(request * 3)
        assert await probe.receive(3 * len(answer)) == 3 * answer


async def test_rtu_client_that_goes_on_in_mbap_is_cut_off_and_the_other_way_round() -> None:
    async with serving() as server:
        rtu = bytes.fromhex("01 03 0001 0002 95cb")
        for first, second in ((rtu, READ), (READ, rtu)):
            probe = await Probe.to(server)
            await probe.send(first)
            assert await probe.receive(9)
            await probe.send(second)
            rest = await probe.reader.read()

            assert rest in {b"", READ_ANSWER[9:]}


@pytest.mark.parametrize("function", ["03", "04"])
async def test_read_that_is_asked_again_and_again_tells_the_values_of_the_moment(function: str) -> None:
    registers = Registers()
    async with serving(registers) as server:
        probe = await Probe.to(server)
        for value in range(20):
            registers.words[0] = value
            await probe.send(mbap(f"{function} 0000 0001", value))

            assert await probe.receive(11) == mbap(f"{function} 02 {value:04x}", value)


async def test_read_that_was_answered_is_refused_when_the_meter_falls_silent_and_answered_again_later() -> None:
    registers = Registers()
    async with serving(registers) as server:
        probe = await Probe.to(server)
        for silent, answer in ((False, READ_ANSWER), (True, mbap("83 0b", 0x7777)), (False, READ_ANSWER)) * 3:
            registers.silent = silent
            await probe.send(READ)

            assert await probe.receive(len(answer)) == answer


async def test_read_that_was_answered_is_exception_4_when_the_device_fails(caplog: pytest.LogCaptureFixture) -> None:
    registers = Registers()
    async with serving(registers) as server:
        probe = await Probe.to(server)
        assert await probe.answers()
        assert await probe.answers()
        registers.words[0] = -1  # which is no word
        await probe.send(READ)

        assert await probe.receive(9) == mbap("83 04", 0x7777)
        assert "unit 1: cannot answer request 0300000002" in caplog.text


async def test_more_different_reads_than_are_remembered_are_all_answered() -> None:
    async with serving() as server:
        probe = await Probe.to(server)
        for unit in (0, 1, 255):
            for address in range(50):
                for count in range(1, min(8, 51 - address)):
                    words = b"".join(struct.pack(">H", 0x1000 + word) for word in range(address, address + count))
                    for _ in range(2):
                        await probe.send(mbap(struct.pack(">BHH", 3, address, count), 9, unit))

                        answer = mbap(bytes((3, 2 * count)) + words, 9, unit)
                        assert await probe.receive(len(answer)) == answer
