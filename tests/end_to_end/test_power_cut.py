from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(60)]


def test_a_power_cut_leaves_each_setting_old_or_new_and_loses_no_energy() -> None:
    """A few cuts; `python -m tests.system.power_cut` makes as many as one likes."""
    command = [sys.executable, "-m", "tests.system.power_cut", "25", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing lost" in done.stdout
