"""aiohttp's server without its client, which nothing here uses: four megabytes, half of them the certificate
authorities that this computer trusts, which the client reads when it is imported.

Whoever imports `aiohttp.web` runs the package's `__init__` first, and that imports the client. So the package is put
in place here without having run it. It is run as soon as one of its own names is wanted, so that nobody who imports
aiohttp later sees a difference.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGE: Final = "aiohttp"
_VERSION: Final = re.compile(rb'^__version__ = "([^"\n]+)"$', re.MULTILINE)


def leave_the_client() -> None:
    """Let imports of aiohttp's modules from now on import no client.

    Without effect where aiohttp has been imported, is not there, or does not begin with its version, the one name of
    the package that its server asks for: then it is imported as a whole, as usual.
    """
    spec = None if PACKAGE in sys.modules else importlib.util.find_spec(PACKAGE)
    if spec is None or spec.loader is None or spec.origin is None:
        return
    version = _version(Path(spec.origin))
    if version is None:
        return
    package = importlib.util.module_from_spec(spec)
    vars(package).update(__version__=version, __getattr__=_when_wanted(package, spec.loader.exec_module))
    sys.modules[PACKAGE] = package


def _version(init: Path) -> str | None:
    with suppress(OSError):
        if found := _VERSION.search(init.read_bytes()):
            return found[1].decode("ascii", "replace")
    return None


def _when_wanted(package: ModuleType, run: Callable[[ModuleType], None]) -> Callable[[str], object]:
    """What the package does about a name that it has not got: a module of that name, else it runs after all."""
    waiting = threading.RLock()
    pending = [run]

    def named(name: str) -> object:
        with suppress(ModuleNotFoundError):
            return importlib.import_module(f"{PACKAGE}.{name}")
        with waiting:
            if pending:
                pending.pop()(package)
        if name in vars(package):
            return vars(package)[name]
        own = vars(package)["__getattr__"]
        if own is named:
            raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}", name=name, obj=package)
        return own(name)

    return named
