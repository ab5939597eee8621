"""Faults that were once planted without any test noticing: each turns tests of its room red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(120)


class Mutation(NamedTuple):
    """A change of one line of a module, and the tests that have to notice."""

    module: str
    before: str
    after: str
    tests: str


MUTATIONS: Final = {
    "a register that stands still went back": Mutation(
        "estimator/channel.py", "if register < before:", "if register <= before:", "tests/estimator"
    ),
    "a crash takes back what was published since the last dump": Mutation(
        "estimator/channel.py", "published += SPARE_WH + SPARE_S", "published += 0.0 * SPARE_S", "tests/estimator"
    ),
    "more is published than is on the disk": Mutation(
        "estimator/output.py", "else min(wanted, self.limit)", "else wanted", "tests/gateway/test_meter.py"
    ),
    "the published value overtakes an estimate it is ahead of": Mutation(
        "estimator/output.py", "SLOWEST = 0.5", "SLOWEST = 1.5", "tests/estimator"
    ),
    "an old power counts for minutes": Mutation(
        "estimator/output.py", "VALID_S = 30.0", "VALID_S = 300.0", "tests/estimator"
    ),
    "an edge between two samples is certain": Mutation(
        "estimator/integral.py", "variance = edge * edge / 12", "variance = edge * edge / 1200", "tests/estimator"
    ),
    "a register of a moment to come is taken": Mutation(
        "estimator/__init__.py", "_AHEAD_S: Final = 60.0", "_AHEAD_S: Final = 6000.0", "tests/estimator"
    ),
    "a frame longer than 1023 octets": Mutation("framing/hdlc.py", "& 0x07) << 8", "& 0x03) << 8", "tests/framing"),
    "a good frame inside a false ciphered one": Mutation(
        "framing/__init__.py", "answer.end if framing.proven else position + 1", "answer.end", "tests/framing"
    ),
    "a damaged frame is noise": Mutation(
        "framing/hdlc.py", "Refusal(ProblemCause.FCS,", "Refusal(ProblemCause.HCS,", "tests/framing tests/gateway"
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_planted_fault_turns_tests_red(tmp_path: Path, name: str) -> None:
    mutation = MUTATIONS[name]
    for folder in ("benchmarks", "tests"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "han2x", tmp_path / "han2x", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / "han2x" / mutation.module
    text = module.read_text(encoding="utf-8")
    assert text.count(mutation.before) == 1, "what is to be changed has changed"
    module.write_text(text.replace(mutation.before, mutation.after), encoding="utf-8")

    options = (
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--deselect",
        "tests/estimator/test_traces.py",
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CI", "PYTEST", "COV"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *mutation.tests.split()],
        cwd=tmp_path,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},  # the tests' own code is compiled under its own path alone
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    assert "1 failed" in done.stdout
