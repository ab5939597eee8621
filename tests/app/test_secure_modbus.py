"""Modbus with TLS begins, changes and fails beside the plain one, which goes on."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from han2x.api.base import plain as as_json
from han2x.atomic_file import locked
from han2x.modbus_client import ModbusError, read_holding_registers
from han2x.modbus_server.certificates import new_authority, new_client, new_server
from tests.app.running import Running, change, in_file, running_daemon, settings
from tests.app.test_factor import pending
from tests.app.test_factor import write as write_factor
from tests.end_to_end.waiting import until
from tests.ports import free_port

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

FIRMWARE = 42
ACKNOWLEDGED = bytes.fromhex("0001 0000 0006 01 10 0030 0002")
REFUSED = bytes.fromhex("0001 0000 0003 01 90 01")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, a server's certificate, and those of a viewer and an operator."""
    folder, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC)
    authority = new_authority("authority of a test", now)
    authority.save(folder, "authority")
    new_server(authority, ["127.0.0.1"], now).save(folder, "server")
    new_client(authority, "viewer", None, now).save(folder, "viewer")
    new_client(authority, "operator", "operator", now).save(folder, "operator")
    return folder


@pytest.fixture
def port() -> int:
    """One that is free when the test begins."""
    return free_port()


def secured(folder: Path, port: int, **more: object) -> str:
    return settings(
        modbus={
            "tls_listen": f"127.0.0.1:{port}",
            "tls_certificate": str(folder / "server.pem"),
            "tls_key": str(folder / "server.key"),
            "tls_client_authority": str(folder / "authority.pem"),
            **more,
        }
    )


async def asked(folder: Path, port: int, ask: Callable[[ssl.SSLSocket], bytes], who: str = "viewer") -> bytes:
    """What `ask` gets over a connection that was made with this client's certificate; it blocks, in a thread."""
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    context.load_cert_chain(folder / f"{who}.pem", folder / f"{who}.key")

    def connect() -> bytes:
        with (
            socket.create_connection(("127.0.0.1", port), 8) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            return ask(connection)

    return await asyncio.to_thread(connect)


def firmware(connection: ssl.SSLSocket) -> bytes:
    return read_holding_registers(connection, 1, FIRMWARE, 1)


def write(value: int) -> Callable[[ssl.SSLSocket], bytes]:
    def ask(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(write_factor(value))
        return connection.recv(64)

    return ask


def tls_errors(running: Running) -> list[str]:
    return [message for message in running.said() if message.startswith("Modbus is not served with TLS")]


async def test_maps_without_a_port_of_their_own_are_served_with_tls_too(
    tmp_path: Path, certificates: Path, port: int
) -> None:
    maps = '[[meters]]\nmaps = ["abb-b23"]\n'
    async with running_daemon(tmp_path, f"{secured(certificates, port)}{maps}") as running:

        def abb_type(connection: ssl.SSLSocket) -> bytes:
            return read_holding_registers(connection, 1, 0x8960, 2)

        assert await asked(certificates, port, abb_type) == b"B23 "
        await running.reload(secured(certificates, port))
        with pytest.raises(ModbusError, match="0x02"):
            await asked(certificates, port, abb_type)


async def test_it_is_served_moved_and_ended_while_the_plain_one_goes_on(
    tmp_path: Path, certificates: Path, port: int
) -> None:
    async with running_daemon(tmp_path, "") as running:
        plain = (await running.read(40043, 1) or [0])[0].to_bytes(2, "big")
        assert as_json(running.daemon.modbus_snapshot())["tls"] is None
        await running.reload(secured(certificates, port))
        assert await asked(certificates, port, firmware) == plain
        assert as_json(running.daemon.modbus_snapshot())["tls"]["addresses"] == [f"127.0.0.1:{port}"]

        moved = free_port()
        await running.reload(secured(certificates, moved))
        assert await asked(certificates, moved, firmware) == plain
        with pytest.raises(ConnectionRefusedError):
            await asked(certificates, port, firmware)

        await running.reload("")
        assert as_json(running.daemon.modbus_snapshot())["tls"] is None
        with pytest.raises(ConnectionRefusedError):
            await asked(certificates, moved, firmware)
        assert as_json(running.daemon.modbus_snapshot())["accepted"] == 1, "the plain connection has stayed"
        assert await running.read(40043, 1)


async def test_who_may_write_is_acknowledged_when_it_is_kept(tmp_path: Path, certificates: Path, port: int) -> None:
    async with running_daemon(tmp_path, secured(certificates, port)) as running:
        assert await asked(certificates, port, write(2000)) == REFUSED
        with locked(tmp_path):
            writing = asyncio.create_task(asked(certificates, port, write(2000), "operator"))
            await pending(running)
            assert not writing.done()
        assert await writing == ACKNOWLEDGED
        assert in_file(running).meters[0].scaling_factor == 2000


async def test_who_goes_away_before_it_is_kept_harms_nobody(tmp_path: Path, certificates: Path, port: int) -> None:
    def ask_and_go(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(write_factor(2000))
        return b""

    async with running_daemon(tmp_path, secured(certificates, port)) as running:
        with locked(tmp_path):
            await asked(certificates, port, ask_and_go, "operator")
            await pending(running)
        await until(lambda: in_file(running).meters[0].scaling_factor == 2000)
        await until(lambda: as_json(running.daemon.modbus_snapshot())["tls"]["connections"] == [])
        assert await asked(certificates, port, write(3000), "operator") == ACKNOWLEDGED


async def test_other_limits_and_meters_are_those_of_both(tmp_path: Path, certificates: Path, port: int) -> None:
    async with running_daemon(tmp_path, secured(certificates, port)) as running:
        server = running.daemon.modbus._secure._server
        await change(await running.browser(), (["modbus", "read_only"], True), (["meters", 0, "unit"], 7))

        assert running.daemon.modbus._secure._server is server
        assert await asked(certificates, port, write(2000), "operator") == bytes.fromhex("0001 0000 0003 01 90 0b")
        assert await asked(certificates, port, lambda c: read_holding_registers(c, 7, FIRMWARE, 1))
        assert not await running.write_factor(2000, unit=7)


async def test_missing_certificates_are_told_and_taken_once_they_are_there(
    tmp_path: Path, certificates: Path, port: int
) -> None:
    folder = tmp_path / "later"
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert "is missing" in tls_errors(running)[0]
        assert await running.value(40049) == 1000
        certificates_of(certificates, folder)
        await running.reload()
        assert await asked(certificates, port, firmware)


@pytest.mark.parametrize("damaged", ["server.pem", "server.key", "authority.pem"])
async def test_damaged_certificates_are_told_and_plain_modbus_goes_on(
    tmp_path: Path, certificates: Path, port: int, damaged: str
) -> None:
    folder = tmp_path / "tls"
    certificates_of(certificates, folder)
    (folder / damaged).write_text("no certificate")
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert damaged in tls_errors(running)[0]
        assert await running.value(40049) == 1000
        assert (await change(await running.browser(), (["meters", 0, "scaling_factor"], 2000))).status == 200


async def test_a_port_that_is_taken_is_told_and_plain_modbus_goes_on(tmp_path: Path, certificates: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with running_daemon(tmp_path, secured(certificates, taken.getsockname()[1])) as running:
            assert "has this port" in tls_errors(running)[0]
            assert await running.value(40049) == 1000


def certificates_of(folder: Path, copy: Path) -> None:
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
