"""One gateway at a time for each state directory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from han2x.app.state_lock import InUseError, holder, state_lock

HOLD = """
import sys, pathlib
from han2x.app.state_lock import state_lock
with state_lock(pathlib.Path(sys.argv[1]), "han2x run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_program(state: Path) -> Iterator[subprocess.Popen[str]]:
    """One that has the state directory."""
    command = [sys.executable, "-c", HOLD, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        try:
            yield program
        finally:
            program.kill()


def test_a_second_one_is_told_who_has_it_and_has_it_not(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with another_program(state) as program:
        with (
            pytest.raises(InUseError, match=rf"in use by 'han2x run' \(process {program.pid}\)"),
            state_lock(state, "x"),
        ):
            pytest.fail("it has the lock too")
        assert holder(state) == f"'han2x run' (process {program.pid})"


def test_the_lock_ends_with_whoever_had_it_even_if_killed(tmp_path: Path) -> None:
    with another_program(tmp_path):
        pass
    assert holder(tmp_path) is None
    with state_lock(tmp_path, "again"):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_another_directory_is_free(tmp_path: Path) -> None:
    with another_program(tmp_path / "a"), state_lock(tmp_path / "b", "x"):
        assert holder(tmp_path / "a") is not None
    assert holder(tmp_path / "missing") is None


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"[]", b'{"pid": "x"}', b"x" * 5000])
def test_a_file_that_makes_no_sense_hides_only_who_it_is(tmp_path: Path, content: bytes) -> None:
    with another_program(tmp_path):
        (tmp_path / "lock").write_bytes(content)
        with pytest.raises(InUseError, match="another program"), state_lock(tmp_path, "x"):
            pytest.fail("it has the lock too")


def test_where_no_lock_can_be_had_it_goes_on_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    obstacle = tmp_path / "state"
    obstacle.write_text("a file")
    with state_lock(obstacle, "x"):
        assert "no lock can be had" in caplog.text


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("as it was")
    (tmp_path / "lock").symlink_to(tmp_path / "precious")
    with state_lock(tmp_path, "x"):
        assert (tmp_path / "precious").read_text() == "as it was"
