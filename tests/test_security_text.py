"""SECURITY.md names settings, files and commands that are there, and answers every requirement once."""

from __future__ import annotations

import re
from typing import Final

import pytest

from han2x.settings.schema import ROWS
from tests.conftest import ROOT

# What a mark says is to be checked yet may name what is not there yet.
LINES: Final = [
    line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if "<!-- to check" not in line
]
CODE: Final = [code for line in LINES for code in re.findall(r"`([^`]+)`", line)]
ROW: Final = re.compile(r"^\| ((?:[A-Z]{3}|\d)[\d.-].*?) \| (yes|partly|no|not applicable) \| (.+) \|$")


def test_every_setting_that_it_names_exists() -> None:
    known = {f"{section}.{key}" for section, rows in ROWS.items() for key in rows}
    named = {
        found[0] for code in CODE if (found := re.match(r"(?:web|modbus|device|panel|mqtt|meters)\.[a-z0-9_]+", code))
    }
    assert named
    assert named <= known


def test_every_file_that_it_names_exists() -> None:
    named = [code for code in CODE if re.fullmatch(r"(?:han2x|locks|scripts|systemd|vendor)/[\w./-]*", code)]
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_target_of_make_that_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {found[1] for code in CODE if (found := re.match(r"(?:sudo )?make ([a-z-]+)", code))}
    assert {"audit", "install", "lock", "sbom"} <= named
    assert [name for name in named if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize(
    ("standard", "wanted"),
    [
        (
            "EN 18031-1:2024",
            "ACM-1 ACM-2 AUM-1-1 AUM-1-2 AUM-2 AUM-3 AUM-4 AUM-5-1 AUM-5-2 AUM-6 SUM-1 SUM-2 SUM-3 SSM-1 SSM-2 SSM-3 "
            "SCM-1 SCM-2 SCM-3 SCM-4 RLM-1 NMM-1 TCM-1 CCK-1 CCK-2 CCK-3 GEC-1 GEC-2 GEC-3 GEC-4 GEC-5 GEC-6 CRY-1",
        ),
        (
            "ETSI EN 303 645",
            " ".join(
                f"{clause}-{number}"
                for clause, last in {
                    "5.1": 5, "5.2": 3, "5.3": 16, "5.4": 4, "5.5": 8, "5.6": 9, "5.7": 2, "5.8": 3, "5.9": 3,
                    "5.10": 1, "5.11": 4, "5.12": 3, "5.13": 1, "6": 5,
                }.items()
                for number in range(1, last + 1)
            ),
        ),
    ],
)  # fmt: skip
def test_every_requirement_of_a_standard_is_answered_once(standard: str, wanted: str) -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    chapter = text.partition(f"## {standard}")[2].partition("\n## ")[0]
    rows = [found for line in chapter.splitlines() if (found := ROW.match(line))]
    answered = [number for row in rows for number in re.findall(r"[A-Z]{3}-[\d-]*\d|\d+(?:\.\d+)?-\d+", row[1])]
    assert sorted(answered) == sorted(wanted.split())
    assert len(rows) == len([line for line in chapter.splitlines() if line.startswith("|")]) - 2
