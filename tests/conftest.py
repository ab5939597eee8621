"""Fixtures and material that all tests share, and what is told of the larger sets beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import larger_set, telegrams

ROOT = Path(__file__).parents[1]
_KINDS = pytest.StashKey[int]()


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
    session.config.stash[_KINDS] = len({name.partition("[")[0] for name in marked})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell in one line what was tested with less than the developers have."""
    missing = larger_set.missing()
    if missing:
        own = len(telegrams.load(telegrams.FOLDER))
        terminalreporter.write_line(
            f"the larger sets in ../shared are not here ({', '.join(missing)}): {config.stash.get(_KINDS, 0)} kinds of "
            f"tests read only what the repository has of its own, {own} telegrams among it"
        )
