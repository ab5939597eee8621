"""The whole: how it begins, takes other settings, tells how it stands, and ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

import han2x.app.people
from han2x import __version__, cli
from han2x.app.options import Options
from han2x.app.status import ask_status
from han2x.atomic_file import locked
from han2x.serial_port.reasons import PortFault
from tests.app.conftest import SlowDisk
from tests.app.running import Running, change, connected, in_file, running_daemon, settings
from tests.app.test_meters import POWER, kept, meters
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.end_to_end.waiting import until
from tests.end_to_end.wire import Wire
from tests.modbus_server.frames import mbap

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


class ServiceManager:
    """Hears what the program tells systemd."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        self._heard: list[str] = []

    def heard(self) -> list[str]:
        """Everything so far."""
        try:
            while True:
                self._heard.append(self._socket.recv(4096).decode())
        except BlockingIOError:
            return self._heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceManager]:
    """A systemd that listens and has a watchdog of 0.3 s."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    manager = ServiceManager(tmp_path / "notify")
    yield manager
    manager.close()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, sign: signal.Signals) -> None:
    async with running_daemon(tmp_path, "") as running:
        port = running.port
        assert await running.value(40049) == 1000
        os.kill(os.getpid(), sign)
        await running.disconnect()
        await running.task
        assert not running.daemon.restart_wanted
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert not (running.state / "status.sock").exists()


async def test_the_page_asks_for_a_restart(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        assert (await (await running.browser()).ask("POST", "/restart")).status == 204
        await running.disconnect()
        async with asyncio.timeout(30):
            await running.task
        assert running.daemon.restart_wanted


async def test_a_reload_takes_what_the_file_says_and_a_bad_file_changes_nothing(tmp_path: Path, wire: Wire) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.reload(meters((1, wire), scaling_factor=2000)) == "the settings were read again"
        assert await running.value(POWER) == 1000
        assert running.daemon.file_settings == in_file(running)
        for bad in ("[[meters]\n", "[[meters]]\nscaling_factor = 1\n", "[modbus]\nlisten = '192.0.2.77:7'\n"):
            running.daemon.options = Options(running.file, running.state, web="127.0.0.1:0")
            assert (await running.reload(bad)).startswith("the settings are as before")
            assert await running.value(POWER) == 1000
            assert running.daemon.file_settings.meters[0].scaling_factor == 2000


async def test_a_reload_that_comes_while_it_starts_waits_for_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(name: str) -> object:
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(0.2)
        return import_module(name)

    monkeypatch.setattr(han2x.app.people, "import_module", slowly)
    async with running_daemon(tmp_path, settings(meters=[{"unit": 7}])) as running:
        await until(lambda: "the settings were read again" in running.said())
        assert (await (await running.browser()).ask("GET", "/live")).status == 200
        assert len(running.daemon.people.urls) == 1


async def test_a_stop_during_a_reload_ends_both(tmp_path: Path, wire: Wire, disk: SlowDisk) -> None:
    with closing(Wire()) as other:
        await _stop_during_a_reload(tmp_path, wire, other, disk)


async def _stop_during_a_reload(tmp_path: Path, wire: Wire, other: Wire, disk: SlowDisk) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, kamstrup_list_1())
        await until(lambda: kept(running))
        disk.free.clear()
        running.file.write_text(meters((3, wire), (4, other)))
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: disk.waiting == ["meter-3"])
        running.daemon.stop()
        await asyncio.sleep(0.1)
        disk.free.set()
        async with asyncio.timeout(30):
            await running.task
        assert not running.daemon._reloads._running
        assert "the settings were read again" not in running.said()
        assert {record["level"] for record in running.daemon.log_records()} == {"info"}


async def test_a_stop_during_a_change_on_the_page_ends_both(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}])) as running:
        browser = await running.browser()
        with locked(tmp_path):
            changing = asyncio.create_task(change(browser, (["meters", 0, "name"], "House")))
            await until(lambda: running.meter().label == "House")
            running.daemon.stop()
            await asyncio.sleep(0.05)
        async with asyncio.timeout(30):
            await running.task
        changing.cancel()
        await asyncio.wait([changing])
    assert running.daemon.modbus.addresses == []


async def test_its_status_is_told_on_a_socket_and_by_the_command(
    tmp_path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_daemon(tmp_path, meters((1, wire), name="House")) as running:
        command = ["status", "--state-dir", str(running.state)]
        assert await asyncio.to_thread(cli.main, command) == 1, "no value is current"
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.value(POWER) == 500
        status = json.loads(await asyncio.to_thread(ask_status, running.state / "status.sock"))

        assert (running.state / "status.sock").stat().st_mode & 0o777 == 0o600
        assert status["version"] == __version__
        assert status["meters"][0]["diagnosis"]["code"] == "receiving"
        assert "registers" not in status["meters"][0]
        assert status["web"] == running.daemon.people.urls
        assert len(status["modbus"]["connections"]) == 1
        capsys.readouterr()
        assert await asyncio.to_thread(cli.main, command) == 0
        said = capsys.readouterr().out
        assert "unit 1   House" in said
        assert "import   500 W" in said
        assert f"Modbus   127.0.0.1:{running.port}" in said
    assert await asyncio.to_thread(cli.main, command) == 2


async def test_a_state_directory_with_too_long_a_name_for_a_socket_is_told_in_words(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    async with running_daemon(deep, "") as running:
        told = next(message for message in running.said() if "'han2x status' will not work" in message)
        assert "None" not in told
        assert "too long" in told


async def test_the_level_of_the_log_is_changed_at_once(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, "") as running:
        browser = await running.browser()
        await change(browser, (["device", "log_level"], "error"))
        assert logging.getLogger().level == logging.ERROR
        await change(browser, (["device", "log_level"], "debug"))
        assert logging.getLogger().level == logging.DEBUG


def shows(running: Running, temperature_c: float | None) -> bool:
    return running.meter().sources().device.temperature_c == temperature_c


async def test_the_temperature_is_read_where_the_settings_say(tmp_path: Path) -> None:
    for name, content in (("one", "41000\n"), ("two", "52000\n")):
        (tmp_path / name).write_text(content)
    os.mkfifo(tmp_path / "pipe")
    async with running_daemon(tmp_path, settings(device={"temperature_path": str(tmp_path / "one")})) as running:
        browser = await running.browser()
        await until(lambda: running.meter().sources().device.temperature_c == 41.0)
        assert await running.read(40044, 1) == [4100]
        for path, shown in ((tmp_path / "two", 52.0), (tmp_path / "pipe", None), ("/dev/zero", None)):
            answer = await change(browser, (["device", "temperature_path"], str(path)))
            assert answer.status == 200
            await until(partial(shows, running, shown))


async def test_systemd_is_told_of_start_reload_status_and_end(
    tmp_path: Path, service_manager: ServiceManager, wire: Wire
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        heard = service_manager.heard
        await until(lambda: heard().count("WATCHDOG=1") >= 2)
        assert "READY=1" in heard()
        assert "STATUS=meter 1: no telegram yet (waiting); 0 Modbus clients" in heard()
        await running.reload()
        await until(lambda: heard().count("READY=1") == 2)
        assert any(message.startswith("RELOADING=1\nMONOTONIC_USEC=") for message in heard())
    assert "STOPPING=1" in service_manager.heard()


async def test_the_watchdog_is_not_fed_while_no_client_could_be_served(
    tmp_path: Path, service_manager: ServiceManager
) -> None:
    async with running_daemon(tmp_path, "") as running:
        await until(lambda: "WATCHDOG=1" in service_manager.heard())
        await running.daemon.modbus.stop()
        await until(lambda: "Modbus is not served" in running.said())
        service_manager.heard()
        fed = service_manager.heard().count("WATCHDOG=1")
        await asyncio.sleep(0.5)
        assert service_manager.heard().count("WATCHDOG=1") == fed
        await running.daemon.modbus.change(running.daemon.settings.modbus)
        await until(lambda: service_manager.heard().count("WATCHDOG=1") > fed)
        assert "the gateway serves again" in running.said()


async def test_a_line_that_is_no_longer_read_is_a_fault(
    tmp_path: Path, service_manager: ServiceManager, wire: Wire
) -> None:
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        running.daemon._meters.readers[0].cancel()
        await until(lambda: "a meter's line is no longer read" in running.said())
        assert await running.value(40049) == 1000


async def test_a_client_is_told_what_it_talks_to_while_meters_change(tmp_path: Path) -> None:
    async with running_daemon(tmp_path, settings(meters=[{"unit": 1}, {"unit": 2}])) as running:
        async with connected(running) as (reader, writer):
            writer.write(mbap("2b0e0100", unit=2))
            answer = await reader.read(200)
            assert b"han2x" in answer
        before = [record for record in running.daemon.log_records() if record["level"] == "error"]
        running.daemon._meters.all.pop()
        async with connected(running) as (reader, writer):
            writer.write(mbap("2b0e0100", unit=2))
            assert b"han2x" in await reader.read(200), "as long as other meters are not served"
        assert [record for record in running.daemon.log_records() if record["level"] == "error"] == before


async def test_a_stop_while_a_telegram_is_on_its_way_is_no_fault_of_the_line(
    tmp_path: Path, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    telegram = kamstrup_list_1(power_import=500)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await running.hear(wire, telegram)
        heard = running.daemon.meters[0].line.pace
        before = heard.octets
        wire.say(telegram[:20])
        await until(lambda: heard.octets == before + 20)
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [message for message in warned if message.startswith("meter 1")] == []


async def test_a_program_that_reads_the_same_port_is_told_and_the_line_goes_on(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = PortFault("port-read-too", port="/dev/ttyUSB0", program="minicom", process=12)
    monkeypatch.setattr("han2x.serial_port.line.why_torn", lambda _port: fault)
    async with running_daemon(tmp_path, meters((1, wire))) as running:
        await until(lambda: str(fault) in running.said())
        await running.hear(wire, kamstrup_list_1(power_import=500))
        assert await running.value(POWER) == 500
        assert running.daemon.meters[0].line.status.fault == fault
        assert running.said().count(str(fault)) == 1
