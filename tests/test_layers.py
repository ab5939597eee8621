"""The walls of the house: who may import whom, and that every folder's docstring is its map.

All imports count alike: at the head of a module, inside a function, and under TYPE_CHECKING. What does not count is
that Python runs a package's `__init__` before any of its modules.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

import grimp
import pytest
from importlinter import configuration
from importlinter.application.use_cases import lint_imports

from tests.conftest import ROOT

PACKAGE: Final = ROOT / "han2x"
FOLDERS: Final = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))

PLACES: Final = "Every module has its place, and edges do not import each other"
CORE: Final = "The core does no I/O and knows no clock"
EMPTY: Final = "Importing the package imports nothing else"
SIMULATOR: Final = "The simulator shares no codec with the gateway"
COMPOSITION: Final = "The parts of the composition do not know the whole"
PYMODBUS: Final = "Only the Modbus server imports pymodbus"

DBUS: Final = "Only the network, and what is announced there, import a D-Bus library"

PLANTS: Final = [
    ("network/model.py", "import pymodbus", PYMODBUS),
    ("front_panel/parts.py", "import pymodbus", PYMODBUS),
    ("web/page.py", "from pymodbus.pdu import ModbusPDU", PYMODBUS),
    ("keys/kem.py", "import pymodbus", PYMODBUS),
    ("__init__.py", "import pymodbus", PYMODBUS),
    ("app/page.py", "from aiohttp import web", "Only the page imports aiohttp"),
    ("cli/record.py", "import serial", "Only the serial port imports pyserial"),
    ("app/people.py", "import dbus_fast", DBUS),
    ("outputs/base.py", "import dbus_fast", DBUS),
    ("app/outputs.py", "from paho.mqtt import client", "Only the MQTT output imports an MQTT client"),
    ("app/panel.py", "import gpiod", "Only the front panel imports a GPIO library"),
    ("cli/check.py", "import tomlkit", "Only the settings import a TOML writer"),
    ("store.py", "import sqlite3", "Only the history's file imports SQLite"),
    ("settings/rules.py", "from han2x.web import WebServer", PLACES),
    ("settings/schema.py", "from han2x import app", PLACES),
    ("web/readings.py", "from han2x.network import Network", PLACES),
    ("store.py", "from han2x.settings import Settings", PLACES),
    ("gateway/keeping.py", "from han2x.store import Store", PLACES),
    ("registers/bank.py", "def late() -> None:\n    from han2x.gateway import meter", PLACES),
    ("newcomer.py", "", PLACES),
    ("newroom/__init__.py", "", PLACES),
    ("newcomer.py", "import asyncio", CORE),
    ("gateway/line.py", "import asyncio", CORE),
    ("registers/bank.py", "import asyncio", CORE),
    ("keys/typed.py", "import asyncio", CORE),
    ("keys/kem.py", "from pathlib import Path", CORE),
    ("model.py", "import http.client", CORE),
    ("decoder.py", "import logging", CORE),
    ("__init__.py", "from han2x import app", EMPTY),
    ("simulator/encoding.py", "from han2x.codecs import axdr", SIMULATOR),
    ("app/control.py", "from han2x.app.daemon import Daemon", COMPOSITION),
    ("app/panel.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import han2x.app.daemon", COMPOSITION),
    ("app/newcomer.py", "", COMPOSITION),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of its contracts, for planting."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(PACKAGE, copy / "han2x", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/import_contracts.py"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("han2x", cache_dir=None)


def test_the_contracts_are_kept_as_they_are(house: Path) -> None:
    assert broken_contracts(house) == set()


@pytest.mark.parametrize(
    ("place", "planted", "contract"), PLANTS, ids=[f"{place}: {line}" for place, line, _ in PLANTS]
)
def test_a_contract_breaks_where_a_wrong_import_is_planted(
    house: Path, place: str, planted: str, contract: str
) -> None:
    with_plant = house / "han2x" / place
    before = with_plant.read_text(encoding="utf-8") if with_plant.exists() else None
    with_plant.parent.mkdir(exist_ok=True)
    try:
        with_plant.write_text(f"{before or ''}\n{planted}\n", encoding="utf-8")
        assert contract in broken_contracts(house)
    finally:
        if before is not None:
            with_plant.write_text(before, encoding="utf-8")
        else:
            with_plant.unlink()
            if not any(with_plant.parent.iterdir()):
                with_plant.parent.rmdir()


def test_every_contract_is_seen_to_break() -> None:
    assert {contract["name"] for contract in contracts()} == {contract for _, _, contract in PLANTS}


def test_the_contracts_see_every_file(graph: grimp.ImportGraph) -> None:
    files = {path.relative_to(ROOT).with_suffix("") for path in PACKAGE.rglob("*.py")}

    assert graph.modules == {".".join(path.parts).removesuffix(".__init__") for path in files}


def test_the_core_is_what_lies_below_the_edges() -> None:
    layers = [re.split(r"[|: ()]+", layer.strip("()")) for layer in contract_called(PLACES)["layers"]]
    helpers = next(place for place, layer in enumerate(layers) if "netlink" in layer)
    above = {f"han2x.{module}" for layer in layers[: helpers + 1] for module in layer}

    assert set(contract_called(CORE)["exempt"]) == above | {"han2x.__main__"}


def test_the_core_opens_no_file_and_reads_no_clock(graph: grimp.ImportGraph) -> None:
    assert [call for module in core_modules(graph) for call in impure_calls(source_of(module))] == []


@pytest.mark.parametrize(
    "line", ["open('/etc/passwd')", "datetime.now(UTC)", "dt.date.today()", "print()", "__import__('os')"]
)
def test_a_call_that_is_not_pure_is_found(line: str) -> None:
    assert list(impure_calls(f"def feed(self) -> None:\n    self.x = {line}\n")) != []


def test_the_imports_go_in_no_circle(graph: grimp.ImportGraph) -> None:
    assert circle_in(graph) == []


def test_a_circle_is_found(graph: grimp.ImportGraph) -> None:
    graph.add_import(importer="han2x.framing.base", imported="han2x.framing")
    try:
        assert {"han2x.framing", "han2x.framing.base"} <= set(circle_in(graph))
    finally:
        graph.remove_import(importer="han2x.framing.base", imported="han2x.framing")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_s_docstring_maps_the_files_that_are_there(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""

    assert sorted(mapped(docstring)) == sorted(files_in(folder))


def broken_contracts(house: Path) -> set[str]:
    """The names of the contracts that import-linter finds broken there."""
    report = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(report):
        patch.chdir(house)
        patch.syspath_prepend(str(house))
        patch.delitem(
            sys.modules, "han2x", raising=False
        )  # or else the package would be looked for where it was imported from
        patch.setenv("COLUMNS", "200")
        configuration.configure()
        kept = lint_imports(no_logo=True)  # the one of importlinter.cli disables all loggers there are
    broken = set(re.findall(r"^(.+) BROKEN", report.getvalue(), re.MULTILINE))
    assert "Contracts: " in report.getvalue(), report.getvalue()
    assert kept is not bool(broken)
    return broken


def contracts() -> list[dict[str, Any]]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert isinstance(found, list)
    return found


def contract_called(name: str) -> dict[str, Any]:
    return next(contract for contract in contracts() if contract["name"] == name)


def core_modules(graph: grimp.ImportGraph) -> list[str]:
    exempt = tuple(contract_called(CORE)["exempt"])
    return sorted(
        module for module in graph.modules if not f"{module}.".startswith(tuple(f"{name}." for name in exempt))
    )


def source_of(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


def impure_calls(source: str) -> Iterator[str]:
    """The calls that read or write files, or ask the clock, without an import that would give them away."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="open" | "print" | "input" | "__import__" | "exec" | "eval")):
                yield ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr="now" | "today" | "utcnow")):
                yield ast.unparse(node)


def circle_in(graph: grimp.ImportGraph) -> list[str]:
    """The modules of a circle; none when there is no circle."""
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def mapped(docstring: str) -> list[str]:
    """What a docstring's map names: a line begins with the name, two or more spaces, and what the module does."""
    return re.findall(r"^(\w+) {2,}\S", docstring, re.MULTILINE)


def files_in(folder: Path) -> list[str]:
    """The modules and packages of a folder."""
    modules = [path.stem for path in folder.glob("*.py") if path.name != "__init__.py"]
    return modules + [path.name for path in folder.iterdir() if (path / "__init__.py").exists()]
