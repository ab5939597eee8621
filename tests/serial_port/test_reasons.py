"""What the operating system says against a port, in plain words."""

from __future__ import annotations

import errno
import os
import socket
import termios
from pathlib import Path

import pytest
import serial

from han2x.serial_port.reasons import why_lost, why_not_opened


def an_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def really(port: Path | str) -> str:
    """Why pyserial cannot open the port, found out by trying."""
    with pytest.raises((OSError, termios.error)) as caught:
        serial.Serial(str(port), 2400, exclusive=True)
    assert isinstance(caught.value, Exception)
    return why_not_opened(caught.value, str(port), "2400 8N1")


def test_a_missing_port_asks_for_the_adapter(tmp_path: Path) -> None:
    assert really(tmp_path / "ttyUSB0").startswith(f"{tmp_path}/ttyUSB0 does not exist: is the adapter plugged in?")


def test_a_file_that_is_no_port_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    assert really(file).startswith(f"{file} is not a serial port.")


def test_a_busy_port_names_who_holds_it() -> None:
    master, slave = os.openpty()
    port = os.ttyname(slave)
    holder = serial.Serial(port, 2400, exclusive=True)

    assert f"{port} is in use by" in really(port)
    assert f"(process {os.getpid()})" in really(port)
    holder.close()
    os.close(master)
    os.close(slave)


def test_a_refused_permission_names_user_group_and_command(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()

    reason = why_not_opened(an_error(errno.EACCES), str(port), "2400 8N1")

    assert f"no permission to open {port}: the user " in reason
    assert f"sudo usermod -aG {port.group()} " in reason
    assert "group dialout" in why_not_opened(an_error(errno.EPERM), str(tmp_path / "gone"), "2400 8N1")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (an_error(errno.EIO), "PORT does not answer: pull the adapter out and plug it in again"),
        (an_error(errno.EINVAL), "PORT cannot be set to 2400 8E1: the adapter does not know these settings"),
        (termios.error(errno.EINVAL, "x"), "PORT cannot be set to 2400 8E1: the adapter does not know these settings"),
        (termios.error("odd"), "PORT cannot be set to 2400 8E1: the adapter does not know these settings"),
        (ValueError("invalid URL"), "PORT cannot be opened: invalid URL"),
    ],
)
def test_other_failures_say_what_can_be_done(error: Exception, reason: str) -> None:
    assert why_not_opened(error, "/dev/ttyUSB9", "2400 8E1") == reason.replace("PORT", "/dev/ttyUSB9")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "does not answer: is the serial server switched on"),
        (an_error(errno.ECONNREFUSED), "refuses the connection"),
        (socket.gaierror(-2, "Name or service not known"), "no address is known for this host name"),
        (an_error(errno.ENETUNREACH), "cannot be reached: [Errno 101] Network is unreachable"),
    ],
)
def test_a_serial_server_that_cannot_be_reached_is_told_apart(error: OSError, reason: str) -> None:
    assert reason in why_not_opened(error, "socket://meter:4001", "2400 8N1")


def test_a_lost_port_is_unplugged_when_it_is_gone_and_else_lost(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    assert why_lost(an_error(errno.EIO), str(port)) == f"{port} was unplugged"

    port.touch()
    assert why_lost(None, str(port)) == f"{port} was lost"
    assert why_lost(an_error(errno.EIO), str(port)) == f"{port} was lost: [Errno 5] Input/output error"


def test_a_serial_server_that_ends_the_connection_is_named() -> None:
    assert why_lost(None, "socket://meter:4001") == "socket://meter:4001 closed the connection"
