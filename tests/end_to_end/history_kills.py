"""Kills a history that is being written, again and again: see `tests.end_to_end.kills`."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from han2x.history_file.opening import open_to_read
from han2x.history_file.writing import NAME, HistoryFile
from tests.end_to_end.history_life import ALIVE, BEGIN, WRITTEN_S
from tests.history.remembering import File
from tests.state.hours.homes import HOUR_S

LONGEST_LIFE_S: Final = 3 * HOUR_S
"""By its own clock; and so long it may be dead."""
LONGEST_START_S: Final = 2.0
LONGEST_STEP_S: Final = 0.05
BEGIN_S: Final = int(BEGIN.timestamp())
KILLED_AT_START: Final = 0.2
"""How often it is killed while it starts."""
LOST_S: Final = WRITTEN_S + 120
"""What is in memory at most: what is not written yet, and the minute in progress."""


def kill_with_history(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill it so often at random moments; fails when the file is damaged, or when hours are missing or doubled."""
    chance, hits = random.Random(seed), Counter(kills=times)
    for life in range(times):
        begin = _lived(folder)[1] + chance.randrange(60, LONGEST_LIFE_S)
        command = [sys.executable, "-m", "tests.end_to_end.history_life", str(folder), str(begin)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        try:
            if life and chance.random() < KILLED_AT_START:
                time.sleep(chance.random() * LONGEST_START_S)
            else:
                assert process.stdout.readline() == b"alive\n"
                until = begin + chance.randrange(LONGEST_LIFE_S)
                while _lived(folder)[1] < until and process.poll() is None:
                    time.sleep(0.01)
                time.sleep(chance.random() * LONGEST_STEP_S)
            assert process.poll() is None, "it ended by itself"
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        _check_minutes(folder, hits)
    hits["hours"] = _check_hours(folder)
    return hits


def _lived(folder: Path) -> tuple[int, int]:
    """From when to when the last life lasted, in s from the beginning of the first."""
    if not (folder / ALIVE).exists():
        return 0, 0
    first, last = map(int, (folder / ALIVE).read_text().split() or (BEGIN_S, BEGIN_S))
    return first - BEGIN_S, last - BEGIN_S


def _check_minutes(folder: Path, hits: Counter[str]) -> None:
    """No more is lost than what was in memory."""
    first, lived = _lived(folder)
    if not lived:
        return
    with closing(open_to_read(folder / NAME)) as connection:
        (last,) = connection.execute("SELECT max(begin) FROM minutes").fetchone()
    lost = lived - max((last or 0) - BEGIN_S, first)
    assert lost <= LOST_S, f"{lost} s are lost"
    hits["looks"] += 1


def _check_hours(folder: Path) -> int:
    """No hour between two totals is missing, and together they have what the meter counted; returns how many."""
    assert not list(folder.glob(f"{NAME}.damaged-*"))
    with closing(sqlite3.connect(folder / NAME)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file, kept = HistoryFile(folder), File()
    (series,) = file.series()
    kept.write(list(file.hours(series, 0)))
    file.close()
    return kept.assert_balanced()
