"""Which values a meter is known to send, and when one is taken for no longer sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from han2x.model import PushList, Quantity, Reading
from han2x.state.sent import CURRENTS, GONE_AFTER_S, PHASES, Sent
from tests.readings import FULL_LIST, HOURLY_LIST, NOW, a_reading

POWER = Quantity.ACTIVE_POWER_IMPORT
EVERY_S = 600.0
(U1, I1), (U2, I2), (U3, I3) = PHASES
FULL, HOURLY = frozenset(FULL_LIST), frozenset(HOURLY_LIST)


def a_list(quantities: Iterable[Quantity], kind: PushList = PushList.LIST_2) -> Reading:
    return replace(a_reading(dict.fromkeys(quantities, 1.0)), push_list=kind)


def after(
    before: Set[Quantity], since: Set[Quantity], seconds: float, *, kind: PushList = PushList.LIST_2
) -> tuple[Sent, set[Quantity]]:
    """A meter that sent a list of the one quantities once, and of the others ever since; and what is gone of it."""
    sent, gone = Sent(), set[Quantity]()
    gone |= sent.came(a_list(before), NOW)
    for step in range(int(seconds / EVERY_S) + 1):
        gone |= sent.came(a_list(since, kind), NOW + step * EVERY_S)
    return sent, gone


def test_a_voltage_that_its_list_is_without_for_a_day_and_an_hour_is_no_longer_sent() -> None:
    sent, gone = after(FULL, FULL - {U2}, GONE_AFTER_S - EVERY_S)
    assert (gone, sent.quantities) == (set(), FULL)

    sent, gone = after(FULL, FULL - {U2}, GONE_AFTER_S)
    assert (gone, sent.quantities) == ({U2}, FULL - {U2})


def test_a_value_that_comes_in_between_is_still_sent() -> None:
    sent, _ = after(FULL, FULL - {U2}, GONE_AFTER_S - EVERY_S)
    sent.came(a_list(FULL), NOW + GONE_AFTER_S)
    now = NOW + GONE_AFTER_S
    for _ in range(20):
        now += EVERY_S
        assert not sent.came(a_list(FULL - {U2}), now)


def test_a_value_that_was_gone_and_comes_again_is_sent() -> None:
    sent, _ = after(FULL, FULL - {U2}, GONE_AFTER_S)
    sent.came(a_list(FULL), NOW + GONE_AFTER_S + 10)
    assert sent.quantities == FULL


def test_what_a_list_that_never_comes_had_is_lost_on_the_way_and_still_sent() -> None:
    sent, gone = after(HOURLY, {POWER}, 30 * GONE_AFTER_S, kind=PushList.LIST_1)
    assert (gone, sent.quantities) == (set(), HOURLY)


def test_a_much_shorter_list_of_the_same_kind_is_another_one() -> None:
    sent, gone = after(HOURLY, {POWER, Quantity.ACTIVE_POWER_EXPORT}, 2 * GONE_AFTER_S)
    assert (gone, sent.quantities) == (set(), HOURLY)


def test_currents_alone_and_the_power_that_is_drawn_are_never_taken_for_gone() -> None:
    for missing in (frozenset({I2}), CURRENTS, frozenset({POWER}), frozenset({POWER, I1})):
        sent, gone = after(HOURLY, HOURLY - missing, 3 * GONE_AFTER_S)
        assert (gone, sent.quantities) == (set(), HOURLY)


def test_a_phase_that_is_gone_as_a_whole_is_gone_while_another_is_there() -> None:
    _, gone = after(HOURLY, HOURLY - {U2, I2}, GONE_AFTER_S)
    assert gone == {U2, I2}

    every = {quantity for phase in PHASES for quantity in phase}
    _, gone = after(HOURLY, HOURLY - every, 3 * GONE_AFTER_S)
    assert gone == every - CURRENTS


def test_time_without_telegrams_counts_for_little() -> None:
    sent = Sent()
    sent.came(a_list(FULL), NOW)
    for day in range(1, 11):
        assert not sent.came(a_list(FULL - {U2}), NOW + day * GONE_AFTER_S)


def test_a_meter_that_has_said_its_power_alone_has_currents_to_come() -> None:
    sent = Sent()
    assert sent.expected == frozenset()
    sent.came(a_list({POWER}, PushList.LIST_1), NOW)
    assert sent.expected == {POWER} | CURRENTS
    sent.came(a_list({POWER, I1, U1}), NOW)
    assert sent.expected == {POWER, I1, U1}


def test_a_meter_without_currents_that_says_so_at_once_has_none_to_come() -> None:
    sent = Sent()
    sent.came(a_list({POWER, Quantity.ACTIVE_POWER_EXPORT}, PushList.LIST_2), NOW)
    assert sent.expected == {POWER, Quantity.ACTIVE_POWER_EXPORT}


LISTS = st.lists(
    st.tuples(
        st.sampled_from(PushList), st.frozensets(st.sampled_from(Quantity), min_size=1), st.floats(0, GONE_AFTER_S)
    ),
    max_size=80,
)


@given(LISTS)
def test_whatever_comes_nothing_is_gone_that_steers_loads_and_all_else_that_came_is_known(
    lists: list[tuple[PushList, frozenset[Quantity], float]],
) -> None:
    sent, now = Sent(), NOW
    came, gone = set[Quantity](), set[Quantity]()
    for kind, quantities, gap in lists:
        now += gap
        found = sent.came(a_list(quantities, kind), now)
        came |= quantities
        gone = (gone | found) - quantities
        assert found.isdisjoint(quantities | {POWER})
        assert all(voltage in gone for voltage, current in PHASES if current in found)
        assert sent.quantities == came - gone
    assert Sent.restore(json.loads(json.dumps(sent.dump()))).quantities == sent.quantities


@given(st.integers(0, 400), st.sampled_from(sorted(FULL - CURRENTS - {POWER})))
def test_the_day_counts_from_the_last_time_that_the_value_came(before: int, quantity: Quantity) -> None:
    sent, now = Sent(), NOW
    sent.came(a_list(FULL), now)
    for count in range(before):
        now += EVERY_S
        sent.came(a_list(FULL - {quantity} if count % 2 else FULL), now)
    sent.came(a_list(FULL), now)
    steps = int(GONE_AFTER_S / EVERY_S)
    found = [sent.came(a_list(FULL - {quantity}), now + EVERY_S * step) for step in range(1, steps + 2)]
    assert [index for index, gone in enumerate(found) if gone] == [steps]
    assert found[-1] == {quantity}
