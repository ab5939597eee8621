"""Commands whose output goes to a program that has read enough, as `head` has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from han2x.gateway.capture import Chunk, write_chunk
from han2x.history_file.series import Series
from han2x.history_file.writing import HistoryFile
from tests.conftest import ROOT
from tests.end_to_end.telegrams import kamstrup_list_1
from tests.history_file.made import BEGIN, hours, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a capture and the history of a meter."""
    made = tmp_path_factory.mktemp("folder")
    chunk = Chunk(1_790_000_000.0, kamstrup_list_1(power_import=1234))
    (made / "capture").write_text(write_chunk(chunk), encoding="ascii")
    history, house = HistoryFile(made), Series(1, "House", since=BEGIN)
    history.arrange([house])
    written(history, house, hours(48))
    history.close()
    return made


@pytest.mark.parametrize(
    "command",
    [
        ["decode", "capture"],
        ["replay", "capture"],
        ["history", "--state-dir", "."],
        ["history", "--state-dir", ".", "--list"],
        ["registers"],
        ["check", "--example"],
    ],
    ids=" ".join,
)
def test_output_that_is_not_read_to_its_end_is_no_fault(folder: Path, command: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(writes, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "han2x", *command],
            cwd=folder,
            env=buffered | {"PYTHONPATH": str(ROOT)},
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
