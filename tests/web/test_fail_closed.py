"""What is damaged of the credentials never opens the door: nobody gets in, until somebody at the computer resets it."""

from __future__ import annotations

import errno
import itertools
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from han2x.app.stored import CREDENTIALS, SESSIONS, StoredDocument
from han2x.store import Store
from han2x.web import Access
from han2x.web.refusals import LockedError, StorageError
from tests.web.gateway import CHEAP, PASSWORD

OTHER = "gul traktor 1954"
HERE = "192.168.1.10"

Damage = Callable[[Path], object]


def program(state: Path) -> Access:
    """One that has just been started."""
    store = Store(state)
    return Access(StoredDocument(store, CREDENTIALS), StoredDocument(store, SESSIONS), cost=CHEAP)


@pytest.fixture
async def state(tmp_path: Path) -> Path:
    """A state directory with a password, a token and a session."""
    access = program(tmp_path)
    await access.set_first_password(PASSWORD)
    await access.add_token("home", "administer")
    return tmp_path


def file_of(state: Path) -> Path:
    return state / "credentials.json"


def as_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def of_newer_format(file: Path) -> None:
    file.write_text(file.read_text().replace('"format": 1', '"format": 2'))


def of_shape(data: object) -> Damage:
    def write(file: Path) -> None:
        file.unlink()
        Store(file.parent).save(CREDENTIALS, data)  # type: ignore[arg-type]

    return write


def set_aside_by_another(file: Path) -> None:
    """As a version of the program did that took what was damaged for nothing."""
    file.rename(file.with_name(f"{file.name}.damaged-20251120T120000Z"))


DAMAGES: dict[str, Damage] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:40]),
    "not JSON": lambda file: file.write_bytes(b"\xff\xfe\x00"),
    "zeros": lambda file: file.write_bytes(bytes(400)),
    "a newer format": of_newer_format,
    "a directory": as_directory,
    "set aside": set_aside_by_another,
    "no password in it": of_shape({"tokens": []}),
    "nothing in it": of_shape({}),
    "a number for a password": of_shape({"password": 5, "tokens": []}),
    "a password in clear": of_shape({"password": PASSWORD, "tokens": []}),
    "no tokens in it": of_shape({"password": None}),
    "null for tokens": of_shape({"password": None, "tokens": None}),
    "a token of a strange scope": of_shape(
        {"password": None, "tokens": [{"id": "1", "name": "x", "created": 1, "hash": "0" * 64, "scope": "all"}]}
    ),
}


@pytest.fixture(params=DAMAGES)
def damaged(request: pytest.FixtureRequest, state: Path) -> Path:
    """A state directory whose credentials are damaged."""
    DAMAGES[request.param](file_of(state))
    return state


async def test_nobody_can_log_in_or_set_a_password(damaged: Path) -> None:
    access = program(damaged)
    assert access.password_set
    assert access.locked
    with pytest.raises(LockedError):
        await access.set_first_password(OTHER)
    for password in ("", PASSWORD, OTHER):
        with pytest.raises(LockedError):
            await access.log_in(password, HERE)


async def test_the_next_start_finds_the_same(damaged: Path) -> None:
    for _ in range(3):
        assert program(damaged).locked


async def test_tokens_and_sessions_are_dead(state: Path) -> None:
    access = program(state)
    session, token = await access.log_in(PASSWORD, HERE), (await access.add_token("more", "read")).token
    file_of(state).write_bytes(b"")
    later = program(state)
    assert later.find_session(session) is None
    assert later.find_token(token) is None
    assert later.tokens() == []


async def test_the_log_says_so_and_what_to_do(damaged: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    program(damaged)
    assert "nobody can log in" in caplog.text
    assert "sudo han2x password reset" in caplog.text


async def test_a_reset_opens_it_again_for_good(damaged: Path) -> None:
    access = program(damaged)
    await access.forget()
    assert not access.password_set
    assert not program(damaged).password_set
    assert list(damaged.glob("credentials*")) == []
    await access.set_first_password(OTHER)
    assert await program(damaged).log_in(OTHER, HERE)


async def test_a_press_of_the_button_forgets_what_cannot_be_read_and_no_good_password(state: Path) -> None:
    access = program(state)
    assert not await access.open_claim()
    assert await access.log_in(PASSWORD, HERE)
    file_of(state).write_bytes(b"")
    later = program(state)
    assert await later.open_claim()
    assert not later.password_set
    assert later.claim.open_s > 0


async def test_a_disk_that_cannot_be_read_does_not_open_the_door(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Path.open

    def broken(path: Path, mode: str = "r") -> object:
        if path == file_of(state):
            raise OSError(errno.EIO, "Input/output error")
        return really(path, mode)

    monkeypatch.setattr(Path, "open", broken)
    assert program(state).locked
    monkeypatch.undo()
    assert await program(state).log_in(PASSWORD, HERE)


async def test_what_cannot_be_removed_stays_locked(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file_of(state).write_bytes(b"")
    access = program(state)

    def read_only(_path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(StorageError):
        await access.forget()
    assert access.locked


@pytest.mark.timeout(300)
async def test_every_bit_that_flips_leaves_the_same_credentials_or_nobody_in(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    whole = file_of(state).read_bytes()
    good = json.loads(whole)["data"]
    outcomes = {"same": 0, "locked": 0}
    for place, bit in itertools.product(range(len(whole)), range(8)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        file_of(state).write_bytes(flipped)
        access = program(state)
        if not access.locked:
            assert access._held.now.password == good["password"]
            assert [token["hash"] for token in access._held.now.tokens] == [token["hash"] for token in good["tokens"]]
        outcomes["locked" if access.locked else "same"] += 1
    assert sum(outcomes.values()) == 8 * len(whole)
    assert outcomes["locked"] > 6 * len(whole)
    assert sorted(path.name for path in state.glob("credentials*")) == ["credentials.json"]


async def test_damaged_sessions_are_just_none(state: Path) -> None:
    session = await program(state).log_in(PASSWORD, HERE)
    (state / "sessions.json").write_bytes(b"{")
    access = program(state)
    assert access.find_session(session) is None
    assert not access.locked
    assert await access.log_in(PASSWORD, HERE)
    (state / "sessions.json").unlink()
    (state / "sessions.json").mkdir()
    assert program(state).password_set
