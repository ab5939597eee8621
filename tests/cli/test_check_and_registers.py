"""`han2x check` and `han2x registers`, as far as they need no running gateway."""

from __future__ import annotations

import os
import socket
import tomllib
from pathlib import Path

import pytest

from han2x.cli import main, service_user
from han2x.port_name import PortNameError, parse_port_name
from han2x.processes import command
from tests.end_to_end.wire import Wire
from tests.ports import free_port

pytestmark = [pytest.mark.sockets, pytest.mark.enable_socket]


def test_good_settings_are_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.toml"
    wire = Wire()
    server = '[[meters]]\nunit = 4\nport = "socket://192.168.1.20:4001"\n'
    file.write_text(f'[[meters]]\nunit = 3\nport = "{wire.path}"\n{server}')

    assert main(["check", "--settings", str(file)]) == 0
    said = f"{file}: good\n  meter 3: {wire.path}\n  meter 4: socket://192.168.1.20:4001\n"
    assert capsys.readouterr().out.startswith(said)
    wire.close()


@pytest.mark.parametrize("port", ["/dev/null", "/dev", "/etc/passwd"])
def test_a_port_that_is_no_serial_port_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[[meters]]\nport = "{port}"\n')

    assert main(["check", "--settings", str(file)]) == 0
    assert f"{port} is not a serial port" in capsys.readouterr().out


@pytest.mark.parametrize("port", ["spy:///dev/null?file=/x", "hwgrep://x", "tcp://192.168.1.20:4001", "ttyUSB0"])
def test_a_name_that_no_port_has_is_told_as_the_page_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[[meters]]\nport = "{port}"\n')
    with pytest.raises(PortNameError) as refused:
        parse_port_name(port)

    assert main(["check", "--settings", str(file)]) == 1
    assert str(refused.value) in capsys.readouterr().err


def test_a_port_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[[meters]]\nport = "/dev/serial/by-id/none"\n')

    assert main(["check", "--settings", str(file)]) == 0
    assert "/dev/serial/by-id/none is not there now" in capsys.readouterr().out


def test_bad_settings_are_named_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[modbus]\nlisten = 5\nwhen_stal = 1\n")

    assert main(["check", "--settings", str(file)]) == 1
    told = capsys.readouterr().err
    assert "listen" in told
    assert "when_stale" in told


def test_without_a_file_every_setting_has_its_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--state-dir", str(tmp_path)]) == 0
    assert "no such file" in capsys.readouterr().out


def test_the_example_is_good_toml(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--example"]) == 0
    tomllib.loads(capsys.readouterr().out)


@pytest.mark.parametrize("address", ["", ":502", "host:0", "host:70000", "host:x", "[::1]:"])
def test_an_address_that_cannot_be_read_is_refused_with_status_2(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["registers", "--live", address]) == 2
    assert "HOST:PORT" in capsys.readouterr().err


def test_a_unit_that_cannot_be_is_refused_with_status_2() -> None:
    assert main(["registers", "--live", "127.0.0.1", "--unit", "256"]) == 2


TLS = """[modbus]
tls_listen = "*:{port}"
tls_certificate = "{folder}/server.pem"
tls_key = "{folder}/server.key"
tls_client_authority = "{folder}/authority.pem"
"""


@pytest.fixture
def certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A settings file whose certificates are in order, and beside it."""
    assert main(["certificates", str(tmp_path), "--client", "other"]) == 0
    capsys.readouterr()
    file = tmp_path / "settings.toml"
    file.write_text(TLS.format(port=free_port(), folder=tmp_path))
    return file


def test_certificates_in_order_are_good(certified: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--settings", str(certified)]) == 0
    assert f"{certified}: good" in capsys.readouterr().out


def test_a_missing_key_is_not_good(certified: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (certified.parent / "server.key").unlink()
    assert main(["check", "--settings", str(certified)]) == 1
    said = capsys.readouterr()
    assert f"[modbus] {certified.parent}/server.key" in said.err
    assert "good" not in said.out


def test_a_key_of_another_certificate_is_not_good(certified: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (certified.parent / "other.key").replace(certified.parent / "server.key")
    assert main(["check", "--settings", str(certified)]) == 1
    assert "server.key" in capsys.readouterr().err


@pytest.mark.parametrize("section", ["web", "mqtt"])
def test_the_page_s_and_the_broker_s_files_are_looked_at_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], section: str
) -> None:
    lines = {
        "web": 'certificate = "/nonexistent.pem"\nkey = "/nonexistent.key"',
        "mqtt": 'broker = "broker"\ntls = true\ntls_authority = "/nonexistent.pem"',
    }
    file = tmp_path / "settings.toml"
    file.write_text(f"[{section}]\n{lines[section]}\n")
    assert main(["check", "--settings", str(file)]) == 1
    said = capsys.readouterr().err
    assert f"[{section}]" in said
    assert "/nonexistent.pem" in said


def test_files_that_the_service_does_not_see_are_told(
    certified: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_user, "NAME", "nobody")
    monkeypatch.setattr(service_user, "HIDDEN", (certified.parent,))
    assert main(["check", "--settings", str(certified)]) == 1
    assert f"[modbus] tls_key: the service does not see {certified.parent}/server.key" in capsys.readouterr().err


def test_places_that_cannot_be_had_now_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "settings.toml"
        file.write_text(
            f'[modbus]\nlisten = "127.0.0.1:{port}"\n[web]\nlisten = "192.0.2.1:{free_port()}"\nhttps_listen = ""\n'
        )
        assert main(["check", "--settings", str(file), "--state-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert (
        f"[modbus] cannot listen on 127.0.0.1:{port}: {command(os.getpid())} (process {os.getpid()}) has this" in said
    )
    assert ": this machine has no such address" in said
