"""Who has logged in before: kept over a restart, and of this password's time only."""

from __future__ import annotations

import pytest

from han2x.web import Access
from han2x.web.known import MOST, TOKEN_USE_EVERY_S
from tests.web.clocks import Clock
from tests.web.gateway import CHEAP, PASSWORD
from tests.web.test_kept_sessions import CountingDocument

OTHER = "gul traktor 1954"
HERE = "192.168.1.10"


class Disk:
    def __init__(self) -> None:
        self.credentials, self.sessions, self.known = CountingDocument(), CountingDocument(), CountingDocument()
        self.wall = Clock()

    def program(self) -> Access:
        """One that has just been started."""
        return Access(self.credentials, self.sessions, self.known, wall=self.wall, cost=CHEAP)


@pytest.fixture
def disk() -> Disk:
    return Disk()


async def test_browser_and_host_of_a_login_are_known_after_a_restart(disk: Disk) -> None:
    access = disk.program()
    await access.set_first_password(PASSWORD)
    await access.log_in(PASSWORD, HERE)
    cookie = await access.know_browser("")
    known = disk.program()._known
    assert known.has("10.0.0.1", cookie)
    assert known.has(HERE, "")
    assert not known.has("10.0.0.1", "")
    assert not known.has("10.0.0.1", "made up")
    assert cookie not in str(disk.known.kept)


async def test_a_changed_password_leaves_only_the_browser_that_changed_it(disk: Disk) -> None:
    access = disk.program()
    session = access.sessions.find(await access.set_first_password(PASSWORD))
    assert session is not None
    mine, other = await access.know_browser(""), await access.know_browser("")
    await access.change_password(PASSWORD, OTHER, HERE, session, browser=mine)
    known = disk.program()._known
    assert known.has_browser(mine)
    assert not known.has_browser(other)


async def test_after_a_reset_nobody_is_known(disk: Disk) -> None:
    access = disk.program()
    await access.set_first_password(PASSWORD)
    cookie = await access.know_browser("")
    await access.forget()
    await access.set_first_password(PASSWORD)
    assert not access._known.has("", cookie)
    assert not disk.program()._known.has("", cookie)


async def test_only_so_many_are_remembered_the_last_ones(disk: Disk) -> None:
    access = disk.program()
    await access.set_first_password(PASSWORD)
    cookies = [await access.know_browser("") for _ in range(MOST + 3)]
    known = disk.program()._known
    assert [known.has_browser(cookie) for cookie in cookies] == [False] * 3 + [True] * MOST


@pytest.mark.parametrize("damaged", [{}, {"owner": 5}, {"owner": "", "browsers": None, "hosts": [], "tokens": {}}])
async def test_what_is_damaged_means_that_nobody_is_known(disk: Disk, damaged: dict[str, object]) -> None:
    await disk.program().set_first_password(PASSWORD)
    disk.known.kept = damaged
    assert await disk.program().log_in(PASSWORD, HERE)


async def test_the_last_use_of_a_token_is_kept_now_and_then(disk: Disk) -> None:
    access = disk.program()
    await access.set_first_password(PASSWORD)
    text = (await access.add_token("home", "read")).token
    disk.known.saves = 0
    for _ in range(50):
        disk.wall.now += 1
        assert access.find_token(text)
    await access._known.save()
    used = access.tokens()[0].used
    assert used is not None
    assert disk.known.saves <= 2
    assert disk.program().tokens()[0].used == used
    disk.wall.now += TOKEN_USE_EVERY_S
    access.find_token(text)
    assert access.tokens()[0].used == int(disk.wall.now)
