"""What one host may have while others want some too."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from han2x.modbus_server.shares import MOST_WRITERS, ByHost, WriteShares

ONE, OTHER, THIRD = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def test_things_are_counted_by_host_and_in_all() -> None:
    things: ByHost[str] = ByHost()
    for host, thing in ((ONE, "a"), (ONE, "b"), (OTHER, "c"), (ONE, "a")):
        things.add(host, thing)

    assert (len(things), things.count(ONE), things.count(OTHER), things.count(THIRD)) == (3, 2, 1, 0)
    assert list(things) == ["a", "b", "c"]

    for host, thing in ((ONE, "a"), (ONE, "a"), (THIRD, "c")):
        things.discard(host, thing)

    assert (len(things), things.count(ONE), list(things.of(ONE))) == (2, 1, ["b"])


def test_who_has_most_is_the_greediest_and_a_newcomer_counts_too() -> None:
    things: ByHost[str] = ByHost()
    for host, thing in ((ONE, "a"), (ONE, "b"), (OTHER, "c"), (OTHER, "d"), (THIRD, "e")):
        things.add(host, thing)

    assert things.of_the_greediest() == ["a", "b", "c", "d"]
    assert things.of_the_greediest(ONE) == ["a", "b"]
    assert things.of_the_greediest(THIRD) == ["a", "b", "c", "d", "e"]


def test_a_host_alone_may_write_all_there_is_and_no_more() -> None:
    shares = WriteShares(30, 0.0)
    for _ in range(30):
        assert shares.available(ONE, 0.0)
        shares.take(ONE, 0.0)

    assert not shares.available(ONE, 0.0)
    assert not shares.available(ONE, 1.9)
    assert shares.available(ONE, 2.0)


def test_a_host_that_rewrites_without_pause_leaves_every_other_its_share() -> None:
    shares = WriteShares(30, 0.0)
    done = dict.fromkeys((ONE, OTHER, THIRD), 0)
    for second in range(3600):
        now = float(second)
        for _ in range(100):
            if shares.available(ONE, now):
                shares.take(ONE, now)
                done[ONE] += 1
        for host, every in ((OTHER, 10), (THIRD, 60)):
            if second % every == 0:
                assert shares.available(host, now), f"{host} at {now} s"
                shares.take(host, now)
                done[host] += 1

    assert done[OTHER] == 360
    assert done[THIRD] == 60
    assert done[ONE] <= 30 * 61, "what others have does not make it more"


@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0, 20)), max_size=300), st.integers(1, 60))
def test_however_many_hosts_write_it_stays_bounded(writes: list[tuple[int, float]], per_minute: int) -> None:
    shares, now, done = WriteShares(per_minute, 0.0), 0.0, 0
    for host, pause in writes:
        now += pause
        if shares.available(f"host {host}", now):
            shares.take(f"host {host}", now)
            done += 1

    assert len(shares._hosts) <= MOST_WRITERS
    hosts = len({host for host, _ in writes})
    assert done <= 2 * per_minute * (now / 60 + 1) + hosts * (now / 60 + 1)


def test_another_number_is_in_force_at_once() -> None:
    shares = WriteShares(1, 0.0)
    shares.take(ONE, 0.0)
    shares.change(1, 0.0)
    assert not shares.available(ONE, 0.0)

    shares.change(10, 0.0)
    assert shares.available(ONE, 0.0)
