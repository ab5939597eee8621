"""In what order tests run, and which of them on the same worker of pytest-xdist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from xdist.scheduler import LoadScopeScheduling

CORES: Final = len(os.sched_getaffinity(0))

WORKERS: Final = min(3 * CORES, CORES + 4)
"""More than cores, since two thirds of the time the tests wait for lines, clocks and programs; each takes memory."""

FIRST: Final = ("browser", "end_to_end", "estimator", "test_mutations.py", "test_dialects.py", "test_mqtt.py")
"""Folders and files whose tests take longest, the longest first: what is short fills the gaps at the end."""

ALONE: Final = ("end_to_end", "test_mutations.py", "test_dialects.py", "test_mqtt.py")
"""Folders and files whose tests share nothing and take long: each test goes to whichever worker is free."""

ROOT: Final = Path(__file__).parent
LONG: Final = {"test_every_view.py": 60_000}
"""Files that take longer than their size tells: as if they had so many octets more."""


def _shared_out() -> dict[str, int]:
    """To which of as many browsers as there are cores each file of browser tests goes: all have as much to do."""
    sizes = {path.name: path.stat().st_size for path in (ROOT / "browser").glob("test_*.py")}
    sizes = {name: size + LONG.get(name, 0) for name, size in sizes.items()}
    loads = [0] * CORES
    places = {}
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        places[name] = min(range(CORES), key=lambda browser: loads[browser])
        loads[places[name]] += sizes[name]
    return places


BROWSERS: Final = _shared_out()


def place(node: str) -> int:
    """Where in the order a test comes, by its node id."""
    parts = Path(node.partition("::")[0]).parts
    return next((place for place, name in enumerate(FIRST) if name in parts), len(FIRST))


def together(node: str) -> str:
    """The name that a test's node id has in common with those that one worker runs one after the other.

    Tests of one file share what is dear to make, and no more browsers are open at once than there are cores.
    """
    path = Path(node.partition("::")[0])
    if any(name in path.parts for name in ALONE):
        return node
    return f"browser {BROWSERS[path.name]}" if "browser" in path.parts else str(path)


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives each worker that is free the next group of tests, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
