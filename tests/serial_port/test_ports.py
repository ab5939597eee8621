"""The serial ports of this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from serial.tools import list_ports

from han2x.serial_port import ports
from han2x.serial_port.ports import check_serial_device, find_ports, holders, is_pseudo_terminal, stable_name


def an_adapter(folder: Path, name: str, device: str = "ttyUSB7") -> tuple[Path, Path]:
    """A device node and a link to it as udev makes one."""
    node = folder / device
    node.touch()
    by_id = folder / "by-id"
    by_id.mkdir(exist_ok=True)
    (by_id / name).symlink_to(node)
    return node, by_id


def test_a_device_has_the_name_that_points_to_it(tmp_path: Path) -> None:
    node, by_id = an_adapter(tmp_path, "usb-FTDI_FT232R_A1-if00-port0")
    an_adapter(tmp_path, "usb-other-if00", "ttyUSB8")

    assert stable_name(str(node), by_id) == str(by_id / "usb-FTDI_FT232R_A1-if00-port0")


def test_a_device_without_a_name_has_none(tmp_path: Path) -> None:
    _, by_id = an_adapter(tmp_path, "usb-other-if00")

    assert stable_name(str(tmp_path / "ttyUSB0"), by_id) is None
    assert stable_name(str(tmp_path / "ttyUSB0"), tmp_path / "no such folder") is None


def test_ports_with_a_lasting_name_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        def __init__(self, device: str, description: str | None) -> None:
            self.device = device
            self.description = description

    node, by_id = an_adapter(tmp_path, "usb-meter")
    listed = [Found("/dev/ttyAMA0", None), Found(str(node), "FT232R USB UART")]
    monkeypatch.setattr(list_ports, "comports", lambda: listed)

    first, second = find_ports(by_id)

    assert (first.path, first.device, first.description) == (str(by_id / "usb-meter"), str(node), "FT232R USB UART")
    assert (second.path, second.device, second.description) == ("/dev/ttyAMA0", "/dev/ttyAMA0", "")


@pytest.mark.parametrize(
    ("name", "kernel_type", "absent"),
    [("ttyS3", "0", True), ("ttyS0", "4", False), ("ttyS1", None, False), ("ttyUSB0", "0", False)],
)
def test_a_uart_without_hardware_is_no_port(tmp_path: Path, name: str, kernel_type: str | None, absent: bool) -> None:
    if kernel_type is not None:
        (tmp_path / name).mkdir()
        (tmp_path / name / "type").write_text(kernel_type + "\n")

    assert ports._is_absent(name, tmp_path) is absent


def test_the_holder_of_a_file_is_named_with_its_process(tmp_path: Path) -> None:
    file = tmp_path / "port"
    link = tmp_path / "link"
    link.symlink_to(file)
    with file.open("w"):
        (holder,) = holders(str(link))

    assert holder.process == os.getpid()
    assert holder.program != "?"
    assert holders(str(file)) == []


def test_a_pseudo_terminal_is_known_through_a_link(tmp_path: Path) -> None:
    master, slave = os.openpty()
    link = tmp_path / "meter"
    link.symlink_to(os.ttyname(slave))

    assert is_pseudo_terminal(str(link))
    assert not is_pseudo_terminal("/dev/ttyUSB0")
    os.close(master)
    os.close(slave)


def test_a_terminal_is_a_serial_device(tmp_path: Path) -> None:
    master, slave = os.openpty()
    link = tmp_path / "meter"
    link.symlink_to(os.ttyname(slave))
    check_serial_device(os.ttyname(slave))
    check_serial_device(str(link))
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/full", "/dev/urandom"])
def test_another_device_is_none(device: str) -> None:
    with pytest.raises(OSError, match="Inappropriate ioctl for device"):
        check_serial_device(device)


def test_files_pipes_and_directories_are_no_serial_devices(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path in (tmp_path / "file", tmp_path / "pipe", tmp_path / "link", tmp_path):
        with pytest.raises(OSError, match="Inappropriate ioctl for device"):
            check_serial_device(str(path))
    with pytest.raises(FileNotFoundError):
        check_serial_device(str(tmp_path / "none"))


def test_what_the_kernel_does_not_list_is_left_to_be_found_out(tmp_path: Path) -> None:
    check_serial_device("/dev/null", tmp_path)
