"""What a command of the Makefile says of Debian packages that it lacks, and when it installs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

WANTED: Final = ("no-such-1=first=counts", "no-such-2=first=counts on", "no-such-3=second=draws", "sh=dash=is there")


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """The file in which is noted with what apt-get is started, instead of the computer's own and its sudo."""
    noted = tmp_path / "asked"
    for name, does in (("apt-get", f'echo "$@" >> {noted}; exit 1'), ("sudo", '[ "$1" != -n ] || shift; exec "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return noted


def _run(asked: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "INSTALL"}}
    environment |= more | {"PATH": f"{asked.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        [ROOT / "scripts" / "system-packages", "make example", *WANTED],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_where_nobody_can_be_asked_nothing_is_installed_and_each_package_is_named_once_to_do_it_by_hand(
    asked: Path,
) -> None:
    done = _run(asked)
    assert done.returncode != 0
    lines = done.stdout.splitlines()
    assert [line.split(maxsplit=1) for line in lines[1:4]] == [
        ["first", "counts"],
        ["first", "counts on"],
        ["second", "draws"],
    ]
    assert lines[4].startswith("Nothing is installed. ")
    assert lines[4].endswith("apt-get install first second")
    assert not asked.exists()


@pytest.mark.parametrize("wish", ["CI", "INSTALL"])
def test_they_are_installed_where_that_is_asked_for(asked: Path, wish: str) -> None:
    done = _run(asked, **{wish: "1"})
    assert done.returncode != 0, "this apt-get fails"
    assert "Installing them with apt-get." in done.stdout
    assert asked.read_text(encoding="utf-8").splitlines()[0].endswith(" --no-install-recommends first second")
