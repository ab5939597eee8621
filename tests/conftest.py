"""Fixtures and material that all tests share, and what is told of the larger sets beside the repository."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import larger_set, telegrams
from tests.end_to_end.wire import Wire
from tests.scheduling import WORKERS, Scheduling, place
from tests.tools import heed_interrupts

ROOT = Path(__file__).parents[1]

# Slow is no fault. CI and make mutate try the same examples each time: what is red there is so by what was changed.
settings.register_profile(
    "han2x",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not {"CI", "MUTANT_UNDER_TEST"}.isdisjoint(os.environ),
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
    """Have a pressed Ctrl-C end what tests start; stop where CI is set and the larger sets are not there."""
    heed_interrupts()
    config.addinivalue_line(
        "markers", "larger_set: reads the larger sets beside the repository too, where they are there"
    )
    missing = larger_set.missing()
    if missing and os.environ.get("CI"):
        raise pytest.UsageError(
            f"CI is set, but {larger_set.SHARED} does not have the larger sets to test with: {', '.join(missing)}"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell in one line for each reason what was left out, and in one what was tested with less than developers have."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", ()))
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"left out {count}: {reason}")
    missing = larger_set.missing()
    if missing:
        ran = (report for reports in terminalreporter.stats.values() for report in reports)
        marked = {report.nodeid.partition("[")[0] for report in ran if "larger_set" in getattr(report, "keywords", ())}
        terminalreporter.write_line(
            f"the larger sets in ../shared are not here ({', '.join(missing)}): {len(marked)} kinds of tests read only "
            f"what the repository has of its own, {len(telegrams.load(telegrams.FOLDER))} telegrams among it"
        )


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why something was skipped, without where that was found."""
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "no reason is given"


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any], dict[str, Any]]:
    """Let a worker report what was logged even where a stranger's text in it is none that can be encoded."""
    data = yield
    if "sections" in data:
        data["sections"] = [(name, text.encode(errors="backslashreplace").decode()) for name, text in data["sections"]]
    return data


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A serial line that the test speaks on as the meter."""
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture(autouse=True)
def _level_of_the_log() -> Iterator[None]:
    """No test takes the level to which another one's settings turned the log."""
    root = logging.getLogger()
    before = root.level
    yield
    root.setLevel(before)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that this program has opened by `os.open`, which goes on as ever."""
    paths: list[str] = []
    really_open = os.open

    def open_and_note(path: Any, *more: Any, **named: Any) -> int:  # noqa: ANN401 - as os.open takes them
        paths.append(str(path))
        return really_open(path, *more, **named)

    monkeypatch.setattr(os, "open", open_and_note)
    return paths
