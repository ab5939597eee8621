"""What the README says is what the code does."""

from __future__ import annotations

import pkgutil
import re
import runpy
from pathlib import Path

import pytest

import han2x
from han2x.cli import main
from han2x.meters import meter_table
from han2x.registers import EXTENDED, HAN2X, register_table
from han2x.registers.extended import MAKERS
from han2x.registers.maps import map_table
from han2x.settings import settings_table
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
]
MOST_LINES = 200


def document(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def headings(text: str) -> set[str]:
    """The anchors of a document, as a browser finds them."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_the_documents_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        assert not anchor or anchor in headings(there.read_text(encoding="utf-8")), target


def test_the_pictures_are_small_and_the_readme_shows_those_that_are_there() -> None:
    shown = re.findall(r'src="docs/pictures/([^"]+)"', README)
    assert len(shown) == 3
    for name in shown:
        assert 0 < (ROOT / "docs" / "pictures" / name).stat().st_size <= 120 * 1024


def test_every_document_is_found_from_the_readme() -> None:
    unlinked = [path.name for path in (ROOT / "docs").glob("*.md") if f"](docs/{path.name}" not in README]
    assert unlinked == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= MOST_LINES


def test_the_readme_s_register_table_is_the_code_s() -> None:
    assert register_table(HAN2X) in README


def test_the_document_of_the_extended_registers_has_the_code_s_table() -> None:
    assert register_table(EXTENDED) in document("extended-registers")


def test_the_document_of_the_extended_registers_has_every_maker_s_number() -> None:
    text = " ".join(document("extended-registers").split()).casefold()
    assert [maker for number, maker in enumerate(MAKERS) if f" {number} {maker}" not in text] == []


def test_the_tables_of_settings_are_the_code_s() -> None:
    assert settings_table() in document("settings")


def test_the_table_of_maps_is_the_code_s() -> None:
    assert map_table() in document("maps")


def test_how_it_is_built_names_every_module_and_no_other() -> None:
    table = document("how-it-is-built").partition("| Module |")[2].partition("\n\n")[0]
    modules = {module.name for module in pkgutil.iter_modules(han2x.__path__)} - {"__main__"}

    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(modules)


def test_the_registers_command_prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registers"]) == 0
    assert capsys.readouterr().out == f"{register_table(HAN2X)}\n\n{register_table(EXTENDED)}\n"


def test_the_changelog_tells_what_is_not_yet_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_table_of_meters_is_the_code_s() -> None:
    assert meter_table() in document("meters")


def test_the_script_makes_the_documents_as_they_are() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "update-readme"))
    for name in script["TABLES"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert script["with_tables"](name, text) == text
    with pytest.raises(SystemExit, match="registers"):
        script["with_tables"]("README.md", README.replace("<!-- /registers -->", ""))
