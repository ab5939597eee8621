"""What the documents name is there: files, targets of make, commands with options, settings, requests of the API."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from han2x.cli import parser
from han2x.languages import LANGUAGES
from han2x.settings.schema import ROWS
from han2x.web.call import Need
from han2x.web.routes import ROUTES
from tests.conftest import ROOT

DOCUMENTS: Final = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
]
EACH: Final = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
FOLDERS: Final = "benchmarks|deploy|docs|han2x|locks|packaging|scripts|systemd|tests|vendor|webui"
LANGUAGE_NAMES: Final = {
    "en": "English", "nb": "Norwegian", "sv": "Swedish", "da": "Danish", "de": "German", "fi": "Finnish",
}  # fmt: skip


def quoted(path: Path) -> Iterator[str]:
    """What stands between backticks, and each line of the blocks of commands."""
    text = path.read_text(encoding="utf-8")
    blocks = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    for language, block in blocks.findall(text):
        if language == "sh":
            yield from block.splitlines()
    for code in re.findall(r"`([^`]+)`", blocks.sub("", text)):
        yield " ".join(code.split())


def options(command: argparse.ArgumentParser) -> set[str]:
    """The options of a command, and of the commands below it."""
    found = set()
    for action in command._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found = found.union(*(options(inner) for inner in action.choices.values()))
    return found


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(found.choices)


@EACH
def test_every_file_that_a_document_names_is_there(path: Path) -> None:
    named = {code for code in quoted(path) if re.fullmatch(rf"(?:{FOLDERS})/[\w.-]*(?:/[\w.-]+)*/?", code)}
    patterns = {code for code in named if re.search(r"\b(?:CODE|ID)\b", code)}
    assert [name for name in sorted(named - patterns) if not (ROOT / name).exists()] == []


@EACH
def test_every_program_of_python_that_a_document_names_is_there(path: Path) -> None:
    for code in quoted(path):
        if found := re.match(r"python -m ([\w.]+)", code):
            module = ROOT / found[1].replace(".", "/")
            assert module.is_dir() or module.with_suffix(".py").exists(), code
        elif found := re.match(r"python ([\w./]+)", code):
            assert (ROOT / found[1]).exists(), code


def targets_of_make() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_target_of_make_is_named_in_a_document() -> None:
    codes = [code for path in DOCUMENTS if path.name != "CHANGELOG.md" for code in quoted(path)]
    named = {name for code in codes for name in re.findall(r"\bmake ([a-z0-9-]+)", code)}
    assert sorted(targets_of_make() - named) == []


@EACH
def test_every_target_of_make_that_a_document_names_is_there(path: Path) -> None:
    named = {
        found[1]
        for code in quoted(path)
        if (found := re.match(r"(?:sudo )?(?:[A-Z0-9_]+=\S+ )?make ([a-z0-9-]+)", code))
    }
    assert named <= targets_of_make()


@EACH
def test_every_command_and_option_that_a_document_names_is_there(path: Path) -> None:
    known = commands()
    for code in quoted(path):
        if found := re.match(r"(?:.*\b(?:sudo|exec|han2x) )?han2x ([a-z]+)((?: [^|;#>]+)?)", code):
            assert found[1] in known, code
            assert set(re.findall(r"(?<= )--?[a-z][a-z-]*", found[2])) <= options(known[found[1]]), code


@EACH
def test_every_setting_that_a_document_names_is_there(path: Path) -> None:
    known = {f"{section}.{key}" for section, rows in ROWS.items() for key in rows}
    named = {
        found[1]
        for code in quoted(path)
        if (found := re.match(rf"((?:{'|'.join(ROWS)})\.(?!py\b|db\b)[a-z0-9_]+)\b", code))
    }
    assert named <= known


def test_what_is_to_be_touched_has_its_name() -> None:
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    named = re.findall(r"`([A-Z_]+)` (?:of|in) `([\w/]+\.py)`", text)
    assert len(named) > 3
    assert [name for name, file in named if not re.search(rf"^{name}\b", (ROOT / file).read_text(), re.MULTILINE)] == []


def test_every_command_has_a_row_of_its_own() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [name for name in commands() if not re.search(rf"^\| `han2x {name}\b", text, re.MULTILINE)] == []


def test_the_options_in_a_command_s_row_are_its_own() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `han2x ([a-z]+)(.*)$", text, re.MULTILINE)
    assert len(rows) == len(commands())
    for name, row in rows:
        assert set(re.findall(r"(?<=[ `])--?[a-z][a-z-]*", row)) <= options(commands()[name]), name


@pytest.mark.parametrize("name", ["README.md", "docs/installation.md"])
def test_the_page_s_languages_are_all_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [code for code in LANGUAGES if LANGUAGE_NAMES[code] not in text] == []


def test_what_the_api_shows_without_a_password_is_named() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    openly = text.partition("need no password")[0]
    named = {root for code in re.findall(r"`([^`]+)`", openly) if (root := code.rpartition("/")[2])}
    assert {route.path.split("/")[1] for route in ROUTES if route.need is Need.LIVE} <= named
