"""The delay after failed logins: it grows, it ends, and it does not meet the owner for what others do."""

from __future__ import annotations

from itertools import islice

import pytest

from han2x.addresses import network_of
from han2x.web.known import Known
from han2x.web.rate_limit import FOR_ALL, FOR_ONE, FORGOTTEN_AFTER_S, MOST_CLIENTS, LoginRateLimit
from tests.web.clocks import Clock

OWNER = "192.168.1.10"
GUESSER = "192.168.1.66"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> LoginRateLimit:
    return LoginRateLimit(clock)


def _fail(patience: LoginRateLimit, clock: Clock, client: str, times: int) -> list[float]:
    """Fail as soon as may be, and answer the delays met."""
    delays = []
    for _ in range(times):
        delays.append(patience.wait_s(client))
        clock.now += delays[-1]
        patience.count(client)
    return delays


def test_a_few_failures_cost_nothing_and_then_the_delay_doubles_up_to_a_minute(
    patience: LoginRateLimit, clock: Clock
) -> None:
    delays = _fail(patience, clock, GUESSER, 14)
    assert delays == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_no_attempt_counts_while_the_delay_lasts_and_one_does_after_it(patience: LoginRateLimit, clock: Clock) -> None:
    _fail(patience, clock, GUESSER, 8)
    assert patience.wait_s(GUESSER) == 8
    clock.now += 7.9
    assert patience.wait_s(GUESSER) == pytest.approx(0.1)
    clock.now += 0.2
    assert patience.wait_s(GUESSER) == 0


def test_an_attempt_counts_from_its_beginning_so_that_none_slips_in_beside_it(patience: LoginRateLimit) -> None:
    for _ in range(FOR_ONE.free + 1):
        assert patience.wait_s(GUESSER) == 0
        patience.count(GUESSER)
    assert patience.wait_s(GUESSER) > 0


def test_another_client_does_not_wait_for_a_single_guesser(patience: LoginRateLimit, clock: Clock) -> None:
    _fail(patience, clock, GUESSER, 12)
    assert patience.wait_s(OWNER) == 0


def test_success_forgets_the_failures(patience: LoginRateLimit, clock: Clock) -> None:
    _fail(patience, clock, OWNER, 8)
    clock.now += 8
    patience.count(OWNER)
    patience.succeeded(OWNER)
    assert _fail(patience, clock, OWNER, 5) == [0, 0, 0, 0, 0]


def test_failures_are_forgotten_after_a_while(patience: LoginRateLimit, clock: Clock) -> None:
    _fail(patience, clock, GUESSER, 12)
    clock.now += FORGOTTEN_AFTER_S + 1
    assert _fail(patience, clock, GUESSER, 5) == [0, 0, 0, 0, 0]


def test_guesses_spread_over_many_clients_meet_a_delay_for_all_that_have_used_up_their_free_ones(
    patience: LoginRateLimit, clock: Clock
) -> None:
    for _ in range(FOR_ONE.free + 1):
        for number in range(FOR_ALL.free + 10):
            patience.count(f"10.0.{number}.1")
    clock.now += 1
    assert patience.wait_s("10.0.0.1") == FOR_ALL.longest_s - 1


def test_who_comes_for_the_first_time_does_not_wait_for_those_who_guess(patience: LoginRateLimit) -> None:
    for number in range(500):
        patience.count(f"10.0.{number % 250}.{number // 250}")
    assert patience.wait_s("192.168.1.11") == 0


def test_a_client_that_has_logged_in_before_is_free_from_the_delay_for_all(
    patience: LoginRateLimit, clock: Clock
) -> None:
    patience.count(OWNER)
    patience.succeeded(OWNER)
    for client in (OWNER, *(f"10.0.{number % 250}.{number // 250}" for number in range(500))):
        for _ in range(FOR_ONE.free + 1):
            patience.count(client)
    clock.now += 1
    assert patience.wait_s(OWNER) == 0
    assert 0 < patience.wait_s("10.0.1.1") <= FOR_ALL.longest_s


def test_a_browser_that_is_known_has_a_patience_of_its_own_wherever_it_is(clock: Clock) -> None:
    known = Known(None, str)
    patience, cookie = LoginRateLimit(clock, known), known.add_browser("")
    _fail(patience, clock, GUESSER, 12)
    assert patience.wait_s(GUESSER) > 0
    assert patience.wait_s(GUESSER, cookie) == 0
    assert patience.wait_s(GUESSER, "made up") > 0
    for _ in range(8):
        patience.count(GUESSER, cookie)
    assert patience.wait_s(GUESSER, cookie) > 0


def test_who_has_logged_in_before_goes_first_and_then_who_has_tried_least(clock: Clock) -> None:
    known = Known(None, str)
    patience, cookie = LoginRateLimit(clock, known), known.add_browser("")
    known.add_host(OWNER)
    patience.count(GUESSER)
    ranks = [patience.rank(GUESSER, cookie), patience.rank(OWNER), patience.rank("10.0.0.1"), patience.rank(GUESSER)]
    assert ranks == sorted(ranks) == [(0, 0), (0, 0), (1, 0), (1, 1)]


def test_failures_of_a_client_that_has_logged_in_before_delay_nobody_else(patience: LoginRateLimit) -> None:
    patience.count(OWNER)
    patience.succeeded(OWNER)
    for _ in range(FOR_ALL.free + 10):
        patience.count(OWNER)
    assert patience.wait_s(OWNER) > 0
    assert patience.wait_s("192.168.1.11") == 0


def test_nobody_ever_waits_longer_than_a_minute(patience: LoginRateLimit, clock: Clock) -> None:
    for _ in range(1000):
        patience.count(GUESSER)
    assert patience.wait_s(GUESSER) == 60


def test_an_ipv6_guesser_cannot_change_its_address_within_its_network(patience: LoginRateLimit, clock: Clock) -> None:
    for number in range(8):
        patience.count(f"2001:db8:1:1::{number + 1}")
    assert patience.wait_s("2001:db8:1:1:dead::beef") > 1
    assert patience.wait_s("2001:db8:1:2::1") == 0


def test_the_memory_for_clients_is_bounded(patience: LoginRateLimit) -> None:
    for number in range(MOST_CLIENTS + 50):
        patience.count(f"10.{number // 250}.{number % 250}.1")
    assert len(list(islice(patience._clients, MOST_CLIENTS + 1))) == MOST_CLIENTS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.168.1.2", "192.168.1.2"),
        ("::ffff:192.168.1.2", "192.168.1.2"),
        ("fe80::1:2:3:4%eth0", "fe80::/64"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("", ""),
        ("somewhere", "somewhere"),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(address: str, network: str) -> None:
    assert network_of(address) == network
