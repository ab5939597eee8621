"""The Python servers that are compared: `python -m benchmarks.modbus.servers KIND PORT`."""

from __future__ import annotations

import asyncio
import logging
import os
import struct
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

from han2x.cli.run import loop_factory

WORDS = struct.pack(">125H", *((257 * word + 1) & 0xFFFF for word in range(125)))


class Image:
    """Registers that never change."""

    def read(self, address: int, count: int) -> bytes | int:
        return WORDS[2 * address : 2 * (address + count)] if address + count <= 125 else 2

    def write(self, address: int, words: Sequence[int]) -> int | None:
        return 2


async def han2x(port: int) -> None:
    """Ours."""
    from han2x.modbus_server import Identity, Limits, ModbusServer

    logging.basicConfig(level=logging.INFO)
    server = ModbusServer({1: Image()}, identity=lambda _unit: Identity("", "", ""), limits=Limits(max_connections=500))
    await server.start("127.0.0.1", port)
    await asyncio.Event().wait()


async def pymodbus(port: int) -> None:
    """pymodbus as its documentation has it."""
    from pymodbus.server import StartAsyncTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)
    values = [(257 * word + 1) & 0xFFFF for word in range(125)]
    device = SimDevice(1, simdata=[SimData(0, values=values, datatype=DataType.REGISTERS)])
    await StartAsyncTcpServer(device, address=("127.0.0.1", port))


class Bare(asyncio.Protocol):
    """The least that asyncio allows: the words for every request of 12 octets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.write = transport.write

    def data_received(self, data: bytes) -> None:
        if len(data) == 12 and data[7] == 3:
            octets = 2 * data[11]
            self.write(data[:4] + bytes((0, octets + 3, data[6], 3, octets)) + WORDS[:octets])


async def asyncio_bare(port: int) -> None:
    """A bare asyncio protocol."""
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


def gateway(port: str) -> NoReturn:
    """The whole program, with a simulated meter, its page and everything else that it does."""
    directory = Path(tempfile.mkdtemp(prefix="han2x-benchmark-"))
    settings = directory / "settings.toml"
    settings.write_text("[modbus]\nmax_connections = 500\n")
    options = [
        "--settings",
        str(settings),
        "--state-dir",
        str(directory),
        "--modbus",
        f"127.0.0.1:{port}",
        "--web",
        "127.0.0.1:0",
        "--simulate",
    ]
    os.dup2(2, 1)  # its greeting does not belong among the figures
    os.execv(sys.executable, [sys.executable, "-m", "han2x", "run", *options])  # noqa: S606  # so that the process id stays


def main() -> None:
    """Serve until killed."""
    if sys.argv[1] == "gateway":
        gateway(sys.argv[2])
    servers = {"han2x": han2x, "han2x-asyncio": han2x, "pymodbus": pymodbus, "asyncio": asyncio_bare}
    server: Coroutine[Any, Any, None] = servers[sys.argv[1]](int(sys.argv[2]))
    with asyncio.Runner(loop_factory=loop_factory() if sys.argv[1] == "han2x" else None) as runner:
        runner.run(server)


if __name__ == "__main__":
    main()
