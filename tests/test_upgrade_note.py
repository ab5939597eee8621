"""The note of an upgrade that was taken back, as the package's own script writes it."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path
from typing import Final

import pytest

from han2x.upgrade_note import FAULTS, note_path, taken_back
from tests.conftest import ROOT

POSTINST: Final = ROOT / "packaging" / "debian" / "postinst"
NOTE: Final = """han2x 99.1.0 does not answer: Modbus on port 502. Version 0.1.0 runs again.
failed=99.1.0
runs=0.1.0
what=modbus:502
at=1763790000
"""


def _noted(folder: Path, text: str | bytes) -> Path:
    path = folder / "returned"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _written(folder: Path, why: str) -> Path:
    """The note that postinst writes, of a computer whose package is in this folder."""
    home = folder / "home"
    for place in ("program/han2x-99.1.0.dist-info", "before/program/han2x-0.1.0.dist-info"):
        (home / place).mkdir(parents=True)
    functions = dict(re.findall(r"^(\w+\(\)) \{\n(.*?)^\}\n", POSTINST.read_text(encoding="utf-8"), re.M | re.S))
    body = functions["go_back()"].partition("    cp -a")[0]
    script = f'set -e\nhome={home}\nversion() {{\n{functions["version()"]}}}\ngo_back() {{\n{body}}}\ngo_back - "$1"\n'
    subprocess.run(["sh", "-c", script, "sh", why], check=True)
    return home / "returned"


def test_what_the_package_s_script_writes_is_what_is_read(tmp_path: Path) -> None:
    path = _written(tmp_path, "does not answer: the page on port 80 and Modbus on port 502\npage:80")
    told = taken_back(path)
    assert told is not None
    assert (told.failed, told.runs, told.fault.code, told.fault.values) == (
        "99.1.0", "0.1.0", "upgrade-page", {"port": 80},
    )  # fmt: skip
    assert told.at > 1_700_000_000
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == (
        "han2x 99.1.0 does not answer: the page on port 80 and Modbus on port 502. Version 0.1.0 runs again."
    )


def test_whatever_the_health_check_misses_has_a_fault_of_its_own(tmp_path: Path) -> None:
    health = runpy.run_path(str(ROOT / "packaging" / "debian" / "health"))
    missing = [*((kind, 80) for kind in health["NAMES"]), *((kind, 0) for kind in health["SERVICE"])]
    found = set()
    for each in missing:
        told = taken_back(_noted(tmp_path, NOTE.replace("modbus:502", health["coded"]([each, ("page", 1)]))))
        assert told is not None
        assert told.fault.values == ({"port": 80} if each[1] else {})
        found.add(told.fault.code)
    assert found == set(FAULTS) - {"upgrade-settings", "upgrade-unknown"}
    assert health["said"]([("modbus", 502), ("page", 80)]) == "Modbus on port 502 and the page on port 80"


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("service", "upgrade-service"),
        ("settings", "upgrade-settings"),
        ("page-https:443", "upgrade-page-https"),
        ("", "upgrade-unknown"),
        ("modbus", "upgrade-unknown"),
        ("service:80", "upgrade-unknown"),
        ("unheard-of:1", "upgrade-unknown"),
        ("modbus:http", "upgrade-unknown"),
    ],
)
def test_why_has_a_code_and_what_is_not_understood_is_not_guessed(tmp_path: Path, what: str, code: str) -> None:
    told = taken_back(_noted(tmp_path, NOTE.replace("modbus:502", what)))
    assert told is not None
    assert told.fault.code == code
    assert str(told.fault) == FAULTS[code].format_map(told.fault.values)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "han2x 1 does not answer. Version 0 runs again.\n",
        b"\xff\xfe\x00" * 2000,
        NOTE.replace("failed=99.1.0", ""),
        NOTE.replace("runs=0.1.0", "runs="),
        NOTE.replace("at=1763790000", "at=soon"),
        NOTE.replace("1763790000", "9" * 30),
        NOTE.replace("1763790000", "253402300800"),
    ],
)
def test_a_note_that_is_not_understood_tells_nothing(tmp_path: Path, text: str | bytes) -> None:
    assert taken_back(_noted(tmp_path, text)) is None


def test_no_note_is_none_and_neither_is_a_folder(tmp_path: Path) -> None:
    assert taken_back(None) is None
    assert taken_back(tmp_path / "returned") is None
    assert taken_back(tmp_path) is None


def test_only_the_version_that_was_there_before_has_a_note() -> None:
    assert note_path(Path("/usr/lib/han2x/before/program/han2x")) == Path("/usr/lib/han2x/returned")
    assert note_path(Path("/usr/lib/han2x/program/han2x")) is None
    assert note_path() is None
