"""What all tests rely on."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tests.conftest import ROOT

_INTERRUPT: Final = """
import signal, subprocess, sys
from unittest.mock import Mock
from tests import conftest
conftest.pytest_configure(Mock())
waits = "import signal; print(flush=True); signal.pause()"
child = subprocess.Popen([sys.executable, "-c", waits], stdout=subprocess.PIPE)
child.stdout.readline()
child.send_signal(signal.SIGINT)
try:
    print(child.wait(timeout=10))
finally:
    child.kill()
"""


def test_a_program_can_be_interrupted_where_the_tests_run_in_the_background_of_a_shell() -> None:
    done = subprocess.run(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", _INTERRUPT],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip() in {"-2", "130"}, done.stdout + done.stderr
