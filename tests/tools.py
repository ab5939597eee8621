"""What some tests need of the system. Where it is missing they are left out, and fail where CI is set."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def leave_out(reason: str) -> NoReturn:
    """End the test that cannot be run here."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def needed(program: str) -> str:
    """The path of a program."""
    return shutil.which(program) or leave_out(f"{program} is not installed; make test-packages would")
