"""What the tests of the running gateway stand on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.wire import Wire


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
