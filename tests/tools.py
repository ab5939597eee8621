"""What some tests need of the system. Where it is missing they are left out, and fail where CI is set."""

from __future__ import annotations

import os
import shutil
import signal
from typing import NoReturn

import pytest


def leave_out(reason: str) -> NoReturn:
    """End the test that cannot be run here."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def heed_interrupts() -> None:
    """Let programs that the tests start be interrupted. A shell has what runs in its background ignore that signal, and
    all that it starts inherits it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def uncovered() -> dict[str, str]:
    """The environment of a program whose imports are looked at: measuring what it covers would import more."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def needed(program: str) -> str:
    """The path of a program."""
    return shutil.which(program) or leave_out(f"{program} is not installed; make test-packages would")
