"""What goes into a Debian package, and under which version."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import ROOT

FOLDER: Final = ROOT / "packaging"
LOCK: Final = """
# A comment.
always==1.0 \\
    --hash=sha256:aa
    # via somebody
older==2.0 ; python_full_version < '3.13' \\
    --hash=sha256:bb
quick==3.0 ; platform_machine == 'x86_64' and platform_python_implementation == 'CPython' \\
    --hash=sha256:cc
""".lstrip()


@pytest.fixture(scope="module")
def wheels() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "wheels.py"))


@pytest.mark.parametrize(
    ("python", "machine", "wanted"),
    [
        ("3.11", "x86_64", ["always==1.0", "older==2.0", "quick==3.0"]),
        ("3.13", "x86_64", ["always==1.0", "quick==3.0"]),
        ("3.13", "armv7l", ["always==1.0"]),
    ],
)
def test_a_package_for_another_python_or_machine_gets_what_the_lock_file_has_for_it(
    wheels: dict[str, Any], tmp_path: Path, python: str, machine: str, wanted: list[str]
) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK, encoding="utf-8")
    lines = list(wheels["_entries"](lock, python, machine))
    assert [line.partition(" ")[0] for line in lines if not line.startswith(" ")] == wanted
    assert sum("--hash" in line for line in lines) == len(wanted)
    assert not any(";" in line for line in lines)


def _wheel(folder: Path, python: str, text: str) -> Path:
    made = folder / f"example-1.0-{python}-{python}-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("example/__init__.py", text)
        archive.writestr(f"example/core.{python}.so", python)
        archive.writestr("example/core.c", "int main;")
        archive.writestr("example-1.0.dist-info/METADATA", "Name: example\n")
        archive.writestr("example-1.0.dist-info/RECORD", python)
        archive.writestr("example-1.0.data/purelib/more.py", "")
        archive.writestr("example-1.0.data/scripts/example", "")
    return made


def test_compiled_modules_for_several_pythons_lie_beside_each_other(wheels: dict[str, Any], tmp_path: Path) -> None:
    together = tmp_path / "all"
    for python in ("cp311", "cp313"):
        wheels["unpack"](_wheel(tmp_path, python, "same"), together)
    assert sorted(path.relative_to(together).as_posix() for path in together.rglob("*") if path.is_file()) == [
        "example-1.0.dist-info/METADATA",
        "example/__init__.py",
        "example/core.cp311.so",
        "example/core.cp313.so",
        "more.py",
    ]


def test_wheels_of_one_release_that_differ_elsewhere_are_not_mixed(wheels: dict[str, Any], tmp_path: Path) -> None:
    wheels["unpack"](_wheel(tmp_path, "cp311", "one"), tmp_path / "all")
    with pytest.raises(wheels["ClashError"], match="__init__"):
        wheels["unpack"](_wheel(tmp_path, "cp313", "other"), tmp_path / "all")


def test_what_comes_before_a_release_is_older_than_it_for_dpkg_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    debian_version = runpy.run_path(str(FOLDER / "build_deb.py"))["debian_version"]
    ascending = ["0.9.1", "1.0.0.dev1", "1.0.0a1", "1.0.0b2", "1.0.0rc1", "1.0.0", "1.0.1"]
    assert debian_version("0.1.0") == "0.1.0"
    for before, after in pairwise(map(debian_version, ascending)):
        done = subprocess.run(["dpkg", "--compare-versions", before, "lt", after], check=False)
        assert done.returncode == 0, f"{before} < {after}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("00000000:01F6", ("127.0.0.1", 502)),
        ("0201A8C0:0050", ("192.168.1.2", 80)),
        ("00000000000000000000000000000000:01BB", ("::1", 443)),
        ("000080FE00000000FF005450B6C8C1FE:01F6", ("fe80::5054:ff:fec1:c8b6", 502)),
    ],
)
def test_the_health_check_reads_where_the_kernel_says_that_a_service_listens(text: str, place: tuple[str, int]) -> None:
    """As /proc/net/tcp has it on a computer of the usual byte order."""
    assert runpy.run_path(str(FOLDER / "debian" / "health"))["address_of"](text) == place


def test_every_script_of_the_package_is_sound_shell() -> None:
    scripts = [
        path for path in (FOLDER / "debian").iterdir() if path.read_text(encoding="utf-8").startswith("#!/bin/sh")
    ]
    assert len(scripts) == 5
    for script in [*scripts, FOLDER / "repository"]:
        done = subprocess.run(["sh", "-n", str(script)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def long_description() -> Any:  # noqa: ANN401 - a function of a module that is no package's
    return runpy.run_path(str(FOLDER / "long_description.py"))["long_description"]


def test_what_pypi_shows_has_no_link_into_the_repository(long_description: Any) -> None:  # noqa: ANN401
    shown = long_description((ROOT / "README.md").read_text(encoding="utf-8"))
    assert re.findall(r"\]\((?!https?://|#)", shown) == []
    assert "<img" not in shown
    assert "recipes (docs/recipes.md)" in shown
    named = set(re.findall(r"\b(?:docs/[\w-]+\.md|[A-Z]+\.md|deploy/[\w/]+\.md)", shown))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_what_pypi_shows_links_to_the_repository_where_its_address_is_known(long_description: Any) -> None:  # noqa: ANN401
    text = (
        'A.\n\n<img alt="x" src="docs/x.png"> <img src="y">\n\n[a](docs/a.md#part), [b](https://b.example), [c](#c)\n'
    )
    base = "https://code.example/han2x/"
    assert long_description(text, base) == (
        "A.\n\n[a](https://code.example/han2x/docs/a.md#part), [b](https://b.example), [c](#c)\n"
    )


@pytest.mark.parametrize(
    ("architecture", "why"),
    [("armhf", "the makers of cffi, dbus-fast, gpiod and msgspec"), ("riscv64", "for amd64 and arm64 only")],
)
def test_a_package_that_cannot_be_built_is_refused_in_words_before_anything_is_fetched(
    tmp_path: Path, architecture: str, why: str
) -> None:
    command = [sys.executable, str(FOLDER / "build_deb.py"), architecture, "--output", str(tmp_path)]
    # A folder of wheels that has none: whatever is asked for them first fails.
    environment = os.environ | {"HAN2X_WHEELS": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith(f"No package for {architecture}: ")
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
