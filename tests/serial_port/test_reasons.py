"""What the operating system says against a port: the code, its values, and the same in plain English."""

from __future__ import annotations

import errno
import os
import socket
import termios
from pathlib import Path

import pytest
import serial

from han2x.processes import Holder
from han2x.serial_port import Port, reasons
from han2x.serial_port.reasons import REASONS, PortFault, why_lost, why_not_opened, why_torn


def an_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def really(port: Path | str) -> PortFault:
    """Why pyserial cannot open the port, found out by trying."""
    with pytest.raises((OSError, termios.error)) as caught:
        serial.Serial(str(port), 2400, exclusive=True)
    assert isinstance(caught.value, Exception)
    return why_not_opened(caught.value, str(port), "2400 8N1")


def test_a_missing_port_asks_for_the_adapter(tmp_path: Path) -> None:
    fault = really(tmp_path / "ttyUSB0")

    assert fault.code.startswith("port-missing")
    assert str(fault).startswith(f"{tmp_path}/ttyUSB0 does not exist: is the adapter plugged in?")


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ENOTTY])
def test_the_ports_that_there_are_can_be_chosen_from(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    found = [Port("/dev/serial/by-id/a", "/dev/ttyUSB1", ""), Port("/dev/ttyS0", "/dev/ttyS0", "")]
    monkeypatch.setattr(reasons, "find_ports", lambda: found)
    fault = why_not_opened(an_error(number), "/dev/ttyUSB0", "2400 8N1")
    assert fault.values == {"port": "/dev/ttyUSB0", "ports": "/dev/serial/by-id/a, /dev/ttyS0"}
    assert str(fault).endswith("Ports of this machine: /dev/serial/by-id/a, /dev/ttyS0")

    monkeypatch.setattr(reasons, "find_ports", list)
    fault = why_not_opened(an_error(number), "/dev/ttyUSB0", "2400 8N1")
    assert fault.code.endswith("-no-ports")
    assert str(fault).endswith("This machine has no serial port now")


def test_a_file_that_is_no_port_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    assert really(file).code.startswith("port-not-serial")
    assert str(really(file)).startswith(f"{file} is not a serial port.")


def test_a_busy_port_names_who_holds_it() -> None:
    master, slave = os.openpty()
    port = os.ttyname(slave)
    holder = serial.Serial(port, 2400, exclusive=True)

    fault = really(port)
    assert fault.code == "port-busy"
    assert fault.values["process"] == str(os.getpid())
    assert f"{port} is in use by" in str(fault)
    assert f"(process {os.getpid()})" in str(fault)
    holder.close()
    os.close(master)
    os.close(slave)


def test_a_busy_port_whose_holder_cannot_be_seen_is_busy_all_the_same() -> None:
    fault = why_not_opened(an_error(errno.EBUSY), "/dev/ttyUSB9", "2400 8N1")

    assert fault == PortFault("port-busy-unseen", port="/dev/ttyUSB9")


def test_a_line_that_another_program_reads_too_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    found = [Holder("han2x", os.getpid()), Holder("minicom", 12), Holder("screen", 34)]
    monkeypatch.setattr(reasons, "holders", lambda _: found)

    fault = why_lost(an_error(errno.EIO), str(port))

    assert fault == PortFault("port-shared", port=port, program="minicom, screen", process="12, 34")


def test_a_refused_permission_names_user_group_and_command(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()

    fault = why_not_opened(an_error(errno.EACCES), str(port), "2400 8N1")

    assert (fault.code, fault.values["group"]) == ("port-not-permitted", port.group())
    assert f"no permission to open {port}: the user " in str(fault)
    assert f"sudo usermod -aG {port.group()} " in str(fault)
    assert "group dialout" in str(why_not_opened(an_error(errno.EPERM), str(tmp_path / "gone"), "2400 8N1"))


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
    assert str(why_not_opened(error, "/dev/ttyUSB9", "2400 8E1")) == reason.replace("PORT", "/dev/ttyUSB9")


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (TimeoutError(), "server-silent", "does not answer: is the serial server switched on"),
        (an_error(errno.ECONNREFUSED), "server-refuses", "refuses the connection"),
        (
            socket.gaierror(-2, "Name or service not known"),
            "server-unknown",
            "no address is known for this host name (Name or service not known)",
        ),
        (
            an_error(errno.ENETUNREACH),
            "server-unreachable",
            "cannot be reached: Network is unreachable",
        ),
    ],
)
def test_a_serial_server_that_cannot_be_reached_is_told_apart(error: OSError, code: str, reason: str) -> None:
    fault = why_not_opened(error, "socket://meter:4001", "2400 8N1")
    assert fault.code == code
    assert reason in str(fault)


def test_what_the_system_says_is_named_so_that_every_language_can_say_it() -> None:
    fault = why_not_opened(an_error(errno.ENETUNREACH), "socket://meter:4001", "2400 8N1")

    assert fault.values["errno"] == "ENETUNREACH"


def test_a_lost_port_is_unplugged_when_it_is_gone_and_else_lost(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    assert str(why_lost(an_error(errno.EIO), str(port))) == f"{port} was unplugged"

    port.touch()
    assert str(why_lost(None, str(port))) == f"{port} was lost"
    assert str(why_lost(an_error(errno.EIO), str(port))) == f"{port} was lost: Input/output error"


def test_a_serial_server_that_ends_the_connection_is_named() -> None:
    assert why_lost(None, "socket://meter:4001") == PortFault("server-closed", port="socket://meter:4001")
    because = why_lost(an_error(errno.ECONNRESET), "socket://meter:4001")
    assert str(because) == "socket://meter:4001 closed the connection: Connection reset by peer"


def test_every_reason_can_happen() -> None:
    source = Path(reasons.__file__).read_text()
    used = {code for code in REASONS if f'"{code.removesuffix("-no-ports")}"' in source.partition("}\n")[2]}
    assert used == set(REASONS)


def test_a_program_that_reads_an_open_port_too_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    found = [Holder("han2x", os.getpid())]
    monkeypatch.setattr(reasons, "holders", lambda _: found)
    assert why_torn(str(port)) is None
    assert why_torn("socket://meter:4001") is None

    found.append(Holder("minicom", 12))

    assert why_torn(str(port)) == PortFault("port-read-too", port=port, program="minicom", process="12")
