"""What a serial port may be called."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x import port_name
from han2x.port_name import FAULTS, LONGEST, PortNameError, PortNameFault, Server, is_server, parse_port_name


def refusal(name: str) -> PortNameFault:
    with pytest.raises(PortNameError) as refused:
        parse_port_name(name)
    assert str(refused.value) == str(refused.value.fault)
    return refused.value.fault


@pytest.mark.parametrize(
    "name", ["/dev/ttyUSB0", "/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0", "/dev/pts/3", "/run/spy://a"]
)
def test_an_absolute_path_is_a_device(name: str) -> None:
    assert parse_port_name(name) is None
    assert not is_server(name)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("socket://192.168.1.20:4001", Server("192.168.1.20", 4001)),
        ("socket://serial-server.lan:1", Server("serial-server.lan", 1)),
        ("socket://serial_server:65535", Server("serial_server", 65535)),
        ("socket://[2001:db8::7]:4001", Server("2001:db8::7", 4001)),
        ("socket://[fe80::1%eth0]:4001", Server("fe80::1%eth0", 4001)),
    ],
)
def test_a_serial_server_has_host_and_port(name: str, server: Server) -> None:
    assert parse_port_name(name) == server
    assert is_server(name)


@pytest.mark.parametrize("scheme", ["spy", "hwgrep", "loop", "tcp", "alt", "cp2110", "http", "file", "SOCKET"])
def test_another_url_is_refused_by_its_scheme(scheme: str) -> None:
    assert refusal(f"{scheme}:///dev/ttyUSB0?file=/etc/passwd") == PortNameFault("port-url", scheme=scheme.lower())


def test_rfc_2217_is_refused_with_what_to_use_instead() -> None:
    fault = refusal("rfc2217://192.168.1.20:4001")

    assert fault == PortNameFault("port-rfc2217")
    assert "raw TCP" in str(fault)
    assert "socket://HOST:PORT" in str(fault)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ttyUSB0", "/dev/ttyUSB0"),
        ("dev/ttyAMA0", "/dev/ttyAMA0"),
        ("serial/by-id/usb-A", "/dev/serial/by-id/usb-A"),
        ("COM3", "/dev/ttyUSB0"),
        ("", "/dev/ttyUSB0"),
        ("192.168.1.20:4001", "/dev/ttyUSB0"),
        ("00112233445566778899AABBCCDDEEFF", "/dev/ttyUSB0"),
        ("://", "/dev/ttyUSB0"),
    ],
)
def test_a_relative_name_is_refused_with_the_path_to_write(name: str, path: str) -> None:
    assert refusal(name) == PortNameFault("port-path", path=path)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("socket://", "server-host"),
        ("socket://:4001", "server-host"),
        ("socket://me@host:4001", "server-host"),
        ("socket://host/x:4001", "server-host"),
        ("socket://::1:4001", "server-host"),
        ("socket://[::1%]:4001", "server-host"),
        ("socket://[host]:4001", "server-host"),
        ("socket://a..b:4001", "server-host"),
        ("socket://måler:4001", "server-host"),
        ("socket://host", "server-port-missing"),
        ("socket://[::1]", "server-port-missing"),
        ("socket://host:port", "server-port"),
        ("socket://host:0", "server-port"),
        ("socket://host:70000", "server-port"),
        ("socket://host:4001?logging=debug", "server-port"),
        ("socket://host:4001/", "server-port"),
        ("/dev/ttyUSB0\n", "port-text"),
        ("/dev/\x1b[2J", "port-text"),
        ("/dev/tty\x00", "port-text"),
        ("socket://host:4001\r\n", "port-text"),
        ("/" + "x" * LONGEST, "port-text"),
    ],
)
def test_what_is_wrong_has_its_code(name: str, code: str) -> None:
    assert refusal(name).code == code


@given(st.text(max_size=400) | st.builds(str.__add__, st.sampled_from(["/", "socket://", "spy://"]), st.text()))
def test_whatever_is_let_in_is_a_path_or_a_server_and_prints(name: str) -> None:
    try:
        server = parse_port_name(name)
    except PortNameError:
        return
    assert name.isprintable()
    assert len(name) <= LONGEST
    assert name.startswith("/") if server is None else re.fullmatch(r"socket://(\[.+\]|[^:@/]+):\d{1,5}", name)


@pytest.mark.parametrize("code", FAULTS)
def test_every_fault_can_happen_and_its_text_be_filled_in(code: str) -> None:
    assert f'PortNameError("{code}"' in Path(port_name.__file__).read_text()
    names = [name for _, name, _, _ in Formatter().parse(FAULTS[code]) if name]
    assert str(PortNameFault(code, **dict.fromkeys(names, "x")))
