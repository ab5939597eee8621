"""The laboratory, new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.network.lab import Agent, Lab, running_lab, what_is_missing
from tests.tools import leave_out


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Leave the tests out where there can be no laboratory."""
    if missing := what_is_missing():
        leave_out(missing)


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The laboratory; `auto_default` as its parameter lets NetworkManager make a profile of its own."""
    with running_lab(tmp_path, auto_default=getattr(request, "param", "") == "auto_default") as lab:
        yield lab


@pytest.fixture
def static(lab: Lab) -> Agent:
    """The daemon side, on a computer at 192.168.77.10/24."""
    lab.profile("ipv4.method manual ipv4.addresses 192.168.77.10/24 ipv4.gateway 192.168.77.1")
    return lab.agent()


@pytest.fixture
def dhcp(lab: Lab) -> Agent:
    """The daemon side, on a computer that has its address from DHCP."""
    lab.profile("ipv4.method auto")
    return lab.agent()
