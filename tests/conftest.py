"""Fixtures and material that all tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.scheduling import WORKERS, Scheduling, place

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# Slow is no fault. CI tries the same examples each time, so that it is red only where something was changed.
settings.register_profile(
    "han2x", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("han2x")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recorded telegrams and traces beside the checkout; where CI is set it must be there."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{SHARED} is missing")
        pytest.skip(f"{SHARED} is not here")
    return SHARED


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
