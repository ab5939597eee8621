"""What several of these tests stand on: a line to speak on, and clocks that can be turned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from han2x.cli.run import loop_factory
from tests.tools import needed


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Servers are tested on uvloop, where it is installed, and on asyncio's own event loop."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    preferred = loop_factory()
    if preferred and item.path.name.startswith(("test_modbus_", "test_web_tls")):
        factories["uvloop"] = preferred
    return factories


@pytest.fixture
def turned_clocks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Programs started now have clocks that FAKETIME and its like in the environment turn; answers what sets those."""
    needed("faketime")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    return monkeypatch
