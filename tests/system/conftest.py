"""Tests of the installed service, on machines of its own. They run only when named: `make test-system`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.able import CANNOT, obstacle
from tests.system.appliance import Appliance
from tests.system.debs import REFUSES_SETTINGS, WRONG, Shelf, filled
from tests.system.machine import booted, tree
from tests.system.packages import PYTHON_OF, changed_copy, for_developers, wheel, wheelhouse

SOURCE = Path(__file__).parents[2]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid.rpartition('[')[2].rstrip(']')}: {name}: {figure}")


@pytest.fixture(scope="session", autouse=True)
def able() -> None:
    """Tell a computer on which these tests cannot be run from one on which they fail."""
    if reason := obstacle():
        pytest.exit(reason, returncode=CANNOT)


@pytest.fixture(scope="session", params=PYTHON_OF)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels of the version after this one, of one that does not start, and of one that knows no settings."""
    folder = tmp_path_factory.mktemp("versions")
    version = {"han2x/__init__.py": ('__version__ = ".*"', '__version__ = "99.0.0"')}
    broken = {**version, "han2x/cli/run.py": (r"def run\(arguments.*\n", r"\g<0>    return 1\n")}
    place, pattern, replacement = WRONG[REFUSES_SETTINGS]
    refusing = {**version, f"han2x/{place}": (pattern, replacement)}
    for name, changes in (("newer", version), ("broken", broken), ("refusing", refusing)):
        (folder / name).mkdir()
        wheel(changed_copy(SOURCE, folder / f"{name}-source", changes), folder / name)
    return folder


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the lock files name, for every release."""
    folder = tmp_path_factory.mktemp("packages")
    for release in PYTHON_OF:
        wheelhouse(release, SOURCE, folder)
    return folder


@pytest.fixture(scope="session")
def developers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make test` installs, for every release."""
    folder = tmp_path_factory.mktemp("developers")
    for release in PYTHON_OF:
        for_developers(release, SOURCE, folder)
    return folder


@pytest.fixture(scope="session")
def shelf(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Debian packages of han2x, and a repository."""
    return filled(packages, tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="session")
def appliance(
    release: str, wheels: Path, packages: Path, shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Appliance]:
    """A machine as somebody has it who wants to install han2x."""
    folder = tmp_path_factory.mktemp(release)
    binds = {
        SOURCE: "/src",
        packages: "/packages",
        wheels: "/versions",
        shelf.debs: "/debs",
        shelf.repository: "/repository",
    }
    with booted(tree(release), binds, folder / "console") as machine:
        yield Appliance(machine)
