"""Sessions: begun, found, ended, forgotten in time, and kept over a restart."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from han2x.web.dispatch import actor
from han2x.web.sessions import IDLE_S, LONGEST_CLIENT, LONGEST_S, MOST_SESSIONS, Sessions
from han2x.web.visitor import Visitor
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


def _after_a_restart(sessions: Sessions, clock: Clock, *, away_s: float = 5.0, owner: str = "owner") -> Sessions:
    """What a new program has whose steady clock begins again, when the wall clock went on by `away_s`."""
    document = json.loads(json.dumps(sessions.dump("owner", 1_800_000_000.0)))
    clock.now = 1.0
    later = Sessions(clock)
    later.restore(document, owner, 1_800_000_000.0 + away_s)
    return later


def test_a_session_outlives_the_program_with_the_same_csrf_token(sessions: Sessions, clock: Clock) -> None:
    token, other = sessions.begin(), sessions.begin()
    session, ended = sessions.find(token), sessions.find(other)
    assert session is not None
    assert ended is not None
    sessions.end(ended)
    later = _after_a_restart(sessions, clock)
    found = later.find(token)
    assert found is not None
    assert found.csrf == session.csrf
    assert later.find(other) is None


def test_what_is_kept_opens_nothing(sessions: Sessions) -> None:
    token = sessions.begin()
    session = sessions.find(token)
    assert session is not None
    written = json.dumps(sessions.dump("owner", 1_800_000_000.0))
    assert token not in written
    assert session.csrf not in written
    (kept,) = sessions.dump("owner", 1_800_000_000.0)["sessions"]
    assert sessions.find(kept["hash"]) is None


def test_a_restart_makes_no_session_younger(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin()
    clock.now += IDLE_S - 60
    later = _after_a_restart(sessions, clock, away_s=59)
    assert len(later) == 1
    later = _after_a_restart(later, clock, away_s=2)
    assert later.find(token) is None


def test_a_wall_clock_that_went_back_makes_no_session_younger(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin()
    clock.now += IDLE_S - 60
    later = _after_a_restart(sessions, clock, away_s=-50 * 365 * 86400)
    clock.now += 59
    assert len(later) == 1
    clock.now += 2
    assert later.find(token) is None


def test_a_week_is_a_week_over_any_number_of_restarts(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin()
    for _ in range(LONGEST_S // 3600 - 1):
        sessions = _after_a_restart(sessions, clock, away_s=1800)
        clock.now += 1800
        assert sessions.find(token) is not None
    clock.now += 3600
    assert sessions.find(token) is None


def test_the_sessions_of_another_password_are_not_taken_up(sessions: Sessions, clock: Clock) -> None:
    sessions.begin()
    assert len(_after_a_restart(sessions, clock, owner="another")) == 0


ENTRY = {"hash": "0" * 64, "began": 1.0, "used": 2.0}
DAMAGED: list[dict[str, Any]] = [
    {},
    {"owner": "owner", "saved": 3.0},
    {"owner": "owner", "saved": "3", "sessions": []},
    {"owner": "owner", "saved": 3.0, "sessions": {}},
    {"owner": "owner", "saved": 3.0, "sessions": [{**ENTRY, "used": None}]},
    {"owner": "owner", "saved": 3.0, "sessions": [{**ENTRY, "used": 9.9e9}]},
    {"owner": "owner", "saved": 3.0, "sessions": [{**ENTRY, "began": 2.5}]},
    {"owner": "owner", "saved": 3.0, "sessions": [{**ENTRY, "began": float("nan")}]},
    {"owner": "owner", "saved": 3.0, "sessions": [ENTRY] * (MOST_SESSIONS + 1)},
]


@pytest.mark.parametrize("document", DAMAGED)
def test_a_damaged_document_means_that_nobody_is_logged_in(sessions: Sessions, document: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        sessions.restore(document, "owner", 4.0)
    assert len(sessions) == 0


def test_who_is_logged_in_is_told_with_when_by_the_wall_clock_and_from_where(clock: Clock, sessions: Sessions) -> None:
    first = sessions.begin("192.168.1.20")
    clock.now += 60
    second = sessions.begin("a" * 200)
    clock.now += 40
    sessions.find(first)
    told = sessions.open(1_000_000.0)
    assert [(each.client, began, used) for each, began, used in told] == [
        ("192.168.1.20", 999_900.0, 1_000_000.0),
        ("a" * LONGEST_CLIENT, 999_960.0, 999_960.0),
    ]
    assert len({each.id for each, _, _ in told}) == 2
    assert not any(each.id in (first, second) for each, _, _ in told)


def test_the_address_of_a_session_is_known_after_a_restart_and_may_be_missing(clock: Clock, sessions: Sessions) -> None:
    sessions.begin("192.168.1.20")
    kept = sessions.dump("me", 1000.0)
    later = Sessions(clock)
    later.restore(kept, "me", 1000.0)
    assert [(each.id, each.client) for each, _, _ in later.open(0.0)] == [
        (each.id, each.client) for each, _, _ in sessions.open(0.0)
    ]
    for each in kept["sessions"]:
        del each["client"]  # as an earlier version wrote it
    later.restore(kept, "me", 1000.0)
    assert [each.client for each, _, _ in later.open(0.0)] == [""]


def test_sessions_are_told_apart_in_the_record_of_changes_also_where_the_cookie_has_another_name_as_over_https(
    sessions: Sessions,
) -> None:
    tokens = [sessions.begin() for _ in range(2)]
    requests = [make_mocked_request("POST", "/", {"Cookie": f"__Host-han2x_session={token}"}) for token in tokens]
    names = [
        actor(request, Visitor(sessions.find(token))).name for request, token in zip(requests, tokens, strict=True)
    ]
    assert len(set(names)) == 2
    assert set(names) == {each.id for each, _, _ in sessions.open(0.0)}
