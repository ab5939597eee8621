"""What the README says is what the code does."""

from __future__ import annotations

import pkgutil
import runpy

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


def test_the_readme_s_register_table_is_the_code_s() -> None:
    assert register_table(HAN2X) in README


def test_the_document_of_the_extended_registers_has_the_code_s_table() -> None:
    assert register_table(EXTENDED) in (ROOT / "docs" / "extended-registers.md").read_text(encoding="utf-8")


def test_the_document_of_the_extended_registers_has_every_maker_s_number() -> None:
    text = " ".join((ROOT / "docs" / "extended-registers.md").read_text(encoding="utf-8").split()).casefold()
    assert [maker for number, maker in enumerate(MAKERS) if f" {number} {maker}" not in text] == []


def test_the_readme_s_settings_tables_are_the_code_s() -> None:
    assert settings_table() in README


def test_the_readme_s_table_of_maps_is_the_code_s() -> None:
    assert map_table() in README


def test_the_readme_names_every_module() -> None:
    modules = {module.name for module in pkgutil.iter_modules(han2x.__path__)} - {"__main__"}
    unnamed = {name for name in modules if f"| `{name}` |" not in README}

    assert not unnamed


@pytest.mark.parametrize(
    "command", ["run", "decode", "record", "replay", "simulate", "registers", "keys", "certificates", "status", "check"]
)
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`han2x {command}" in README


def test_the_registers_command_prints_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["registers"]) == 0
    assert capsys.readouterr().out == f"{register_table(HAN2X)}\n\n{register_table(EXTENDED)}\n"


def test_the_changelog_tells_what_is_not_yet_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_s_table_of_meters_is_the_code_s() -> None:
    assert meter_table() in README


def test_the_script_makes_the_documents_as_they_are() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "update-readme"))
    for name in script["TABLES"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert script["with_tables"](name, text) == text
    with pytest.raises(SystemExit, match="registers"):
        script["with_tables"]("README.md", README.replace("<!-- /registers -->", ""))
