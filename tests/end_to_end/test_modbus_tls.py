"""Modbus/TCP Security, from the client's side."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from han2x.modbus_server import Limits, ModbusServer, Tls, TlsError
from han2x.modbus_server.certificates import new_authority, new_client, new_server
from tests.modbus_server.frames import mbap
from tests.modbus_server.registers import Registers

from .modbus_probes import IDENTITY, READ, READ_ANSWER, serving

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the server's certificate and those of several clients, under two authorities."""
    directory = tmp_path_factory.mktemp("certificates")
    authority, stranger = new_authority("authority", NOW), new_authority("stranger", NOW)
    authority.save(directory, "authority")
    new_server(authority, ["localhost", "127.0.0.1"], NOW).save(directory, "server")
    for name, role in (("operator", "operator"), ("viewer", "viewer"), ("nobody", None)):
        new_client(authority, name, role, NOW).save(directory, name)
    new_client(stranger, "stranger", "operator", NOW).save(directory, "stranger")
    new_client(authority, "expired", "operator", NOW - timedelta(days=4000)).save(directory, "expired")
    return directory


@asynccontextmanager
async def securely_serving(directory: Path, limits: Limits | None = None) -> AsyncIterator[ModbusServer]:
    server = ModbusServer(
        {1: Registers()},
        identity=lambda _unit: IDENTITY,
        limits=limits,
        tls=Tls(directory / "server.pem", directory / "server.key", directory / "authority.pem"),
    )
    await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.stop()


def client_context(directory: Path, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "authority.pem"))
    if name:
        context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
    return context


async def ask(server: ModbusServer, context: ssl.SSLContext, *requests: bytes) -> list[bytes]:
    """The answers to some requests over one connection, read as far as they come."""
    reader, writer = await asyncio.open_connection(*server.addresses[0], ssl=context)
    answers = []
    try:
        for request in requests:
            writer.write(request)
            head = await reader.readexactly(6)
            answers.append(head + await reader.readexactly(head[5]))
    finally:
        writer.transport.abort()
    return answers


WRITE = mbap("06 002c 0001")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("operator", WRITE), ("viewer", mbap("86 01")), ("nobody", mbap("86 01"))],
)
async def test_everyone_with_a_certificate_reads_and_the_operator_writes(
    certificates: Path, name: str, answer: bytes
) -> None:
    async with securely_serving(certificates) as server:
        answers = await ask(server, client_context(certificates, name), READ, WRITE, READ)

        assert answers == [READ_ANSWER, answer, READ_ANSWER]


@pytest.mark.parametrize("name", [None, "stranger", "expired"])
async def test_client_without_a_good_certificate_is_refused_and_forgotten(certificates: Path, name: str | None) -> None:
    async with securely_serving(certificates) as server:
        with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
            await ask(server, client_context(certificates, name), READ)

        assert server.snapshot()["requests"] == 0
        assert await ask(server, client_context(certificates, "viewer"), READ) == [READ_ANSWER]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize(
    ("version", "served"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
async def test_tls_1_2_is_the_oldest_that_is_spoken(certificates: Path, version: ssl.TLSVersion, served: bool) -> None:
    context = client_context(certificates, "viewer")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    async with securely_serving(certificates) as server:
        if served:
            assert await ask(server, context, READ) == [READ_ANSWER]
        else:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await ask(server, context, READ)


async def test_client_that_speaks_no_tls_is_refused_and_others_are_served(certificates: Path) -> None:
    async with securely_serving(certificates) as server:
        reader, writer = await asyncio.open_connection(*server.addresses[0])
        writer.write(READ)

        assert READ_ANSWER not in await reader.read()
        writer.close()
        assert await ask(server, client_context(certificates, "viewer"), READ) == [READ_ANSWER]


async def test_requests_split_over_records_and_packets_and_several_in_one_record_are_answered(
    certificates: Path,
) -> None:
    """Every octet of the TLS records goes in a packet of its own."""
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = client_context(certificates, "viewer").wrap_bio(into, out, server_hostname="localhost")
    async with securely_serving(certificates) as server:
        reader, writer = await asyncio.open_connection(*server.addresses[0])

        async def exchange() -> None:
            for octet in out.read():
                writer.write(bytes([octet]))
                await writer.drain()
                await asyncio.sleep(0)
            into.write(await reader.read(65536))

        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                await exchange()
        for octet in READ:
            session.write(bytes([octet]))
        session.write(READ * 3)
        answers = b""
        while len(answers) < 4 * len(READ_ANSWER):
            await exchange()
            try:
                answers += session.read(65536)
            except ssl.SSLWantReadError:
                continue
        writer.transport.abort()

    assert answers == 4 * READ_ANSWER


async def test_client_outside_the_allowed_networks_gets_no_handshake(certificates: Path) -> None:
    async with securely_serving(certificates, Limits(allow=())) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await ask(server, client_context(certificates, "viewer"), READ)


async def test_secure_and_plain_server_run_side_by_side(certificates: Path) -> None:
    async with securely_serving(certificates) as secure, serving() as plain:
        reader, writer = await asyncio.open_connection(*plain.addresses[0])
        writer.write(READ)

        assert await reader.readexactly(len(READ_ANSWER)) == READ_ANSWER
        assert await ask(secure, client_context(certificates, "viewer"), READ) == [READ_ANSWER]
        writer.transport.abort()


async def test_server_without_its_certificates_does_not_start(tmp_path: Path) -> None:
    server = ModbusServer(
        {1: Registers()}, identity=lambda _unit: IDENTITY, tls=Tls(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    )

    with pytest.raises(TlsError, match="a is missing"):
        await server.start("127.0.0.1", 0)
    assert server.addresses == []
