"""A gateway that really runs, as the tests in the browser use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.conftest import PASSWORD
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.test_page_changes import Person


class Running:
    """A running gateway as the browser's fixtures know one."""

    def __init__(self, gateway: Gateway) -> None:
        self.url = gateway.web_url


def set_up(gateway: Gateway) -> Running:
    """Choose its password, as its first visitor does."""
    Person(gateway).ask("POST", "/setup", {"password": PASSWORD})
    return Running(gateway)


@contextmanager
def owned_gateway(state_dir: Path, *arguments: str, web: str | None = "127.0.0.1:0") -> Iterator[Gateway]:
    """A gateway that has its password; it is gone when the block ends. Without `web` its settings say where."""
    with running_gateway(state_dir, *arguments, web=web) as gateway:
        set_up(gateway)
        yield gateway
