"""How the tests are run: what is red once is run again alone where that is asked for, and red twice is red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.tools import uncovered

SECOND: Final = """
from pathlib import Path

def test_red_at_first():
    here = Path(__file__).with_name("been-here")
    been_here = here.exists()
    here.touch()
    assert been_here

def test_green():
    with Path(__file__).with_name("green").open("a") as file:
        file.write("run")
"""
PLUGINS: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_cov.plugin,xdist.plugin"}
RED: Final = "\ndef test_red(): assert False\n"


@pytest.mark.parametrize(
    ("again", "text", "status", "said"),
    [
        ("1", SECOND, 0, "test_some.py::test_red_at_first PASSED"),
        ("1", SECOND + RED, 1, "test_some.py::test_red FAILED"),
        ("", SECOND, 1, "FAILED test_some.py::test_red_at_first"),
        ("1", "import nothing_like_it", 2, "nothing_like_it"),
        ("1", "\n", 5, "no tests ran"),
    ],
)
def test_what_is_red_is_run_once_more_only_where_that_is_asked_for(
    tmp_path: Path, again: str, text: str, status: int, said: str
) -> None:
    (tmp_path / "test_some.py").write_text(text)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    done = subprocess.run(
        [ROOT / "scripts" / "run-tests", sys.executable, "-q"],
        cwd=tmp_path,
        env={**uncovered(), **PLUGINS, "AGAIN": again},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (status, "")
    assert said in done.stdout
    assert ("Once more, alone" in done.stdout) == bool(again and status < 2)
    ran = tmp_path / "green"
    assert not ran.exists() or ran.read_text() == "run", "what was green is not run again"


def test_a_python_is_found_by_its_version() -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = Path(sys.base_prefix) / "bin"
    environ = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    asked = [[str(ROOT / "scripts" / "find-python"), version] for version in (here, "9.99")]
    found, missing = (subprocess.run(each, env=environ, capture_output=True, text=True) for each in asked)
    assert subprocess.run([found.stdout.strip(), "-c", ""]).returncode == 0
    assert (missing.returncode, missing.stdout, missing.stderr) == (1, "", "Python 9.99 is not here.\n")
