"""The page's own files: small, and asking nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

WEBUI: Final = Path(__file__).parents[2] / "webui"
ALL: Final = sorted(file for file in WEBUI.rglob("*") if file.is_file())
FILES: Final = [file for file in ALL if file.suffix != ".png"]
CODE: Final = [file for file in FILES if file.suffix == ".js"]
MOST_LINES: Final = 250


def test_no_module_is_long_that_is_no_table() -> None:
    long = {file.name for file in FILES if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES}
    assert long <= {"nb.js", "en.js", "sv.js", "da.js", "de.js", "fi.js"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(WEBUI)))
def test_no_file_names_another_site(file: Path) -> None:
    addresses = set(re.findall(r"https?://[^\s\"'`$]+", file.read_text(encoding="utf-8")))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("file", CODE, ids=lambda file: str(file.relative_to(WEBUI)))
def test_no_module_makes_markup_or_code_of_text(file: Path) -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(\s*[\"'`]"
    assert re.findall(forbidden, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", CODE, ids=lambda file: str(file.relative_to(WEBUI)))
def test_each_import_names_a_file_that_is_there_and_a_thing_that_it_gives(file: Path) -> None:
    code = file.read_text(encoding="utf-8")
    for names, place in re.findall(r"import \{([^}]+)\} from \"([^\"]+)\"", code):
        given = (file.parent / place).read_text(encoding="utf-8")
        for name in map(str.strip, names.split(",")):
            assert re.search(rf"export (?:async )?(?:function|class|const|let) {name}\b", given), f"{name} of {place}"
            assert len(re.findall(rf"\b{name}\b", code)) > 1, f"{name} is imported and not used"
