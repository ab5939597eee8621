"""Whoever is logged in stays so when the program is killed, and whoever has logged out does too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.test_page_changes import PASSWORD, Person, Refused
from tests.ports import free_port

pytestmark = [pytest.mark.end_to_end, pytest.mark.enable_socket, pytest.mark.timeout(120)]

OTHER = "correct horse batteries"


class Place:
    """A computer whose page is always at the same address; its gateway is killed, not asked to end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._web = f"127.0.0.1:{free_port()}"

    @contextmanager
    def gateway(self) -> Iterator[Gateway]:
        with running_gateway(self.folder, "--web", self._web) as gateway:
            yield gateway


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _may_change(person: Person, factor: int) -> bool:
    """Whether the page that is still open, with the CSRF token that it has, changes a setting."""
    try:
        person.change((["meters", 0, "scaling_factor"], factor))
    except Refused as refused:
        if (refused.status, refused.error["code"]) != (401, "not-logged-in"):
            raise
        return False
    return True


def test_a_page_that_is_open_goes_on_after_the_program_was_killed(place: Place) -> None:
    with place.gateway() as gateway:
        person = Person(gateway)
        person.first_visit()
        assert _may_change(person, 2000)
        gateway.kill()
    with place.gateway():
        assert _may_change(person, 3000)
        assert person.ask("GET", "/session")["csrf"] == person.csrf


def test_who_has_logged_out_stays_so_after_the_program_was_killed(place: Place) -> None:
    with place.gateway() as gateway:
        person, other = Person(gateway), Person(gateway)
        person.first_visit()
        other.login()
        person.ask("POST", "/logout")
        gateway.kill()
    with place.gateway():
        assert not _may_change(person, 2000)
        assert _may_change(other, 2000)


def test_a_changed_password_and_a_factory_reset_end_sessions_on_the_disk_too(place: Place) -> None:
    with place.gateway() as gateway:
        person, other = Person(gateway), Person(gateway)
        person.first_visit()
        other.login()
        person.ask("POST", "/password", {"old": PASSWORD, "new": OTHER})
        gateway.kill()
    with place.gateway() as gateway:
        assert not _may_change(other, 2000)
        assert _may_change(person, 2000)
        person.ask("POST", "/factory-reset", {"confirm": "factory-reset"})
        gateway.kill()
    with place.gateway() as gateway:
        assert person.ask("GET", "/session")["logged_in"] is False
        assert Person(gateway).ask("GET", "/session")["password_set"] is False


@pytest.mark.parametrize("damage", ["cut short", "another checksum", "not JSON", "no document"])
def test_damaged_sessions_mean_that_nobody_is_logged_in_and_the_gateway_serves(place: Place, damage: str) -> None:
    with place.gateway() as gateway:
        person = Person(gateway)
        person.first_visit()
        gateway.kill()
    file = place.folder / "sessions.json"
    kept = json.loads(file.read_text())
    assert person.csrf not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    damaged = {
        "cut short": file.read_text()[:40],
        "another checksum": json.dumps({**kept, "crc32": "00000000"}),
        "not JSON": "\0" * 100,
        "no document": "[]",
    }
    file.write_text(damaged[damage])
    with place.gateway():
        assert not _may_change(person, 2000)
        person.login()
        assert _may_change(person, 2000)
