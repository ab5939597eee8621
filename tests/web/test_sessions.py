"""Sessions: begun, found, ended, and forgotten in time."""

from __future__ import annotations

import pytest

from han2x.web.sessions import IDLE_S, LONGEST_S, MOST_SESSIONS, Sessions
from tests.web.clocks import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(clock)


def test_a_session_is_found_by_its_token_and_by_no_other(sessions: Sessions) -> None:
    token = sessions.begin()
    found = sessions.find(token)
    assert found is not None
    assert sessions.find(token) is found
    for other in ("", token[:-1], token + "x", token.lower(), "\ud800"):
        assert sessions.find(other) is None


def test_tokens_are_long_and_each_is_its_own_and_so_is_its_csrf_token(sessions: Sessions) -> None:
    tokens = {sessions.begin() for _ in range(10)}
    csrf = {found.csrf for token in tokens if (found := sessions.find(token))}
    assert len(tokens) == len(csrf) == 10
    assert all(len(text) >= 43 for text in tokens | csrf)


def test_neither_token_is_shown_when_a_session_is_printed(sessions: Sessions) -> None:
    token = sessions.begin()
    session = sessions.find(token)
    assert session is not None
    assert session.csrf not in repr(session)
    assert token not in repr(vars(sessions))


def test_a_session_that_has_ended_is_not_found(sessions: Sessions) -> None:
    token, other = sessions.begin(), sessions.begin()
    session = sessions.find(token)
    assert session is not None
    sessions.end(session)
    assert sessions.find(token) is None
    assert not sessions.alive(session)
    assert sessions.find(other) is not None


def test_all_can_be_ended_but_one(sessions: Sessions) -> None:
    token, other = sessions.begin(), sessions.begin()
    own = sessions.find(token)
    sessions.end_all(but=own)
    assert sessions.find(token) is own
    assert sessions.find(other) is None


def test_a_session_ends_when_it_is_idle(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin()
    clock.now += IDLE_S - 1
    assert sessions.find(token) is not None
    clock.now += IDLE_S
    assert sessions.find(token) is None


def test_a_session_ends_after_a_week_however_much_it_is_used(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin()
    session = sessions.find(token)
    assert session is not None
    for _ in range(LONGEST_S // 3600 - 1):
        clock.now += 3600
        assert sessions.alive(session)
    clock.now += 3600
    assert not sessions.alive(session)


def test_one_session_too_many_ends_the_one_unused_for_longest(sessions: Sessions, clock: Clock) -> None:
    tokens = []
    for _ in range(MOST_SESSIONS):
        clock.now += 1
        tokens.append(sessions.begin())
    clock.now += 1
    sessions.find(tokens[0])
    sessions.begin()
    assert len(sessions) == MOST_SESSIONS
    assert sessions.find(tokens[0]) is not None
    assert sessions.find(tokens[1]) is None
