"""`han2x registers --live`, and `han2x.modbus_client` which it reads with, before a server and before what is none."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from han2x.cli import main
from han2x.modbus_client import ModbusError, read_holding_registers
from tests.end_to_end.modbus_probes import serving
from tests.modbus_server.registers import Registers

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


async def shown(host: str, *arguments: str) -> int:
    return await asyncio.to_thread(main, ["registers", "--live", host, *arguments])


async def test_all_registers_are_shown_with_words_value_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving() as server:
        assert await shown(f"127.0.0.1:{server.addresses[0][1]}") == 0

    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["Register", "Words", "Value", "Unit", "Name"]
    voltage = next(row for row in rows if row.startswith("40015–40016"))
    assert voltage.split()[:5] == ["40015–40016", "100e", "100f", str(0x100E100F), "V"]
    assert not any(row.startswith("401") for row in rows)  # as of a HAN2X box
    assert next(row for row in rows if row.startswith("40050") or "–40050" in row)


async def test_while_the_meter_is_silent_the_others_are_shown_and_it_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    registers = Registers()
    registers.silent = True
    async with serving(registers) as server:
        assert await shown(f"127.0.0.1:{server.addresses[0][1]}") == 1

    told = capsys.readouterr()
    assert "exception code 0x0B" in told.err
    rows = {row.split()[0]: row.split() for row in told.out.splitlines()[1:]}
    assert rows["40015–40016"][1:3] == ["–", "–"]
    assert rows["40037"][1:3] == ["1024", str(0x1024)]


async def test_where_some_values_are_not_current_all_others_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    registers = Registers()
    registers.refused = range(8, 20)
    async with serving(registers) as server:
        assert await shown(f"127.0.0.1:{server.addresses[0][1]}") == 1

    rows = {row.split()[0]: row.split() for row in capsys.readouterr().out.splitlines()[1:]}
    assert rows["40001–40002"][1:3] == ["1000", "1001"]
    assert rows["40009–40010"][1:3] == ["–", "–"]
    assert rows["40019–40020"][1:3] == ["–", "–"]
    assert rows["40021–40022"][1:3] == ["1014", "1015"]


async def test_another_exception_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async with serving() as server:
        assert await shown(f"127.0.0.1:{server.addresses[0][1]}", "--unit", "9") == 1
        where = f"127.0.0.1 port {server.addresses[0][1]}, unit 9: the server refuses with exception code 0x"
    assert where in capsys.readouterr().err


async def test_where_nobody_listens_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert await shown(f"127.0.0.1:{taken.getsockname()[1]}") == 1
    assert "refused" in capsys.readouterr().err


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[socket.socket]:
    """A connection to something that gives these octets for a request, and then ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(12)
        for octets in answers:
            writer.write(octets)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        with socket.create_connection(server.sockets[0].getsockname(), 5) as connection:
            yield connection


GOOD = bytes.fromhex("00010000000701030400010002")


async def test_an_answer_in_pieces_is_put_together() -> None:
    async with answering(GOOD[:3], GOOD[3:9], GOOD[9:]) as connection:
        assert await asyncio.to_thread(read_holding_registers, connection, 1, 0, 2) == b"\0\1\0\2"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not Modbus TCP"),
        (b"\0\2" + GOOD[2:], "not Modbus TCP"),
        (GOOD[:2] + b"\0\1" + GOOD[4:], "not Modbus TCP"),
        (GOOD[:4] + b"\0\2" + GOOD[6:], "not Modbus TCP"),
        (GOOD[:4] + b"\0\xff" + GOOD[6:], "not Modbus TCP"),
        (GOOD[:7] + b"\x04" + GOOD[8:], "does not fit the request"),
        (GOOD[:4] + b"\0\5" + GOOD[6:11], "does not fit the request"),
        (GOOD[:-1], "closed the connection"),
        (b"", "closed the connection"),
        (bytes.fromhex("000100000003018302"), "exception code 0x02"),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused(answer: bytes, told: str) -> None:
    async with answering(answer) as connection:
        with pytest.raises(ModbusError, match=told) as refused:
            await asyncio.to_thread(read_holding_registers, connection, 1, 0, 2)
    assert refused.value.code == (2 if "exception" in told else None)
