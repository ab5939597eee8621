"""Rows of simulated households, of which is known what they drew, as meters of each kind tell it; see the benchmark."""

from __future__ import annotations

import pytest

from benchmarks.history import KINDS, Played

pytestmark = pytest.mark.timeout(300)  # a month, or hours of a household, are long on a busy computer
HOURS = 4


@pytest.mark.parametrize("kind", KINDS)
def test_hours_and_quarters_are_what_the_household_drew_and_add_up(kind: str) -> None:
    played = Played(kind, HOURS)
    found = played.compared()
    assert found.adds_up
    assert len(played.hours) == HOURS + 1, "that of the next hour has its totals"
    assert len(found.by_totals.errors) >= 2 * (HOURS - 1)
    assert max(map(abs, found.by_totals.errors)) <= KINDS[kind] + 5  # the list may tell what it is seconds later
    assert len(found.quarters.errors) >= 2 * 4 * (HOURS - 1)
    assert max(map(abs, found.quarters.errors)) <= 20
    assert not found.shared.errors


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.endswith("p1")])
def test_hours_of_lost_lists_are_within_twice_the_bars_of_what_the_household_drew(kind: str) -> None:
    found = Played(kind, HOURS, lost=3).compared()
    assert found.adds_up
    assert len(found.estimated.errors) >= 4
    assert all(abs(error) <= bar for error, bar in zip(found.estimated.errors, found.estimated.bars, strict=True))
