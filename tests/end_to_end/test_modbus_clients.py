"""Modbus clients that others wrote, against the server.

mbpoll, nmap and libmodbus are Debian packages (mbpoll, nmap, libmodbus-dev, with gcc and pkg-config).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient, ModbusTcpClient
from pymodbus.pdu.mei_message import ReadDeviceInformationResponse
from pyModbusTCP.client import ModbusClient

from tests.modbus_server.registers import Registers
from tests.tools import leave_out, needed

from .modbus_probes import serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

WORDS = [0x1000 + word for word in range(50)]


async def output(*command: str) -> tuple[int | None, str]:
    """Exit status of a command, and what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    text, _ = await process.communicate()
    return process.returncode, text.decode()


async def test_pymodbustcp_reads_writes_and_is_refused() -> None:
    registers = Registers()

    def talk(port: int) -> None:
        client = ModbusClient("127.0.0.1", port, unit_id=1, auto_open=True)
        assert client.read_holding_registers(0, 50) == WORDS
        assert client.read_input_registers(10, 2) == [0x100A, 0x100B]
        assert client.write_single_register(44, 7)
        assert client.write_multiple_registers(48, [0, 2000])
        assert client.write_read_multiple_registers(45, [8], 44, 2) == [7, 8]
        assert client.read_holding_registers(49, 2) is None
        assert client.last_except == 2
        assert client.read_coils(0) is None
        assert client.last_except == 1
        identification = client.read_device_identification(2)
        assert identification
        assert identification.vendor_name == b"han2x"
        client.close()

    async with serving(registers) as server:
        await asyncio.to_thread(talk, server.addresses[0][1])

    assert registers.words[44:] == [7, 8, 0x102E, 0x102F, 0, 2000]


@pytest.mark.parametrize("framer", [FramerType.SOCKET, FramerType.RTU], ids=["MBAP", "RTU over TCP"])
async def test_pymodbus_client_reads_writes_and_is_refused(framer: FramerType) -> None:
    registers = Registers()

    def talk(port: int) -> None:
        client = ModbusTcpClient("127.0.0.1", port=port, framer=framer)
        assert client.connect()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated
        assert client.read_holding_registers(0, count=50).registers == WORDS
        assert client.read_input_registers(10, count=2).registers == [0x100A, 0x100B]
        assert not client.write_register(44, 7).isError()
        assert not client.write_registers(48, [0, 2000]).isError()
        assert not client.mask_write_register(address=45, and_mask=0xFF00, or_mask=0x12).isError()
        assert client.readwrite_registers(read_address=44, read_count=2, write_address=46, values=[9]).registers == [
            7,
            0x1012,
        ]
        assert client.read_holding_registers(49, count=2).exception_code == 2
        assert client.read_holding_registers(0, count=1, device_id=9).exception_code == 0x0B
        assert client.read_coils(0, count=8).exception_code == 1
        identification = client.read_device_information(read_code=1)
        assert isinstance(identification, ReadDeviceInformationResponse)
        assert identification.information[0] == b"han2x"
        client.close()  # type: ignore[no-untyped-call]  # pymodbus leaves it unannotated

    async with serving(registers) as server:
        await asyncio.to_thread(talk, server.addresses[0][1])

    assert registers.words[44:] == [7, 0x1012, 9, 0x102F, 0, 2000]


async def test_pymodbus_asyncio_clients_read_side_by_side() -> None:
    async with serving() as server:
        host, port = server.addresses[0]
        clients = [AsyncModbusTcpClient(host, port=port) for _ in range(5)]
        for client in clients:
            assert await client.connect()
        for _ in range(20):
            answers = await asyncio.gather(*[client.read_holding_registers(0, count=50) for client in clients])

            assert all(answer.registers == WORDS for answer in answers)
        for client in clients:
            client.close()


async def test_mbpoll_reads_all_registers() -> None:
    mbpoll = needed("mbpoll")
    async with serving() as server:
        port = str(server.addresses[0][1])
        status, text = await output(
            mbpoll, "-m", "tcp", "-p", port, "-a", "1", "-r", "1", "-c", "50", "-t", "4:hex", "-1", "127.0.0.1"
        )

    assert status == 0, text
    assert all(f"[{number + 1}]: \t0x{word:04X}" in text for number, word in enumerate(WORDS))


async def test_mbpoll_reads_32_bits_and_writes() -> None:
    mbpoll, registers = needed("mbpoll"), Registers()
    async with serving(registers) as server:
        common = [mbpoll, "-m", "tcp", "-p", str(server.addresses[0][1]), "-a", "1", "-B"]
        status, text = await output(*common, "-r", "15", "-t", "4:int", "-1", "127.0.0.1")
        assert status == 0, text
        assert f"[15]: \t{0x100E100F}" in text
        status, text = await output(*common, "-r", "49", "-t", "4:int", "127.0.0.1", "100000")

    assert status == 0, text
    assert registers.words[48:] == [1, 0x86A0]


async def test_libmodbus_client_reads_writes_masks_and_is_refused(tmp_path: Path) -> None:
    gcc, pkg_config = needed("gcc"), needed("pkg-config")
    status, options = await output(pkg_config, "--cflags", "--libs", "libmodbus")
    if status:
        leave_out("libmodbus-dev is not installed; make test-packages would")
    program, source = tmp_path / "client", Path(__file__).with_name("libmodbus_client.c")
    status, text = await output(gcc, "-o", str(program), str(source), *options.split())
    assert status == 0, text

    async with serving() as server:
        assert await output(str(program), str(server.addresses[0][1])) == (0, "ok\n")


async def test_nmap_discovers_the_gateway() -> None:
    nmap = needed("nmap")
    async with serving() as server:
        port = str(server.addresses[0][1])
        status, text = await output(nmap, "-Pn", "-n", "-p", port, "--script", "+modbus-discover", "127.0.0.1")

    assert status == 0, text
    assert "modbus-discover" in text
    assert "Device identification: han2x HAN2X 1.2.3" in text
