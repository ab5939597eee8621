"""A clone without the larger sets tests everything and tells in one line what it lacks; in CI that is an error."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(120)

TESTS = ("tests/keys/test_kem.py", "tests/codecs/test_security.py", "-k", "samples or recorded or every_container")


def run_alone(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Some tests of a copy of the repository that has nothing beside it."""
    clone = folder / "clone"
    shutil.copytree(ROOT / "tests", clone / "tests", ignore=shutil.ignore_patterns("__pycache__", "system", "browser"))
    shutil.copytree(ROOT / "han2x", clone / "han2x", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", clone)
    command = [sys.executable, "-m", "pytest", "-q", *TESTS]
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST", "PYTHONPATH"))
    }
    return subprocess.run(
        command, cwd=clone, env=inherited | environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_without_the_larger_sets_nothing_is_skipped_and_one_line_tells_it(tmp_path: Path) -> None:
    ran = run_alone(tmp_path)

    assert ran.returncode == 0, ran.stdout
    (told,) = (line for line in ran.stdout.splitlines() if "larger sets" in line)
    assert re.search(r": 5 kinds of tests .* [1-9][0-9]+ telegrams among it", told)
    assert re.search(r"^[0-9]+ passed(, [0-9]+ deselected)? in ", ran.stdout, re.MULTILINE)


def test_without_the_larger_sets_a_run_in_ci_stops_with_an_error(tmp_path: Path) -> None:
    ran = run_alone(tmp_path, CI="1")

    assert ran.returncode != 0
    assert "passed" not in ran.stdout
    (told,) = (line for line in ran.stderr.splitlines() if "larger sets" in line)
    assert "CI is set" in told
    assert str(tmp_path / "shared") in told
