"""Commands whose output goes to a program that has read enough, as `head` has, or to a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

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


PRINTING: Final = (
    ["decode", "capture"],
    ["replay", "capture"],
    ["history", "--state-dir", "."],
    ["history", "--state-dir", ".", "--list"],
    ["registers"],
    ["check", "--example"],
    ["record", "/dev/ttyNobody"],
)


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_output_that_is_not_read_to_its_end_is_no_fault(folder: Path, command: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as nobody:
        done = _run(folder, command, nobody)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", PRINTING, ids=" ".join)
def test_output_that_has_no_room_is_told_and_no_file_is_blamed(folder: Path, command: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = _run(folder, command, full)
    assert (done.returncode, done.stderr) == (2, "han2x: standard output: No space left on device\n")


def test_a_recording_that_has_no_room_names_its_file(folder: Path) -> None:
    command = ["record", "/dev/ttyNobody", "--force", "--output", "/dev/full"]
    done = _run(folder, command, subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (2, "han2x: /dev/full: No space left on device\n")


def _run(folder: Path, command: list[str], output: IO[bytes] | int) -> subprocess.CompletedProcess[str]:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-m", "han2x", *command],
        cwd=folder,
        env=buffered | {"PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
