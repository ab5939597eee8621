"""Password, sessions and API tokens together: what is kept, what is refused, and what a refusal leaves as it was."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from han2x.api.access import Token
from han2x.web import Access, ConflictError, InvalidValuesError, MissingError
from han2x.web.credentials import MOST_TOKENS
from han2x.web.passwords import Cost
from han2x.web.refusals import SlowDownError, StorageError, WrongPasswordError
from han2x.web.turns import MOST_WAITING
from han2x.web.visitor import Visitor
from tests.web.clocks import Clock
from tests.web.fake_control import FakeDocument

CHEAP = Cost(log_n=4, r=1, p=1)
PASSWORD = "grønn sykkel 77"
OTHER = "gul traktor 1954"
HERE = "192.168.1.10"


@pytest.fixture
def kept() -> FakeDocument:
    return FakeDocument()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(kept: FakeDocument, clock: Clock) -> Access:
    return Access(kept, clock=clock, cost=CHEAP)


@pytest.fixture
async def owned(access: Access) -> Access:
    await access.set_first_password(PASSWORD)
    return access


async def test_before_the_first_visit_there_is_no_password_and_none_is_right(access: Access) -> None:
    assert not access.password_set
    for password in ("", "admin", "han2x", PASSWORD):
        with pytest.raises(ConflictError) as refused:
            await access.log_in(password, HERE)
        assert refused.value.code == "not-set"


async def test_the_first_password_opens_a_session_and_outlives_the_program(
    access: Access, kept: FakeDocument, clock: Clock
) -> None:
    assert access.sessions.find(await access.set_first_password(PASSWORD))
    later = Access(kept, clock=clock, cost=CHEAP)
    assert later.password_set
    assert later.sessions.find(await later.log_in(PASSWORD, HERE))


async def test_a_second_first_password_is_refused_even_at_the_same_moment(access: Access) -> None:
    outcomes = await asyncio.gather(
        access.set_first_password(PASSWORD), access.set_first_password(OTHER), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [str, ConflictError]
    assert await access.log_in(PASSWORD, HERE)


async def test_a_weak_first_password_is_refused_and_nothing_is_kept(access: Access, kept: FakeDocument) -> None:
    with pytest.raises(InvalidValuesError) as refused:
        await access.set_first_password("password12")
    assert refused.value.code == "password-common"
    assert refused.value.more["codes"] == {"password": {"code": "password-common"}}
    assert kept.kept is None


async def test_what_is_kept_and_logged_has_neither_passwords_nor_tokens(
    owned: Access, kept: FakeDocument, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = (await owned.add_token("home", "read")).token
    with pytest.raises(WrongPasswordError):
        await owned.log_in(OTHER, HERE)
    written = json.dumps(kept.kept, ensure_ascii=False) + caplog.text
    assert "a login from 192.168.1.10 failed" in written
    for secret in (PASSWORD, OTHER, token):
        assert secret not in written


async def test_wrong_passwords_are_refused_and_then_slowed_down(owned: Access, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(WrongPasswordError):
            await owned.log_in(OTHER, HERE)
    with pytest.raises(SlowDownError) as refused:
        await owned.log_in(PASSWORD, HERE)
    assert refused.value.wait_s == refused.value.more["retry_after_s"] == 1
    clock.now += 1
    assert await owned.log_in(PASSWORD, HERE)


async def test_guesses_at_the_same_moment_count_one_by_one(owned: Access) -> None:
    guesses = (owned.log_in(f"gul traktor {number}", HERE) for number in range(50))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(outcome, WrongPasswordError) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, SlowDownError) for outcome in outcomes) == 45


async def test_only_so_many_logins_wait_for_one_another_whoever_they_are(owned: Access) -> None:
    logins = (owned.log_in(PASSWORD, f"10.0.0.{number}") for number in range(25))
    outcomes = await asyncio.gather(*logins, return_exceptions=True)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == MOST_WAITING
    assert {type(outcome) for outcome in outcomes} == {str, SlowDownError}


async def test_a_changed_password_ends_all_other_sessions(owned: Access) -> None:
    mine, other = await owned.log_in(PASSWORD, HERE), await owned.log_in(PASSWORD, "10.0.0.1")
    session = owned.sessions.find(mine)
    assert session is not None
    await owned.change_password(PASSWORD, OTHER, HERE, session)
    assert owned.sessions.find(mine) is session
    assert owned.sessions.find(other) is None
    with pytest.raises(WrongPasswordError):
        await owned.log_in(PASSWORD, HERE)
    assert await owned.log_in(OTHER, HERE)


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        (OTHER, "blå båt nummer 3", "old", "password-wrong"),
        (PASSWORD, "short", "new", "password-short"),
        (PASSWORD, PASSWORD, "new", "password-same"),
    ],
)
async def test_a_refused_change_of_password_changes_nothing(
    owned: Access, old: str, new: str, field: str, code: str
) -> None:
    mine, other = await owned.log_in(PASSWORD, HERE), await owned.log_in(PASSWORD, HERE)
    session = owned.sessions.find(mine)
    assert session is not None
    with pytest.raises(InvalidValuesError) as refused:
        await owned.change_password(old, new, HERE, session)
    assert list(refused.value.more["fields"]) == [field]
    assert refused.value.code == code
    assert owned.sessions.find(other)
    assert await owned.log_in(PASSWORD, HERE)


async def test_the_present_password_cannot_be_guessed_through_the_change_either(owned: Access) -> None:
    session = owned.sessions.find(await owned.log_in(PASSWORD, HERE))
    assert session is not None
    for _ in range(5):
        with pytest.raises(InvalidValuesError):
            await owned.change_password(OTHER, "blå båt nummer 3", HERE, session)
    with pytest.raises(SlowDownError):
        await owned.change_password(PASSWORD, "blå båt nummer 3", HERE, session)


async def test_an_api_token_is_shown_once_and_found_by_its_text_only(
    owned: Access, kept: FakeDocument, clock: Clock
) -> None:
    made = await owned.add_token("home", "administer")
    assert made.token.startswith("h2x_")
    (listed,) = owned.tokens()
    assert listed == Token(
        id=made.id, name=made.name, scope="administer", read_only=False, created=made.created, used=None
    )
    later = Access(kept, clock=clock, cost=CHEAP)
    found = later.find_token(made.token)
    assert found is not None
    assert found["name"] == "home"
    for text in ("", made.token[:-1], made.id, found["hash"]):
        assert later.find_token(text) is None


async def test_a_removed_token_is_useless_at_once(owned: Access) -> None:
    made = await owned.add_token("home", "administer")
    visitor = Visitor(token=owned.find_token(made.token))
    assert owned.still(visitor).known
    await owned.remove_token(made.id)
    assert owned.find_token(made.token) is None
    assert not owned.still(visitor).known
    with pytest.raises(MissingError):
        await owned.remove_token(made.id)


async def test_there_are_only_so_many_tokens(owned: Access) -> None:
    for number in range(MOST_TOKENS):
        await owned.add_token(str(number), "read")
    with pytest.raises(ConflictError) as refused:
        await owned.add_token("more", "read")
    assert refused.value.code == "too-many"


async def test_what_cannot_be_stored_is_not_in_force(access: Access, kept: FakeDocument) -> None:
    kept.failing = True
    with pytest.raises(StorageError):
        await access.set_first_password(PASSWORD)
    assert not access.password_set
    kept.failing = False
    await access.set_first_password(PASSWORD)
    kept.failing = True
    with pytest.raises(StorageError):
        await access.add_token("home", "read")
    assert access.tokens() == []


async def test_after_a_factory_reset_nothing_is_left(owned: Access, kept: FakeDocument) -> None:
    session_token = await owned.log_in(PASSWORD, HERE)
    token = (await owned.add_token("home", "administer")).token
    await owned.forget()
    assert not owned.password_set
    assert owned.sessions.find(session_token) is None
    assert owned.find_token(token) is None
    assert kept.kept is None


def test_a_document_that_says_there_is_no_password_is_as_none() -> None:
    kept = FakeDocument()
    kept.kept = {"password": None, "tokens": []}
    access = Access(kept)
    assert not access.password_set
    assert not access.locked
    assert access.tokens() == []
