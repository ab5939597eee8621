"""`han2x check` and `han2x registers`, as far as they need no running gateway."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from han2x.cli import main
from han2x.port_name import PortNameError, parse_port_name
from tests.end_to_end.wire import Wire


def test_good_settings_are_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.toml"
    wire = Wire()
    server = '[[meters]]\nunit = 4\nport = "socket://192.168.1.20:4001"\n'
    file.write_text(f'[[meters]]\nunit = 3\nport = "{wire.path}"\n{server}')

    assert main(["check", "--settings", str(file)]) == 0
    said = f"{file}: good\n  meter 3: {wire.path}\n  meter 4: socket://192.168.1.20:4001\n"
    assert capsys.readouterr().out == said
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
