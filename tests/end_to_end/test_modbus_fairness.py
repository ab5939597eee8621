"""One host that takes what it can, and the others that are served all the same; hosts are addresses of the loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from han2x.modbus_server import Limits, ModbusServer, Tls
from han2x.modbus_server.certificates import new_authority, new_client, new_server
from tests.modbus_server.frames import mbap
from tests.modbus_server.registers import Registers

from .modbus_probes import IDENTITY, READ, READ_ANSWER, until

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket, pytest.mark.timeout(120)]

ATTACKER = "127.0.0.66"
SERVED_WITHIN_S = 2.0
"""What a client that has done nothing wrong may have to wait: the requirement, not a measure of speed."""
WRITE = mbap("06 002c 0001")


@asynccontextmanager
async def serving(limits: Limits | None = None, tls: Tls | None = None) -> AsyncIterator[ModbusServer]:
    server = ModbusServer({1: Registers()}, identity=lambda _unit: IDENTITY, limits=limits, tls=tls)
    await server.start("0.0.0.0", 0)
    try:
        yield server
    finally:
        await server.stop()


class Host:
    """A computer: connections from one address of the loopback."""

    def __init__(self, server: ModbusServer, address: str) -> None:
        self._port = server.addresses[0][1]
        self._address = address
        self.writers: list[asyncio.StreamWriter] = []

    async def connect(self, tls: ssl.SSLContext | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = await asyncio.open_connection(
            "127.0.0.1",
            self._port,
            local_addr=(self._address, 0),
            ssl=tls,
            server_hostname="127.0.0.1" if tls else None,
        )
        self.writers.append(connection[1])
        return connection

    def leave(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


async def answered(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes = READ) -> bytes:
    """What a request gets in the time that a client is to be served in."""
    reader, writer = connection
    async with asyncio.timeout(SERVED_WITHIN_S):
        writer.write(request)
        head = await reader.readexactly(6)
        return head + await reader.readexactly(head[5])


@asynccontextmanager
async def attack(step: Callable[[], Awaitable[object]], *, pause_s: float) -> AsyncIterator[None]:
    """Repeat something hostile for as long as this lasts."""

    async def go_on() -> None:
        while True:
            with contextlib.suppress(OSError):
                await step()
            await asyncio.sleep(pause_s)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_host_with_all_connections_and_more_each_second_cuts_and_refuses_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(Limits(max_connections=64)) as server:
        client, attacker = Host(server, "127.0.0.5"), Host(server, ATTACKER)
        polling = await client.connect()
        assert await answered(polling) == READ_ANSWER
        for _ in range(64):
            await attacker.connect()
        newcomers = []

        async def ask_and_connect() -> None:
            """Ask on all, so that the client's connection is silent for longer than any of them, and begin another."""
            for writer in attacker.writers[-64:]:
                if not writer.is_closing():
                    writer.write(READ)
            await attacker.connect()

        # 3 a second for 20 s: here in a third of that time.
        async with attack(ask_and_connect, pause_s=0.1):
            for round_ in range(20):
                await asyncio.sleep(0.3)
                assert await answered(polling) == READ_ANSWER, f"cut in round {round_}"
                newcomers.append(Host(server, f"127.0.1.{round_}"))
                assert await answered(await newcomers[-1].connect()) == READ_ANSWER
        for host in (client, attacker, *newcomers):
            host.leave()

    cut = [record.getMessage() for record in caplog.records if "cut off" in record.getMessage()]
    assert len(cut) == 1, "one line, and then a count an hour"
    assert f"Modbus client {ATTACKER}:" in cut[0]


async def test_a_host_that_rewrites_a_value_without_pause_does_not_use_up_the_writes_of_others() -> None:
    async with serving(Limits(writes_per_minute=30)) as server:
        client, attacker = Host(server, "127.0.0.5"), Host(server, ATTACKER)
        rewriting = await attacker.connect()
        refused = 0
        for _ in range(200):
            refused += await answered(rewriting, WRITE) == mbap("86 06")
        assert refused == 200 - 30
        writing = await client.connect()
        for _ in range(10):
            assert await answered(writing, WRITE) == WRITE
            assert await answered(rewriting, WRITE) == mbap("86 06")
        client.leave()
        attacker.leave()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory, now = tmp_path_factory.mktemp("certificates"), datetime.now(UTC)
    authority = new_authority("authority", now)
    authority.save(directory, "authority")
    new_server(authority, ["127.0.0.1"], now).save(directory, "server")
    new_client(authority, "viewer", None, now).save(directory, "viewer")
    return directory


def tls_of(directory: Path) -> Tls:
    return Tls(directory / "server.pem", directory / "server.key", directory / "authority.pem")


def viewer(directory: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "authority.pem"))
    context.load_cert_chain(directory / "viewer.pem", directory / "viewer.key")
    return context


def resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


SILENT: Final[dict[str, tuple[Callable[[int], str], bytes]]] = {
    "one host that says nothing": (lambda _number: ATTACKER, b""),
    "140 hosts that say nothing": (lambda number: f"127.0.2.{number + 1}", b""),
    "one host that begins and says no more": (lambda _number: ATTACKER, b"\x16"),
    "140 hosts that begin and say no more": (lambda number: f"127.0.2.{number + 1}", b"\x16"),
}


@pytest.mark.parametrize("kind", SILENT)
async def test_140_connections_without_a_handshake_keep_nobody_out(
    certificates: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    address_of, beginning = SILENT[kind]
    async with serving(tls=tls_of(certificates)) as server:
        context, attackers = viewer(certificates), []
        before = resident_kib()
        for number in range(140):
            attackers.append(Host(server, address_of(number)))
            _, writer = await attackers[-1].connect()
            writer.write(beginning)
        await asyncio.sleep(0.2)
        for number in range(20):
            client = Host(server, f"127.0.3.{number + 1}")
            async with asyncio.timeout(SERVED_WITHIN_S):
                assert await answered(await client.connect(context)) == READ_ANSWER
            client.leave()
        # Half of them are the clients of this test.
        assert resident_kib() - before < 60_000
        for host in attackers:
            host.leave()
    if "one host" in kind:
        told = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(told) == 1
        assert ATTACKER in told[0].getMessage()


async def test_a_client_on_the_host_of_a_silent_one_is_served(certificates: Path) -> None:
    async with serving(tls=tls_of(certificates)) as server:
        host = Host(server, ATTACKER)
        for _ in range(140):
            await host.connect()
        for _ in range(5):
            async with asyncio.timeout(SERVED_WITHIN_S):
                assert await answered(await host.connect(viewer(certificates))) == READ_ANSWER
        host.leave()


async def test_handshakes_that_do_not_end_give_way_to_others_of_their_host_after_a_while(
    certificates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("han2x.modbus_server.handshakes.PATIENCE_S", 0.3)
    async with serving(tls=tls_of(certificates)) as server:
        host = Host(server, ATTACKER)
        for _ in range(8):
            _, writer = await host.connect()
            writer.write(b"\x16")
        await asyncio.sleep(0.4)
        async with asyncio.timeout(SERVED_WITHIN_S):
            assert await answered(await host.connect(viewer(certificates))) == READ_ANSWER
        host.leave()


async def test_who_says_nothing_is_cut_off_in_the_end(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("han2x.modbus_server.handshakes.HANDSHAKE_S", 0.2)
    async with serving(tls=tls_of(certificates)) as server:
        host = Host(server, ATTACKER)
        reader, _ = await host.connect()
        assert await reader.read() == b""
        host.leave()


async def test_6000_addresses_that_are_refused_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Limits(allow=())) as server:
        port = server.addresses[0][1]

        for first in range(0, 6000, 100):
            for number in range(first, first + 100):  # the kernel accepts them, as far as its queue reaches
                with socket.socket() as client:
                    client.bind((f"127.{10 + number // 250}.0.{number % 250 + 1}", 0))
                    client.connect(("127.0.0.1", port))
            await until(lambda: server.snapshot()["refused"] == first + 100)  # noqa: B023 - it waits here

    refused = [record for record in caplog.records if "refused" in record.getMessage()]
    assert len(refused) == 1
