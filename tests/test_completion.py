"""Tab completion, as bash does it: what a key offers is what the commands take."""

from __future__ import annotations

import argparse
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from han2x.cli import parser
from han2x.simulator import KINDS
from tests.conftest import ROOT
from tests.tools import needed

FOLDER: Final = ROOT / "packaging" / "completion"
ASKED: Final = """
. "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p han2x | sed -n 's/.* -F \\([^ ]*\\) .*/\\1/p')
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
"""


def offered(*words: str, folder: Path = ROOT) -> set[str]:
    """What bash offers for the last of these words."""
    command = [needed("bash"), "--norc", "-c", ASKED, "bash", str(FOLDER / "han2x.bash"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.splitlines())


def _commands(command: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield command
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in dict.fromkeys(action.choices.values()):
                yield from _commands(inner)


@pytest.mark.parametrize("command", list(_commands(parser())), ids=lambda command: command.prog)
def test_every_option_of_every_command_is_offered(command: argparse.ArgumentParser) -> None:
    options = {option for action in command._actions for option in action.option_strings}
    assert offered(*command.prog.split(), "-") == options


def test_every_command_is_offered_and_what_was_begun_is_gone_on_with() -> None:
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    assert offered("han2x", "") == set(commands.choices)
    assert offered("han2x", "stat") == {"status"}
    assert offered("han2x", "keys", "") == {"import", "enter"}


def test_values_that_an_option_may_have_are_offered_and_kinds_of_meters_too() -> None:
    assert offered("han2x", "history", "--resolution", "") == {"minute", "quarter", "hour", "day", "month", "year"}
    assert offered("han2x", "run", "--simulate", "") == set(KINDS)
    assert offered("han2x", "simulate", "--meter", "kamstrup-p") == {
        "kamstrup-p1",
        "kamstrup-push1",
        "kamstrup-push1-1p",
    }


def test_files_are_offered_where_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "line.capture").touch()
    (tmp_path / "state").mkdir()
    assert offered("han2x", "replay", "li", folder=tmp_path) == {"line.capture"}
    assert offered("han2x", "run", "--state-dir", "", folder=tmp_path) == {"state"}


def test_the_completions_are_those_that_the_commands_make() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "update-completion"))["completions"]()
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in made} == made
