"""What a line refuses to be made of, and what it asks of its port."""

from __future__ import annotations

import os
import termios
from typing import Any

import pytest

from han2x.gateway.line_search import SerialSettings
from han2x.port_name import PortNameError
from han2x.serial_port import SerialLine
from han2x.serial_port import line as line_module


def a_line(url: str = "/dev/ttyUSB0", **settings: Any) -> SerialLine:  # noqa: ANN401 - any setting may be wrong
    return SerialLine(url, on_octets=lambda _: None, on_silence=lambda: None, on_status=lambda _: None, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"silence_s": 0}, "the silence must be longer than 0 s, not 0"),
        ({"silence_s": float("nan")}, "the silence must be longer than 0 s, not nan"),
    ],
)
def test_a_setting_that_no_line_has_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        a_line(**settings)


@pytest.mark.parametrize(
    "url",
    ["", "COM3", "loop://", "rfc2217://host:4000", "spy:///dev/ttyS0?file=/tmp/x", "hwgrep://FT232", "socket://h"],
)
def test_a_name_that_no_port_has_is_refused(url: str) -> None:
    with pytest.raises(PortNameError):
        a_line(url)


@pytest.mark.parametrize("url", ["/dev/ttyUSB0", "socket://192.168.1.20:4001", "socket://[::1]:4001"])
@pytest.mark.parametrize("settings", [{}, {"settings": SerialSettings(115200, 7, "E", 2)}])
def test_what_a_line_can_be_is_accepted(url: str, settings: dict[str, Any]) -> None:
    assert a_line(url, **settings).status.port == url


@pytest.mark.parametrize(
    ("settings", "checked"), [("9600 7E1", True), ("115200 7O1", True), ("9600 7N1", False), ("2400 8E1", False)]
)
def test_characters_of_seven_bits_whose_parity_is_wrong_come_as_nul(
    monkeypatch: pytest.MonkeyPatch, settings: str, checked: bool
) -> None:
    # A pseudo-terminal has no parity to be wrong, but it keeps what it is asked for.
    monkeypatch.setattr(line_module, "is_pseudo_terminal", lambda _port: False)
    master, slave = os.openpty()
    path = os.ttyname(slave)
    try:
        with a_line(path, settings=SerialSettings.parse(settings))._open_device(path) as device:
            assert bool(termios.tcgetattr(device.fd)[0] & termios.INPCK) == checked
            assert not termios.tcgetattr(device.fd)[0] & termios.IGNPAR
    finally:
        os.close(master)
        os.close(slave)
