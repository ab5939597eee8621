"""aiohttp's server stands without its client, and whoever wants the client gets it all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

_MODULE: Final = str(ROOT / "han2x/web/aiohttp_server.py")
_CLIENT: Final = {"aiohttp.client", "aiohttp.connector", "aiohttp.cookiejar"}


def _ran(program: str) -> list[str]:
    return subprocess.check_output([sys.executable, "-c", program], text=True, timeout=120, cwd=ROOT).splitlines()


def test_the_page_s_server_imports_no_client() -> None:
    (loaded,) = _ran("import sys, han2x.web; from aiohttp import web, http_exceptions; print(*sys.modules)")
    assert "aiohttp.web_runner" in loaded.split()
    assert not _CLIENT & set(loaded.split())


@pytest.mark.parametrize(
    "wanting",
    [
        "from aiohttp import ClientSession",
        "import aiohttp; aiohttp.ClientSession",
        "from aiohttp import *; ClientSession",
    ],
)
def test_who_wants_the_client_gets_it_with_the_same_server(wanting: str) -> None:
    said = _ran(
        f"import han2x.web; from aiohttp import web as before\n{wanting}\n"
        "import aiohttp, aiohttp.client; from importlib.metadata import version\n"
        "print(aiohttp.ClientSession is aiohttp.client.ClientSession, aiohttp.web is before)\n"
        "print(aiohttp.__version__ == version('aiohttp'), 'ClientSession' in aiohttp.__all__)\n"
        "print(hasattr(aiohttp, 'nonsense'))"
    )
    assert said == ["True True", "True True", "False"]


def test_the_server_names_the_library_s_own_version() -> None:
    said = _ran(
        "import han2x.web; from aiohttp.http import SERVER_SOFTWARE; from importlib.metadata import version\n"
        "print(f'aiohttp/{version(\"aiohttp\")}' in SERVER_SOFTWARE)"
    )
    assert said == ["True"]


@pytest.mark.parametrize(
    "init", ["import fractions\n", "__version__ = get_version()\nimport fractions\n"], ids=["none", "computed"]
)
def test_a_library_whose_version_cannot_be_read_is_imported_as_a_whole(init: str, tmp_path: Path) -> None:
    package = tmp_path / "aiohttp"
    package.mkdir()
    (package / "__init__.py").write_text(f"get_version = lambda: '9'\n{init}")
    said = _ran(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        f"import importlib.util as u; spec = u.spec_from_file_location('alone', {_MODULE!r})\n"
        "module = u.module_from_spec(spec); spec.loader.exec_module(module); module.leave_the_client()\n"
        "import aiohttp; print(aiohttp.__file__.startswith(sys.path[0]), 'fractions' in sys.modules)"
    )
    assert said == ["True True"]
