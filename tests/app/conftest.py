"""What the tests of the running gateway stand on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from han2x.app.facts import SteadyClock
from han2x.gateway.keeping import Saved
from han2x.store import Store
from tests.end_to_end.wire import Wire
from tests.ports import free_ports


class Skew:
    """Moves the gateway's clock on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def passes(self, seconds: float) -> None:
        """Let so much time be over."""
        self.seconds += seconds


class SlowDisk:
    """Lets a save wait while `free` is not set; those that come meanwhile overtake it."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.waiting: list[str] = []
        self._save = Store.save

    def save(self, store: Store, name: str, data: Mapping[str, Any]) -> Saved:
        if not self.waiting:
            self.waiting.append(name)
            assert self.free.wait(20)
            self.waiting.remove(name)
        return self._save(store, name, data)


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    """The gateway sets the root logger's level, as its settings say; other tests are not to notice."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    yield
    root.setLevel(before)


@pytest.fixture(autouse=True)
def no_service_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway of a test is no service, wherever the tests run, and never asks a real NetworkManager."""
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "RUNTIME_DIRECTORY", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skew:
    """What lets time pass for the gateways of this test."""
    skew = Skew()
    read = SteadyClock.__call__
    monkeypatch.setattr(SteadyClock, "__call__", lambda clock: read(clock) + skew.seconds)
    return skew


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    """What all stores write to."""
    disk = SlowDisk()
    monkeypatch.setattr(Store, "save", lambda store, name, data: disk.save(store, name, data))
    yield disk
    disk.free.set()


@pytest.fixture
def new_wire() -> Iterator[Callable[[], Wire]]:
    """Makes serial lines that the test speaks on as a meter."""
    wires: list[Wire] = []

    def make() -> Wire:
        wires.append(Wire())
        return wires[-1]

    yield make
    for wire in wires:
        wire.close()


@pytest.fixture
def wire(new_wire: Callable[[], Wire]) -> Wire:
    """One such line."""
    return new_wire()


@pytest.fixture
def ports() -> list[int]:
    """Ports that are free when the test begins."""
    return free_ports(3)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A move of the page does not wait for long."""
    monkeypatch.setattr("han2x.app.page.MOVE_AFTER_S", 0.05)
