"""Certificates of Modbus with TLS that are renewed, damaged or out of reach while the gateway runs."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from han2x.api.base import plain
from han2x.app import modbus, secure_modbus
from han2x.faults import Fault
from han2x.modbus_server import ModbusServer, Tls, server
from han2x.modbus_server.certificates import new_authority, new_client, new_server
from han2x.modbus_server.tls import Loaded
from han2x.x509 import Credential
from tests.app.running import Running, running_daemon
from tests.app.test_secure_modbus import asked, certificates, firmware, port, secured, tls_errors  # noqa: F401
from tests.end_to_end.waiting import until

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]

NOW = datetime.now(UTC)


class Looks:
    """Counts how often the certificates have been looked at."""

    def __init__(self) -> None:
        self.done = 0

    async def more(self, times: int = 3) -> None:
        """Wait until they have been looked at so many times from now."""
        wanted = self.done + times
        await until(lambda: self.done >= wanted)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Certificates are looked at many times a second."""
    looks, renew = Looks(), ModbusServer.renew

    async def counted(server: ModbusServer, tls: Tls | None) -> Fault | None:
        try:
            return await renew(server, tls)
        finally:
            looks.done += 1

    monkeypatch.setattr(modbus, "CHECK_S", 0.02)
    monkeypatch.setattr(secure_modbus, "RENEW_S", 0.02)
    monkeypatch.setattr(ModbusServer, "renew", counted)
    return looks


@pytest.fixture
def folder(tmp_path: Path, certificates: Path) -> Path:  # noqa: F811
    """The certificates, for a test to spoil."""
    copy = tmp_path / "tls"
    copy.mkdir()
    for file in certificates.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def replace(folder: Path, name: str, credential: Credential) -> None:
    (folder / f"{name}.pem").write_bytes(credential.certificate_pem)
    (folder / f"{name}.key").write_bytes(credential.key_pem)


def authority_of(folder: Path) -> Credential:
    return Credential.load(folder, "authority")


def tls_of(running: Running) -> dict[str, Any]:
    """What the page is told of the listener with TLS."""
    told = plain(running.daemon.live())["listeners"]
    return dict(next(each for each in told if each["what"] == "modbus-tls"))


async def server_serial(folder: Path, port: int) -> int:  # noqa: F811
    """The serial number of the certificate that the gateway presents."""

    def ask(connection: ssl.SSLSocket) -> bytes:
        return str((connection.getpeercert() or {})["serialNumber"]).encode()

    return int(await asked(folder, port, ask), 16)


async def test_renewed_certificates_are_taken_and_every_connection_stays(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    soon: Looks,
) -> None:
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert await running.read(40043, 1)
        context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        context.load_cert_chain(folder / "viewer.pem", folder / "viewer.key")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        renewed = new_server(authority_of(folder), ["127.0.0.1"], NOW)
        assert await server_serial(folder, port) != renewed.certificate.serial_number
        replace(folder, "server", renewed)
        while await server_serial(folder, port) != renewed.certificate.serial_number:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        writer.write(bytes.fromhex("0001 0000 0006 01 03 002a 0001"))
        assert len(await reader.readexactly(11)) == 11
        writer.transport.abort()
        assert await running.read(40043, 1)
        assert plain(running.daemon.modbus_snapshot())["accepted"] == 1, "the plain connection has stayed"


async def test_a_reload_takes_renewed_certificates_at_once(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        renewed = new_server(authority_of(folder), ["127.0.0.1"], NOW)
        replace(folder, "server", renewed)
        await running.reload()
        assert await server_serial(folder, port) == renewed.certificate.serial_number


async def test_clients_of_an_authority_that_is_no_longer_there_are_cut_off(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
        context.load_cert_chain(folder / "viewer.pem", folder / "viewer.key")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(bytes.fromhex("0001 0000 0006 01 03 002a 0001"))
        assert len(await reader.readexactly(11)) == 11
        (folder / "authority.pem").write_bytes(new_authority("another", NOW).certificate_pem)
        await running.reload()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        writer.transport.abort()


def spoil_with_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def spoil_with_a_device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def spoil_with_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def spoil_with_a_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def spoil_with_much(path: Path) -> None:
    path.write_bytes(b"#" * 300_000)


def spoil_with_nonsense(path: Path) -> None:
    path.write_bytes(os.urandom(2000))


SPOILERS: Final[dict[str, Callable[[Path], None]]] = {
    "tls-missing": lambda path: path.unlink(),
    "tls-not-a-file": spoil_with_a_fifo,
    "tls-not-a-file ": spoil_with_a_device,
    "tls-not-a-file  ": spoil_with_a_directory,
    "tls-unreadable": spoil_with_a_loop,
    "tls-too-large": spoil_with_much,
}


@pytest.mark.parametrize("code", SPOILERS)
@pytest.mark.parametrize("name", ["server.pem", "server.key", "authority.pem"])
async def test_a_file_that_cannot_be_read_is_told_and_taken_when_it_is_mended(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    soon: Looks,
    name: str,
    code: str,
) -> None:
    good = (folder / name).read_bytes()
    SPOILERS[code](folder / name)
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert await running.value(40049) == 1000
        assert (tls_of(running)["state"], tls_of(running)["fault"]["code"]) == ("down", code.strip())
        assert str(folder / name) in tls_errors(running)[0]
        await soon.more()
        assert len(tls_errors(running)) == 1, "it is told once"
        if (folder / name).is_dir():
            (folder / name).rmdir()
        else:
            (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(good)
        await until(lambda: tls_of(running)["state"] == "serving")
        assert await asked(folder, port, firmware)


@pytest.mark.parametrize("name", ["server.pem", "server.key", "authority.pem"])
async def test_damage_while_it_runs_leaves_the_certificates_that_were_good(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    soon: Looks,
    name: str,
) -> None:
    clients = tmp_path / "clients"
    clients.mkdir()
    for file in folder.iterdir():
        (clients / file.name).write_bytes(file.read_bytes())
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        spoil_with_nonsense(folder / name)
        await until(lambda: tls_of(running)["fault"] is not None)
        assert tls_of(running)["state"] == "serving"
        assert await asked(clients, port, firmware)
        (folder / name).write_bytes((clients / name).read_bytes())
        await until(lambda: tls_of(running)["fault"] is None)


async def test_a_key_with_a_password_is_told_and_nobody_is_asked_for_it(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    key = Credential.load(folder, "server").key
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (folder / "server.key").write_bytes(encrypted)
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert tls_of(running)["fault"]["code"] == "tls-key-password"
        assert await running.value(40049) == 1000


async def test_a_key_of_another_certificate_is_told(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    (folder / "server.key").write_bytes((folder / "viewer.key").read_bytes())
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert tls_of(running)["fault"]["code"] == "tls-mismatch"
        assert tls_of(running)["state"] == "down"


async def test_an_expired_certificate_does_not_take_the_place_of_a_good_one(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    expired = new_server(authority_of(folder), ["127.0.0.1"], NOW - timedelta(days=4000))
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        good = await server_serial(folder, port)
        replace(folder, "server", expired)
        await running.reload()
        assert (tls_of(running)["state"], tls_of(running)["fault"]["code"]) == ("serving", "tls-expired")
        assert await server_serial(folder, port) == good


async def test_an_expired_certificate_alone_is_used_and_told(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    replace(folder, "server", new_server(authority_of(folder), ["127.0.0.1"], NOW - timedelta(days=4000)))
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert (tls_of(running)["state"], tls_of(running)["fault"]["code"]) == ("serving", "tls-expired")
        assert any("expired on" in message for message in running.said())


async def test_below_a_folder_that_cannot_be_entered_it_is_told_and_plain_modbus_goes_on(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Root may enter any folder, so that the system's answer to others is put in where the tests run as root."""
    closed = folder / "server.pem"
    stat = Path.stat

    def refuse(path: Path, **how: bool) -> os.stat_result:
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **how)

    monkeypatch.setattr(Path, "stat", refuse)
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert await running.value(40049) == 1000
        fault = tls_of(running)["fault"]
        assert (fault["code"], fault["values"]["errno"]) == ("tls-unreadable", "EACCES")


async def test_a_disk_that_does_not_answer_holds_up_nothing_else(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    soon: Looks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As below a mount of a server that is gone."""
    answers, asked_for = threading.Event(), 0
    load = Tls.load

    def wait(tls: Tls) -> Loaded:
        nonlocal asked_for
        asked_for += 1
        answers.wait(30)
        return load(tls)

    monkeypatch.setattr(server, "LOAD_S", 0.2)
    monkeypatch.setattr(Tls, "load", wait)
    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert await running.value(40049) == 1000
        assert tls_of(running)["fault"]["code"] == "tls-slow"
        await soon.more()
        assert asked_for == 1, "it is waited for, and not asked again and again"
        answers.set()
        await until(lambda: tls_of(running)["state"] == "serving")
        assert await asked(folder, port, firmware)


async def test_where_there_are_no_files_in_memory_the_certificates_are_taken_from_their_paths(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(_name: str) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "memfd_create", forbidden)
    async with running_daemon(tmp_path, secured(folder, port)):
        assert await asked(folder, port, firmware)


async def test_a_place_that_cannot_be_had_is_tried_again(
    tmp_path: Path,
    folder: Path,
    soon: Looks,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = taken.getsockname()[1]
        async with running_daemon(tmp_path, secured(folder, at)) as running:
            assert tls_of(running)["state"] == "down"
            taken.close()
            await until(lambda: tls_of(running)["state"] == "serving")
            assert await asked(folder, at, firmware)


async def test_a_client_s_certificate_for_the_role_is_named_where_it_writes(
    tmp_path: Path,
    folder: Path,
    port: int,  # noqa: F811
) -> None:
    replace(folder, "scada", new_client(authority_of(folder), "scada", "operator", NOW))

    def write(connection: ssl.SSLSocket) -> bytes:
        connection.sendall(bytes.fromhex("0001 0000 000b 01 10 0030 0002 04 000007d0"))
        return connection.recv(64)

    async with running_daemon(tmp_path, secured(folder, port)) as running:
        assert (await asked(folder, port, write, "scada"))[7] == 0x10
        assert any(
            "the client scada 127.0.0.1 set the scaling factor from 1000 to 2000" in line for line in running.said()
        )
