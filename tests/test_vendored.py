"""The library of the page that is kept here is the one that npm's lock file names, octet by octet."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from han2x.web.page import PLOT_ADDRESSES, add_plot
from tests.conftest import ROOT

PLACE: Final = ROOT / "vendor" / "uplot"
LIBRARY: Final = "uPlot.iife.min.js"


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_vendored_file_has_the_hash_it_was_fetched_with() -> None:
    recorded = _json(PLACE / "vendored.json")["files"]
    there = {
        path.name: "sha256-" + base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        for path in PLACE.iterdir()
        if path.name != "vendored.json"
    }
    assert there == recorded


def test_what_is_vendored_is_what_the_lock_file_names() -> None:
    locked = _json(ROOT / "package-lock.json")["packages"]
    for package in _json(PLACE / "vendored.json")["packages"]:
        entry = locked[f"node_modules/{package['name']}"]
        assert {key: package[key] for key in ("version", "license", "integrity")} == {
            key: entry[key] for key in ("version", "license", "integrity")
        }


def test_the_library_says_the_version_that_package_json_asks_for_and_is_minified() -> None:
    text = (PLACE / LIBRARY).read_text(encoding="utf-8")
    said = re.search(r"uPlot \(v([\d.]+)\)", text)
    assert said is not None
    assert said[1] == _json(ROOT / "package.json")["dependencies"]["uplot"]
    assert len(text) / text.count("\n") > 1000


def test_its_licence_comes_with_it() -> None:
    licence = (PLACE / "LICENSE").read_text(encoding="utf-8")
    assert "The MIT License" in licence
    assert "Leon Sorokin" in licence


def test_it_comes_compressed_in_no_more_than_60_kb() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in (PLACE / LIBRARY, PLACE / "uPlot.min.css")) < 60_000


def _addresses(package: Path) -> set[str]:
    app = web.Application()
    add_plot(app.router, package)
    return {resource.canonical for resource in app.router.resources()}


def test_it_is_served_from_a_checkout_and_from_an_installed_package(tmp_path: Path) -> None:
    package = tmp_path / "han2x"
    assert _addresses(package) == set()
    for folder in (tmp_path / "vendor", package / "_vendor"):
        (folder / "uplot").mkdir(parents=True)
        for name in PLOT_ADDRESSES.values():
            assert _addresses(package) == set()
            (folder / name).touch()
        assert _addresses(package) == set(PLOT_ADDRESSES)
        (folder / "uplot" / LIBRARY).unlink()
