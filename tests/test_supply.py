"""The lock files name all that the appliance is made of, and nothing else gets in."""

from __future__ import annotations

import hashlib
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT
from tests.tools import needed

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS: Final = {name: (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8") for name in ("appliance", "build")}
NEEDED: Final = {
    "appliance": [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["gpio"]],
    "build": PROJECT["build-system"]["requires"],
}
PACKAGE: Final = "example-1.0-py3-none-any.whl"

Install = Callable[..., subprocess.CompletedProcess[str]]


def _locked(lock: str) -> dict[str, Version]:
    """The releases in a lock file, by the package's name."""
    entries = (Requirement(line.partition("\\")[0]) for line in LOCKS[lock].splitlines() if re.match(r"[a-z0-9]", line))
    return {canonicalize_name(entry.name): Version(str(entry.specifier).removeprefix("==")) for entry in entries}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_that_is_asked_for_is_locked_to_a_release_that_fits(lock: str) -> None:
    locked = _locked(lock)
    for text in NEEDED[lock]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), text


def test_what_the_locked_packages_need_is_locked_too() -> None:
    locked = _locked("appliance")
    looked_at = 0
    for name in locked:
        for text in metadata.requires(name) or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                looked_at += 1
                assert canonicalize_name(wanted.name) in locked, f"{name} needs {text}"
    assert looked_at > 10


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_release_has_its_hashes_and_no_address(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", LOCKS[lock])[1:]
    assert len(entries) == len(_locked(lock))
    assert all(re.search(r" \\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in LOCKS[lock]


@pytest.mark.parametrize("file", ["Dockerfile", "systemd/install"])
def test_whatever_is_installed_for_good_has_its_hash_compared_or_lies_there_already(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    commands = re.findall(r"pip install [^\n]*?(?=&&|\n)", text)
    assert commands
    assert all("--require-hashes" in command or "--no-index" in command for command in commands)
    assert all("--no-deps" in command for command in commands if "--no-index" in command)


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Installs a lock file of one package that lies in a folder; says how that went."""

    def run(digest: str, *before: str, unverified: str = "") -> subprocess.CompletedProcess[str]:
        lock = tmp_path / "lock.txt"
        lock.write_text(f"example==1.0 \\\n    --hash=sha256:{digest}\n    # via somebody\n", encoding="utf-8")
        command = [*before, str(ROOT / "scripts" / "install-locked"), sys.executable, str(lock)]
        return subprocess.run(
            [*command, "--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "target")],
            capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "HAN2X_UNVERIFIED": unverified},
        )  # fmt: skip

    return run


@pytest.fixture
def digest(tmp_path: Path) -> str:
    """A wheel's."""
    about = "Metadata-Version: 2.1\nName: example\nVersion: 1.0\n"
    with zipfile.ZipFile(tmp_path / PACKAGE, "w") as wheel:
        wheel.writestr("example.py", "")
        wheel.writestr("example-1.0.dist-info/METADATA", about)
        wheel.writestr("example-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("example-1.0.dist-info/RECORD", "example.py,,\n")
    return hashlib.sha256((tmp_path / PACKAGE).read_bytes()).hexdigest()


def test_the_locked_package_is_installed(install: Install, digest: str, tmp_path: Path) -> None:
    done = install(digest)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "example.py").exists()


def test_another_package_under_the_same_name_and_version_is_refused(
    install: Install, digest: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / PACKAGE, "a") as wheel:
        wheel.writestr("more.py", "")
    done = install(digest)
    assert done.returncode != 0
    assert "HASHES" in done.stderr
    assert not (tmp_path / "target" / "example.py").exists()


def test_nothing_is_compiled_not_even_with_the_right_hash(install: Install, tmp_path: Path) -> None:
    source = tmp_path / "example-1.0.tar.gz"
    source.write_bytes(b"anything")
    done = install(hashlib.sha256(b"anything").hexdigest())
    assert done.returncode != 0
    assert "No matching distribution" in done.stderr


def test_where_there_are_no_hashes_it_refuses_unless_it_is_told_to_and_then_says_so(
    install: Install, digest: str, tmp_path: Path
) -> None:
    as_32_bit = (needed("setarch"), "linux32")
    refused = install(digest, *as_32_bit)
    assert refused.returncode == 77
    assert "HAN2X_UNVERIFIED=1" in refused.stderr
    assert not (tmp_path / "target").exists()
    done = install("0" * 64, *as_32_bit, unverified="1")
    assert done.returncode == 0, done.stderr
    assert "NOT VERIFIED" in done.stderr
    assert (tmp_path / "target" / "example.py").exists()


def test_being_told_to_do_without_hashes_counts_for_nothing_where_there_are_some(install: Install, digest: str) -> None:
    done = install("0" * 64, unverified="1")
    assert done.returncode != 0
    assert "HASHES" in done.stderr


CLEAN: Final = {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}
KNOWN: Final = {"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}]}
SKIPPED: Final = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
NPM_CLEAN: Final[dict[str, Any]] = {"vulnerabilities": {}}
NPM_KNOWN: Final = {"vulnerabilities": {"uplot": {"severity": "high"}}}
NPM_SILENT: Final = {"message": "405 Method Not Allowed"}


@pytest.mark.parametrize(
    ("python", "page", "status", "said"),
    [
        (CLEAN, NPM_CLEAN, 0, "no vulnerability is known"),
        (KNOWN, NPM_SILENT, 1, "a 1: CVE-1, fixed in 2"),
        (CLEAN, NPM_KNOWN, 1, "uplot: high"),
        (SKIPPED, NPM_CLEAN, 69, "Nothing is proved"),
        (CLEAN, NPM_SILENT, 69, "405 Method Not Allowed"),
        (CLEAN, None, 69, "npm is not installed"),
        (None, NPM_CLEAN, 69, "Nothing is proved"),
    ],
)
def test_an_audit_proves_something_only_where_everything_was_looked_up(
    python: Any,  # noqa: ANN401 - JSON
    page: Any,  # noqa: ANN401 - JSON
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    audit = runpy.run_path(str(ROOT / "scripts" / "audit"))
    assert audit["verdict"](audit["of_python"](python), audit["of_page"](page)) == status
    assert said in capsys.readouterr().out
