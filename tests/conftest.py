"""Fixtures and material that all tests share, and what is told of the larger sets beside the repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import larger_set, telegrams
from tests.scheduling import WORKERS, Scheduling, place

ROOT = Path(__file__).parents[1]
_KINDS = pytest.StashKey[int]()

# Slow is no fault. CI tries the same examples each time, so that it is red only where something was changed.
settings.register_profile(
    "han2x", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("han2x")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means."""
    return int(os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS", WORKERS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:  # noqa: ANN401 - pytest-xdist has no types
    """Which worker gets which tests."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, in whatever order pytest-randomly left the rest."""
    items.sort(key=lambda item: place(item.nodeid))


def pytest_configure(config: pytest.Config) -> None:
    """Stop where CI is set and the larger sets are not there, which it is to test with."""
    config.addinivalue_line(
        "markers", "larger_set: reads the larger sets beside the repository too, where they are there"
    )
    missing = larger_set.missing()
    if missing and os.environ.get("CI"):
        raise pytest.UsageError(f"CI is set, and the larger sets in {larger_set.SHARED} lack {', '.join(missing)}")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Count the kinds of tests that would read more."""
    marked = (item.nodeid for item in session.items if item.get_closest_marker("larger_set"))
    kinds = session.config.stash[_KINDS] = len({name.partition("[")[0] for name in marked})
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["larger_set"] = kinds


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no types
    """Take over from a worker of pytest-xdist what it counted."""
    node.config.stash[_KINDS] = getattr(node, "workeroutput", {}).get("larger_set", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell in one line what was tested with less than the developers have."""
    missing = larger_set.missing()
    if missing:
        own = len(telegrams.load(telegrams.FOLDER))
        terminalreporter.write_line(
            f"the larger sets in ../shared are not here ({', '.join(missing)}): {config.stash.get(_KINDS, 0)} kinds of "
            f"tests read only what the repository has of its own, {own} telegrams among it"
        )
