from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from han2x.systemd.notify import ServiceManager


class Systemd:
    """The other end of `NOTIFY_SOCKET`."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(5)

    def heard(self) -> dict[str, str]:
        """The next message, as its fields."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def hears_nothing(self) -> bool:
        self.socket.setblocking(False)
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            return True
        return False


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    listening = Systemd(str(tmp_path / "notify"))
    yield listening
    listening.socket.close()


@pytest.fixture
def environ(tmp_path: Path, systemd: Systemd) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify")}


def test_the_life_of_the_service_is_told(systemd: Systemd, environ: dict[str, str]) -> None:
    manager = ServiceManager(environ)
    manager.ready()
    assert systemd.heard() == {"READY": "1"}
    manager.status("kamstrup 1234: 3 s ago")
    assert systemd.heard() == {"STATUS": "kamstrup 1234: 3 s ago"}
    manager.stopping()
    assert systemd.heard() == {"STOPPING": "1"}


def test_a_reload_is_told_with_its_moment_as_newer_systemd_wants_it(systemd: Systemd, environ: dict[str, str]) -> None:
    ServiceManager(environ).reloading()
    heard = systemd.heard()
    assert heard["RELOADING"] == "1"
    assert int(heard["MONOTONIC_USEC"]) > 0


def test_a_status_stays_one_line_so_that_it_cannot_say_anything_else(systemd: Systemd, environ: dict[str, str]) -> None:
    ServiceManager(environ).status("meter\nREADY=1")
    assert systemd.heard() == {"STATUS": "meter READY=1"}


def test_a_name_in_the_abstract_namespace_is_reached() -> None:
    name = f"han2x-test-{os.getpid()}"
    listening = Systemd(f"\0{name}")
    ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).ready()
    assert listening.heard() == {"READY": "1"}
    listening.socket.close()


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "relative/path"])
def test_without_systemd_nothing_is_told_and_nothing_fails(address: str) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": address} if address else {})
    assert not manager.present
    manager.ready()
    manager.status("anything")


def test_a_systemd_that_is_gone_does_not_stop_the_program(tmp_path: Path) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert manager.present
    manager.ready()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "20000000"}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": str(os.getpid())}, 20.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdogs_time_is_taken_when_it_is_meant_for_this_process(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert ServiceManager(environ).watchdog_s == seconds


async def test_the_watchdog_is_fed_while_there_is_no_fault(systemd: Systemd, environ: dict[str, str]) -> None:
    async def none() -> None: ...

    task = asyncio.create_task(ServiceManager(environ | {"WATCHDOG_USEC": "3000"}).run_watchdog(none))
    for _ in range(3):
        assert await asyncio.to_thread(systemd.heard) == {"WATCHDOG": "1"}
    task.cancel()


async def test_the_watchdog_goes_hungry_while_the_gateway_does_not_serve(
    systemd: Systemd, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers = iter(["Modbus is not served", "Modbus is not served", None])
    asked_all = asyncio.Event()

    async def fault() -> str | None:
        found = next(answers, None)
        if found is not None:
            assert systemd.hears_nothing()
        else:
            asked_all.set()
        return found

    task = asyncio.create_task(ServiceManager(environ | {"WATCHDOG_USEC": "3000"}).run_watchdog(fault))
    await asked_all.wait()
    systemd.socket.settimeout(5)
    assert await asyncio.to_thread(systemd.heard) == {"WATCHDOG": "1"}
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "Modbus is not served"),
        ("INFO", "the gateway serves again"),
    ]
    task.cancel()


def test_what_a_meter_calls_itself_commands_no_terminal(systemd: Systemd, environ: dict[str, str]) -> None:
    ServiceManager(environ).status("meter 1: kamstrup 57\x1b[2J\nREADY=1\x9b")

    assert systemd.heard() == {"STATUS": r"meter 1: kamstrup 57\x1b[2J READY=1\x9b"}


async def test_a_gateway_that_takes_too_long_to_answer_itself_has_a_fault(
    systemd: Systemd, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    asked_again = asyncio.Event()
    times = 0

    async def fault() -> str | None:
        nonlocal times
        times += 1
        if times == 2:
            asked_again.set()
        await asyncio.Event().wait()
        return None

    task = asyncio.create_task(ServiceManager(environ | {"WATCHDOG_USEC": "3000"}).run_watchdog(fault))
    await asked_again.wait()
    assert systemd.hears_nothing()
    assert "did not answer itself" in caplog.text
    task.cancel()


async def test_without_a_watchdog_nobody_is_asked(environ: dict[str, str]) -> None:
    async def fault() -> str | None:
        raise AssertionError("asked")

    task = asyncio.create_task(ServiceManager(environ).run_watchdog(fault))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
