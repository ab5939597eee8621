"""Who is logged in, over restarts of the program: when it is written, and what happens when it cannot be."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from han2x.web import Access
from han2x.web.kept_sessions import RETRY_S, USE_EVERY_S
from han2x.web.passwords import Cost
from tests.web.clocks import Clock
from tests.web.fake_control import FakeDocument

CHEAP = Cost(log_n=4, r=1, p=1)
PASSWORD = "grønn sykkel 77"
OTHER = "gul traktor 1954"
HERE = "192.168.1.10"


class CountingDocument(FakeDocument):
    """Counts how often it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.saves = 0

    def save(self, data: dict[str, Any]) -> None:
        self.saves += 1
        super().save(data)


class Disk:
    """What is left when the program is gone, and a program that comes after it."""

    def __init__(self) -> None:
        self.credentials = FakeDocument()
        self.sessions = CountingDocument()
        self.wall = Clock()
        self.wall.now = 1_800_000_000.0

    def program(self) -> Access:
        """One that has just been started."""
        self.clock = Clock()
        return Access(self.credentials, self.sessions, clock=self.clock, wall=self.wall, cost=CHEAP)

    async def owned(self) -> Access:
        """One that somebody has visited; it has written one session."""
        access = self.program()
        self.first = await access.set_first_password(PASSWORD)
        return access


@pytest.fixture
def disk() -> Disk:
    return Disk()


async def _background() -> None:
    """Let what was begun in the background come to its end."""
    mine = asyncio.current_task()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not mine))


async def test_who_has_logged_in_still_is_after_a_restart(disk: Disk) -> None:
    access = await disk.owned()
    token = await access.log_in(PASSWORD, HERE)
    before = access.find_session(token)
    after = disk.program().find_session(token)
    assert before is not None
    assert after is not None
    assert after.csrf == before.csrf


async def test_who_has_logged_out_stays_so_after_a_restart(disk: Disk) -> None:
    access = await disk.owned()
    session = access.find_session(disk.first)
    assert session is not None
    await access.log_out(session)
    assert disk.program().find_session(disk.first) is None


async def test_a_login_in_the_place_of_another_ends_that_one_on_the_disk_too(disk: Disk) -> None:
    access = await disk.owned()
    token = await access.log_in(PASSWORD, HERE, instead_of=access.find_session(disk.first))
    later = disk.program()
    assert later.find_session(disk.first) is None
    assert later.find_session(token) is not None


async def test_a_changed_password_ends_the_others_on_the_disk_too(disk: Disk) -> None:
    access = await disk.owned()
    token = await access.log_in(PASSWORD, HERE)
    session = access.find_session(token)
    assert session is not None
    await access.change_password(PASSWORD, OTHER, HERE, session)
    later = disk.program()
    assert later.find_session(token) is not None
    assert later.find_session(disk.first) is None


async def test_a_power_cut_between_password_and_sessions_logs_everyone_out(disk: Disk) -> None:
    access = await disk.owned()
    session = access.find_session(disk.first)
    assert session is not None
    disk.sessions.failing = True
    await access.change_password(PASSWORD, OTHER, HERE, session)
    assert disk.program().find_session(disk.first) is None


async def test_a_factory_reset_leaves_no_session_on_the_disk(disk: Disk) -> None:
    access = await disk.owned()
    await access.forget()
    assert disk.sessions.kept is None
    later = disk.program()
    await later.set_first_password(PASSWORD)
    assert later.find_session(disk.first) is None


async def test_without_a_password_on_the_disk_no_session_counts(disk: Disk) -> None:
    await disk.owned()
    disk.credentials.kept = None
    assert disk.program().find_session(disk.first) is None


async def test_a_damaged_document_means_that_nobody_is_logged_in_and_says_so(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    access = await disk.owned()
    disk.sessions.kept = {"sessions": "gone"}
    access = disk.program()
    assert len(access.sessions) == 0
    assert "the kept logins cannot be used" in caplog.text
    assert access.find_session(await access.log_in(PASSWORD, HERE)) is not None


async def test_mere_use_is_written_seldom(disk: Disk) -> None:
    access = await disk.owned()
    written = disk.sessions.saves
    for _ in range(100):
        disk.clock.now += USE_EVERY_S / 101
        assert access.find_session(disk.first) is not None
    await _background()
    assert disk.sessions.saves == written
    disk.clock.now += USE_EVERY_S / 50
    for _ in range(3):
        access.find_session(disk.first)
    await _background()
    assert disk.sessions.saves == written + 1
    assert disk.sessions.kept is not None
    (kept,) = disk.sessions.kept["sessions"]
    assert kept["used"] - kept["began"] >= USE_EVERY_S


async def test_a_login_that_cannot_be_kept_is_one_all_the_same_and_is_kept_as_soon_as_it_can(
    disk: Disk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)
        disk.sessions.failing = len(waits) < 3

    access = await disk.owned()
    disk.sessions.failing = True
    monkeypatch.setattr(asyncio, "sleep", no_wait)
    caplog.set_level(logging.ERROR)
    token = await access.log_in(PASSWORD, HERE)
    assert access.find_session(token) is not None
    for _ in range(5):
        await _background()
    assert waits == [RETRY_S] * 3
    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == [logging.ERROR]
    assert disk.program().find_session(token) is not None


async def test_what_is_kept_and_logged_has_no_token(disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    access = await disk.owned()
    session = access.find_session(disk.first)
    assert session is not None
    written = f"{disk.sessions.kept} {caplog.text}"
    assert disk.first not in written
    assert session.csrf not in written
