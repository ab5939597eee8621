"""Raw sockets for probing a Modbus server, and a server to probe."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import ClassVar

from han2x.modbus_server import Identity, Limits, ModbusServer
from tests.modbus_server.frames import mbap
from tests.modbus_server.registers import Registers

IDENTITY = Identity("han2x", "HAN2X", "1.2.3")
QUIET_S = 0.25
"""How long a server that says nothing is listened to: long beside the microseconds that an answer takes."""


@asynccontextmanager
async def serving(
    registers: Registers | None = None, *, host: str = "127.0.0.1", limits: Limits | None = None
) -> AsyncIterator[ModbusServer]:
    """A server for unit 1 on a free port; its end is the end of all probes too."""
    server = ModbusServer({1: registers or Registers()}, identity=lambda _unit: IDENTITY, limits=limits)
    await server.start(host, 0)
    try:
        yield server
    finally:
        for probe in Probe.opened:
            probe.writer.transport.abort()
        Probe.opened.clear()
        await server.stop()


class Probe:
    """One connection, from the client's side."""

    opened: ClassVar[list[Probe]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, server: ModbusServer, host: str | None = None, *, receive_buffer: int | None = None) -> Probe:
        bound, port = server.addresses[0]
        target = host or bound
        client = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET)
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(client, (target, port))
        probe = cls(*await asyncio.open_connection(sock=client, limit=receive_buffer or 2**16))
        cls.opened.append(probe)
        return probe

    def close(self) -> None:
        """Give the connection up. A user who has not raised the limit may have 1024 files open at once."""
        self.opened.remove(self)
        self.writer.transport.abort()

    async def send(self, *pieces: bytes) -> None:
        """Send each piece in a segment of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if len(pieces) > 1:
                await asyncio.sleep(0.002)

    async def receive(self, octets: int) -> bytes:
        """Exactly so many octets, or what came before the end."""
        try:
            return await self.reader.readexactly(octets)
        except asyncio.IncompleteReadError as ended:
            return ended.partial

    async def is_silent(self) -> bool:
        """Whether nothing comes, and the connection stays open."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self.reader.read(1)
                return False
        return True

    async def is_closed(self) -> bool:
        """Whether the server closes the connection and says nothing before."""
        try:
            return await self.reader.read(1) == b""
        except ConnectionError:
            return True

    async def answers(self) -> bool:
        """Whether a valid request is answered."""
        await self.send(READ)
        return await self.receive(len(READ_ANSWER)) == READ_ANSWER


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about; a test's own timeout ends it."""
    while not condition():  # noqa: ASYNC110  # what is waited for is not ours to signal
        await asyncio.sleep(0.01)


READ = mbap("03 0000 0002", 0x7777)
READ_ANSWER = mbap("03 04 1000 1001", 0x7777)
READ_ALL_ANSWER = "03 64" + "".join(f"{0x1000 + word:04x}" for word in range(50))
