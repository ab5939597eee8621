"""Which telegrams are new: in order, after a change of keys or meter, after a counter begun again, after restarts."""

from __future__ import annotations

import pytest

from han2x.codecs.errors import AuthenticationError, ReplayError
from han2x.codecs.replay import MAX_REMEMBERED, RESTART_RUN, SAVE_EVERY
from han2x.codecs.security import Security
from han2x.model import ProblemCause
from tests.codecs.sealing import AUTHENTICATION_KEY, KEY, OTHER_KEY, TITLE, notification, seal

P1 = b"/KAM5\r\n\r\n0-0:1.0.0(2611201200%02dW)\r\n!1A2B\r\n"


def meter(counters: dict[str, int] | None = None) -> Security:
    return Security(KEY, AUTHENTICATION_KEY, counters)


def accepted(security: Security, counter: int, seconds: int, title: bytes = TITLE) -> bool:
    """Whether a telegram with this counter and this clock is accepted."""
    try:
        security.decipher(seal(notification(seconds), counter, title=title))
    except ReplayError:
        return False
    return True


def test_every_higher_counter_is_accepted_and_every_other_refused() -> None:
    security = meter()
    counters = [5, 5, 4, 6, 100, 99, 7, 100, 101, 0xFFFFFFFF, 0xFFFFFFFF, 0]
    assert [accepted(security, counter, 0) for counter in counters] == [
        *(True, False, False, True, True, False, False, False, True, True, False, False)
    ]


def test_the_counter_decides_also_when_the_clock_of_the_meter_was_set_back() -> None:
    security = meter()
    assert accepted(security, 1, 3600)
    assert accepted(security, 2, 0)
    assert not accepted(security, 2, 10)


def test_a_telegram_that_cannot_be_verified_does_not_move_the_counter() -> None:
    security = meter()
    accepted(security, 1, 0)
    forged = seal(notification(10), 0xFFFFFFFF, key=OTHER_KEY)
    with pytest.raises(AuthenticationError) as refused:
        security.decipher(forged)
    assert refused.value.cause is ProblemCause.CHANGED_ON_THE_WAY
    assert accepted(security, 2, 10)


# Nobody is locked out


def test_a_new_meter_begins_afresh_and_leaves_the_old_ones_counter_alone() -> None:
    security = meter()
    assert accepted(security, 1000, 0)
    assert accepted(security, 1, 0, title=b"KAMENEW1")
    assert not accepted(security, 1000, 0)


@pytest.mark.parametrize(("key", "authentication"), [(OTHER_KEY, AUTHENTICATION_KEY), (KEY, OTHER_KEY), (KEY, None)])
def test_new_keys_begin_afresh_though_the_old_counters_were_kept(key: bytes, authentication: bytes | None) -> None:
    old = meter()
    accepted(old, 1000, 0)
    new = Security(key, authentication, old.counters)
    apdu = seal(notification(), 1, key=key, authentication_key=authentication or AUTHENTICATION_KEY)
    assert new.decipher(apdu) == notification()


def test_going_back_to_the_old_keys_finds_their_counters_again() -> None:
    old = meter()
    accepted(old, 1000, 0)
    between = Security(OTHER_KEY, AUTHENTICATION_KEY, old.counters)
    between.decipher(seal(notification(), 1, key=OTHER_KEY))
    again = meter(between.counters)
    assert not accepted(again, 1000, 0)
    assert accepted(again, 1001, 10)


def test_a_meter_that_counts_anew_is_believed_after_a_run_of_telegrams_with_newer_clocks() -> None:
    security = meter()
    accepted(security, 1000, 0)
    told = [accepted(security, counter, 10 * counter) for counter in range(1, RESTART_RUN + 3)]
    assert told == [False] * (RESTART_RUN - 1) + [True] * 3


def test_a_telegram_lost_in_the_run_does_not_lengthen_it() -> None:
    security = meter()
    accepted(security, 1000, 0)
    assert [accepted(security, counter, 10 * counter) for counter in (1, 3, 4)] == [False, False, True]


def test_a_run_must_rise_in_counter_and_clock() -> None:
    security = meter()
    accepted(security, 1000, 0)
    assert not any(accepted(security, 7, 10 * step) for step in range(1, 10))
    assert not any(accepted(security, 900 - step, 1000 + 10 * step) for step in range(10))
    assert not any(accepted(security, 1 + step, 10000 - 10 * step) for step in range(10))


def test_a_replay_in_between_does_not_break_the_run() -> None:
    security = meter()
    accepted(security, 1000, 0)
    told = [(accepted(security, counter, 10 * counter), accepted(security, 999, -10)) for counter in range(1, 4)]
    assert told == [(False, False), (False, False), (True, False)]


def test_a_recording_played_back_is_refused_however_long_it_is() -> None:
    security = meter()
    recording = [(counter, 10 * counter) for counter in range(100)]
    assert all(accepted(security, *telegram) for telegram in recording)
    assert not any(accepted(security, *telegram) for telegram in recording * 3)


def test_a_recording_from_before_the_meters_clock_was_set_back_is_refused_too() -> None:
    security = meter()
    recording = [(counter, 3600 + 10 * counter) for counter in range(10)]
    for telegram in recording:
        accepted(security, *telegram)
    assert accepted(security, 10, 0)
    assert not any(accepted(security, *telegram) for telegram in recording)


def test_after_a_meter_counted_anew_the_recording_from_before_is_still_refused() -> None:
    security = meter()
    recording = [(counter, 10 * counter) for counter in range(100)]
    for telegram in recording:
        accepted(security, *telegram)
    for counter in range(RESTART_RUN):
        accepted(security, counter, 2000 + 10 * counter)
    restarted = meter(security.counters)
    assert not any(accepted(restarted, *telegram) for telegram in recording)
    assert accepted(restarted, RESTART_RUN, 3000)


def test_without_a_clock_the_way_out_is_to_forget() -> None:
    security = Security(KEY)
    unclocked = b"\x0f\0\0\0\0\0\x02\x01\x00"
    security.decipher(seal(unclocked, 1000))
    for counter in range(10):
        with pytest.raises(ReplayError, match="enter the meter's keys again"):
            security.decipher(seal(unclocked, counter))
    security.forget()
    assert security.decipher(seal(unclocked, 10)) == unclocked


def test_an_impossible_clock_is_no_clock() -> None:
    security = meter()
    accepted(security, 1000, 0)
    nonsense = notification()[:6] + b"\xff" * 12 + notification()[18:]
    for counter in range(10):
        with pytest.raises(ReplayError):
            security.decipher(seal(nonsense, counter))
    security.decipher(seal(nonsense, 1001))
    assert [accepted(security, counter, 10 * counter) for counter in (1, 2, 3)] == [False, False, True]


def test_a_p1_telegram_has_a_clock_too() -> None:
    security = meter()
    security.decipher(seal(P1 % 0, 1000))
    for counter in (1, 2):
        with pytest.raises(ReplayError):
            security.decipher(seal(P1 % counter, counter))
    assert security.decipher(seal(P1 % 3, 3)) == P1 % 3


def test_a_header_clock_written_as_an_octet_string_counts_too() -> None:
    security = meter()
    for counter, seconds in ((1000, 0), (1, 10), (2, 20)):
        content = notification(seconds)
        try:
            security.decipher(seal(content[:5] + b"\x09" + content[5:], counter))
        except ReplayError:
            assert counter < 1000
    content = notification(30)
    assert security.decipher(seal(content[:5] + b"\x09" + content[5:], 3))


# Across restarts


def test_after_a_stop_every_old_telegram_is_refused_and_the_next_one_accepted() -> None:
    security = meter()
    for counter in range(50):
        accepted(security, counter, 10 * counter)
    restarted = meter(security.counters)
    assert not any(accepted(restarted, counter, 10 * counter) for counter in range(50))
    assert accepted(restarted, 50, 500)


def test_the_counters_are_due_at_the_first_telegram_and_then_rarely() -> None:
    security = meter()
    assert security.counters_due() is None
    written = []
    for counter in range(2 * SAVE_EVERY + 1):
        accepted(security, counter, 10 * counter)
        if security.counters_due() is not None:
            written.append(counter)
    assert written == [0, SAVE_EVERY, 2 * SAVE_EVERY]


def test_after_a_power_cut_no_genuine_telegram_is_refused_and_few_old_ones_pass() -> None:
    security = meter()
    disk: dict[str, int] = {}
    cut = SAVE_EVERY + 100
    for counter in range(cut):
        accepted(security, counter, 10 * counter)
        disk = security.counters_due() or disk
    assert accepted(meter(disk), cut, 10 * cut)
    attacked = meter(disk)
    played_back = [accepted(attacked, counter, 10 * counter) for counter in range(cut)]
    assert sum(played_back) == 99 < SAVE_EVERY
    assert not any(accepted(attacked, counter, 10 * counter) for counter in range(cut))


def test_a_program_that_keeps_crashing_still_moves_on() -> None:
    disk: dict[str, int] = {}
    for counter in range(0, 100, 2):
        security = meter(disk)
        assert accepted(security, counter, 10 * counter)
        disk = security.counters_due() or disk
        assert accepted(security, counter + 1, 10 * counter + 10)
    assert not any(accepted(meter(disk), counter, 10 * counter) for counter in range(99))


def test_refused_telegrams_make_nothing_due() -> None:
    security = meter()
    accepted(security, 10**6, 0)
    security.counters_due()
    assert not any(accepted(security, counter, -10) for counter in range(SAVE_EVERY + 1))
    assert security.counters_due() is None


def test_a_meter_that_counts_anew_makes_the_counters_due_at_once() -> None:
    security = meter()
    accepted(security, 1000, 0)
    security.counters_due()
    for counter in range(RESTART_RUN):
        assert security.counters_due() is None
        accepted(security, counter, 10 + 10 * counter)
    assert security.counters_due() is not None


@pytest.mark.parametrize(
    "damaged", [{"": 1}, {"x": 5}, {"x/counter": -1}, {"x/counter": "7"}, {"x/counter": True}, {"x/else": 1}]
)
def test_what_cannot_have_been_kept_is_left_out(damaged: dict[str, int]) -> None:
    assert meter(damaged).counters == {}


def test_only_so_many_meters_are_remembered() -> None:
    security = meter()
    for number in range(3 * MAX_REMEMBERED):
        accepted(security, 5, 0, title=number.to_bytes(8, "big"))
    assert len({name.rpartition("/")[0] for name in security.counters}) == MAX_REMEMBERED
    assert not accepted(security, 5, 0, title=(3 * MAX_REMEMBERED - 1).to_bytes(8, "big"))
