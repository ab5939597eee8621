"""Modbus with TLS on the running gateway: certificates made with the command, used by an independent client."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from han2x.modbus_client import ModbusError, read_holding_registers
from tests.end_to_end.gateway import running_gateway
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(60)]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "han2x", "certificates", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def client_context(directory: Path, name: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(directory / "authority.pem"))
    if name:
        context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
    return context


def write_factor(port: int, context: ssl.SSLContext, factor: int) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(bytes.fromhex("0001 0000 000b 01 10 0030 0002 04") + factor.to_bytes(4, "big"))
        return connection.recv(64)


def test_a_client_with_a_certificate_reads_and_one_with_the_role_writes(tmp_path: Path) -> None:
    certificates = tmp_path / "tls"
    made = make(str(certificates), "--host", "127.0.0.1", "--client", "scada", "--operator")
    assert made.returncode == 0, made.stderr
    assert make(str(certificates), "--client", "viewer").returncode == 0
    port = free_port()
    settings = made.stdout[made.stdout.index("[modbus]") :].replace("*:802", f"127.0.0.1:{port}")
    (tmp_path / "settings.toml").write_text(settings)

    with running_gateway(tmp_path) as gateway:
        context = client_context(certificates, "viewer")
        with (
            socket.create_connection(("127.0.0.1", port), 5) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            assert len(read_holding_registers(connection, 1, 42, 2)) == 4
            with pytest.raises(ModbusError):
                read_holding_registers(connection, 1, 0, 2)
        assert write_factor(port, client_context(certificates, "viewer"), 2000)[7] == 0x90
        assert write_factor(port, client_context(certificates, "scada"), 2000)[7] == 0x10
        assert gateway.read_value(40049) == 2000

        # With TLS 1.3 a client learns after its handshake that it was refused.
        with suppress(ssl.SSLError, ConnectionError):
            assert not write_factor(port, client_context(certificates, None), 3000)
        with socket.create_connection(("127.0.0.1", port), 5) as plain:
            plain.sendall(bytes.fromhex("0001 0000 0006 01 03 002a 0001"))
            assert not plain.recv(64)
        assert gateway.read_value(40049) == 2000


def test_certificates_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    assert make(str(tmp_path), "--client", "one").returncode == 0
    before = (tmp_path / "one.key").read_bytes()
    again = make(str(tmp_path), "--client", "one")

    assert again.returncode == 1
    assert "one.key" in again.stderr
    assert (tmp_path / "one.key").read_bytes() == before
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600


def test_missing_certificates_leave_plain_modbus_served(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        f'[modbus]\ntls_listen = "127.0.0.1:{free_port()}"\ntls_certificate = "{tmp_path}/a.pem"\n'
        f'tls_key = "{tmp_path}/a.key"\ntls_client_authority = "{tmp_path}/b.pem"\n'
    )
    with running_gateway(tmp_path) as gateway:
        assert gateway.read(40043, 1) is not None
        assert "Modbus is not served with TLS" in "".join(gateway.said)
        assert "a.pem is missing" in "".join(gateway.said)
