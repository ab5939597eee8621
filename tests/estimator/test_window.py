"""What registers tell of the sum of the powers, and of how far that sum is to be trusted."""

from __future__ import annotations

import pytest

from han2x.estimator.window import Anchor, Place

HOUR_S = 3600.0


def anchored(offs: list[float], *, variance: float = 1.0, step: float = 1.0) -> Anchor:
    """An anchor after a register an hour, each off the sum by so much more than the middle of its step."""
    anchor = Anchor.first([Place(0.0, 0.0, 0.0)], 1000.0, step, [0.0])
    for hour, off in enumerate(offs, start=1):
        register = 1000.0 + 500.0 * hour + off
        anchor.narrow([Place(HOUR_S * hour, 500.0 * hour, variance * hour)], register, step)
    return anchor


def an_hour_later(anchor: Anchor, hours: int, *, variance: float = 1.0) -> float:
    return anchor.variance_at(Place(HOUR_S * (hours + 1), 500.0 * (hours + 1), variance * (hours + 1)))


def test_each_register_moves_the_offset_into_its_window() -> None:
    assert anchored([3.0]).mean == pytest.approx(1003.5, abs=1.5)
    assert anchored([3.0] * 5).mean == pytest.approx(1003.5, abs=0.3)


def test_registers_that_surprise_make_the_sum_less_trusted() -> None:
    usual = an_hour_later(anchored([0.0] * 20), 20)
    surprised = an_hour_later(anchored([6.0, 0.0] * 10), 20)
    assert surprised > 3 * usual


def test_registers_that_fit_never_make_the_sum_more_trusted_than_its_samples_are() -> None:
    assert an_hour_later(anchored([0.0] * 50), 50) >= 1.0


def test_an_hour_without_loads_is_not_trusted_wholly_after_lively_ones() -> None:
    lively, quiet = anchored([0.0] * 20, variance=9.0), anchored([0.0] * 20, variance=0.0)
    at = Place(HOUR_S * 21, 10_500.0, 180.0)
    assert lively.variance_at(at) > lively.variance_at(Place(HOUR_S * 20, 10_000.0, 180.0)) + 0.5
    assert quiet.variance_at(Place(HOUR_S * 21, 10_500.0, 0.0)) < 0.3


def test_an_outage_is_not_taken_for_what_is_usual() -> None:
    anchor = anchored([0.0] * 20)
    before = an_hour_later(anchor, 20)
    anchor.narrow([Place(HOUR_S * 21, 10_500.0, 1e5)], 11_500.0, 1.0)
    after = anchor.variance_at(Place(HOUR_S * 22, 11_000.0, 1e5 + 1))
    assert after < 3 * before


def test_what_was_learned_survives_a_restart() -> None:
    anchor = anchored([6.0, 0.0] * 10)
    assert an_hour_later(Anchor.restore(anchor.dump()), 20) == an_hour_later(anchor, 20)


def test_a_state_that_has_learned_nothing_is_taken() -> None:
    kept = [figures[:6] for figures in anchored([0.0]).dump()]
    assert Anchor.restore(kept).mean == anchored([0.0]).mean
