"""What several of these tests stand on: a line to speak on, and clocks that can be turned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.wire import Wire
from tests.tools import needed


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A serial line that the test speaks on as the meter."""
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def turned_clocks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Programs started now have clocks that FAKETIME and its like in the environment turn; answers what sets those."""
    needed("faketime")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    return monkeypatch
