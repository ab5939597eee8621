"""How the tests are run: what is red is run again alone as often as is asked for, and red each time is red."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT
from tests.tools import uncovered

THIRD: Final = """
from pathlib import Path

def test_red_twice():
    tries = Path(__file__).with_name("tries")
    with tries.open("a") as file:
        file.write("|")
    assert tries.read_text() == "|||"

def test_green():
    with Path(__file__).with_name("green").open("a") as file:
        file.write("run")
"""
PLUGINS: Final = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_cov.plugin,xdist.plugin"}
RED: Final = "\ndef test_red(): assert False\n"


@pytest.mark.parametrize(
    ("again", "text", "status", "said"),
    [
        ("2", THIRD, 0, "test_some.py::test_red_twice PASSED"),
        ("2", THIRD + RED, 1, "test_some.py::test_red FAILED"),
        ("1", THIRD, 1, "test_some.py::test_red_twice FAILED"),
        ("", THIRD, 1, "FAILED test_some.py::test_red_twice"),
        ("2", "import nothing_like_it", 2, "nothing_like_it"),
        ("2", "\n", 5, "no tests ran"),
    ],
)
def test_what_is_red_is_run_again_as_often_as_is_asked_for(
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
    assert done.stdout.count("Once more, alone") == (int(again or 0) if status < 2 else 0)
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
