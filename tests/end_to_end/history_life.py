"""A gateway's history at high speed, to be killed: the real meter, its store, its rows and their file, on a clock that
goes as fast as the computer can.

    python -m tests.end_to_end.history_life FOLDER SECONDS

SECONDS is when this life begins, counted from the beginning of the first.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from han2x.app.history_keeping import HistoryKeeping
from han2x.gateway.keeping import Saved
from han2x.store import Store
from tests.state.hours.homes import FIRST_WH, HOUR_S, Disk, Home

BEGIN: Final = datetime(2026, 2, 1, tzinfo=UTC)
WRITTEN_S: Final = 300
STEP_S: Final = 10
ALIVE: Final = "alive"
"""Where it says from when to when it has lived; a kill does not take that back."""


class OnDisk(Disk):
    """The real store."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._store = Store(directory)

    def load(self, name: str) -> dict[str, Any] | None:
        return self._store.load(name)

    def save(self, name: str, data: Mapping[str, Any]) -> Saved:
        return self._store.save(name, data)

    def forget(self, name: str) -> None:
        self._store.forget(name)


def load(moment: float) -> float:
    """The power in W: steady in each hour, with an hour now and then in which the sun feeds in."""
    hour = int(moment // HOUR_S)
    return float(hour * 7919 % 2700 + 300 if hour % 9 else -800)


@cache
def counted(hours: int) -> tuple[float, float]:
    """Wh imported and exported in so many hours from the beginning."""
    each = [load(BEGIN.timestamp() + place * HOUR_S) for place in range(hours)]
    return sum(watts for watts in each if watts > 0), -sum(watts for watts in each if watts < 0)


def home_at(moment: float, folder: Path) -> Home:
    """The home at a moment, with the gateway that begins there."""
    hours, rest = divmod(moment - BEGIN.timestamp(), HOUR_S)
    home = Home(datetime.fromtimestamp(moment, UTC), load)
    imported, exported = counted(int(hours))
    wh = load(moment) * rest / HOUR_S
    home.imported, home.exported = FIRST_WH + imported + max(wh, 0.0), exported + max(-wh, 0.0)
    home._totals = FIRST_WH + imported, exported
    home.disk = OnDisk(folder)
    home.begin()
    return home


async def live(folder: Path, after_s: int) -> None:
    """Live until killed."""
    home = home_at(BEGIN.timestamp() + after_s, folder)
    keeping = HistoryKeeping(folder)
    home.meter.consumers.append(keeping.begin(home.meter).history.take)
    await keeping.open(since=int(home.now) - 40 * 86400)
    alive = os.open(folder / ALIVE, os.O_WRONLY | os.O_CREAT)
    first = home.now
    print("alive", flush=True)
    written = (home.now - 30) // WRITTEN_S
    while True:
        home.until(home.now + STEP_S)
        keeping.gather(home.steady())
        os.pwrite(alive, b"%d %d" % (first, home.now), 0)
        if (home.now - 30) // WRITTEN_S != written:
            written = (home.now - 30) // WRITTEN_S
            await keeping.write()
            assert keeping.fault is None, keeping.fault


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # there is no port
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2])))
