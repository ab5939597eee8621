"""The scaling factor as clients read and write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.registers.scaling_factor import HIGHEST, LOWEST, SETTLE_S, ScalingFactor

WORD = st.integers(0, 0xFFFF)


@pytest.mark.parametrize("value", [LOWEST, 1000, 65_536, HIGHEST])
def test_a_value_within_the_range_is_taken_when_both_words_are_written(value: int) -> None:
    factor = ScalingFactor()

    assert factor.write(0, [value >> 16, value & 0xFFFF], 0.0)
    assert factor.active == factor.shown == value


@pytest.mark.parametrize("value", [0, LOWEST - 1, HIGHEST + 1, 0xFFFF_FFFF])
def test_a_value_outside_the_range_is_refused_and_changes_nothing(value: int) -> None:
    factor = ScalingFactor(2000)

    assert not factor.write(0, [value >> 16, value & 0xFFFF], 0.0)
    assert factor.active == factor.shown == 2000


@pytest.mark.parametrize("value", [LOWEST - 1, HIGHEST + 1, -1])
def test_it_cannot_begin_outside_the_range(value: int) -> None:
    with pytest.raises(ValueError, match="10 to 999999999"):
        ScalingFactor(value)


def test_the_low_word_alone_takes_effect_at_once() -> None:
    factor = ScalingFactor(1000)

    assert factor.write(1, [2500], 0.0)
    assert factor.active == 2500


def test_a_low_word_that_gives_no_allowed_value_is_refused() -> None:
    factor = ScalingFactor(1000)

    assert not factor.write(1, [5], 0.0)
    assert factor.active == factor.shown == 1000


def test_nothing_between_two_half_writes_takes_effect() -> None:
    factor = ScalingFactor(1000)

    assert factor.write(0, [1], 0.0)
    assert (factor.active, factor.shown) == (1000, 0x1_03E8)
    assert factor.write(1, [0x86A0], 1.0)
    assert factor.active == factor.shown == 100_000


def test_a_high_word_may_pass_through_a_value_that_is_not_allowed() -> None:
    factor = ScalingFactor(65_536)

    assert factor.write(0, [0], 0.0)
    assert factor.active == 65_536
    assert factor.write(1, [500], 1.0)
    assert factor.active == 500


def test_the_low_word_may_come_first() -> None:
    factor = ScalingFactor(1000)

    assert factor.write(1, [0x86A0], 0.0)
    assert factor.write(0, [1], 1.0)
    assert factor.active == 100_000


@pytest.mark.parametrize("high_first", [True, False])
def test_no_word_of_one_change_takes_effect_with_one_of_another(high_first: bool) -> None:
    factor, now = ScalingFactor(1000), 0.0
    for value in (100_000, 1000, 2000, 70_000, 1000):
        before = factor.active
        writes = [(0, value >> 16), (1, value & 0xFFFF)]
        (first, one), (second, other) = writes if high_first else reversed(writes)
        assert factor.write(first, [one], now)
        # What a low word gives alone is in force until its high word comes, as clients that write nothing else need it.
        assert factor.active == (before if high_first else before & 0xFFFF0000 | one)
        assert factor.write(second, [other], now + 1)
        assert factor.active == factor.shown == value
        now += 2


def test_a_high_word_left_alone_takes_effect_when_its_time_is_up() -> None:
    factor = ScalingFactor(1000)
    factor.write(0, [1], 0.0)

    assert not factor.settle(SETTLE_S - 0.1)
    assert factor.settle(SETTLE_S)
    assert factor.active == factor.shown == 0x1_03E8


def test_a_high_word_left_alone_falls_when_it_gives_no_allowed_value() -> None:
    factor = ScalingFactor(65_536)
    factor.write(0, [0], 0.0)

    assert factor.settle(SETTLE_S)
    assert factor.active == factor.shown == 65_536


def test_a_high_word_that_no_low_word_can_mend_is_refused() -> None:
    factor = ScalingFactor(1000)

    assert not factor.write(0, [(HIGHEST >> 16) + 1], 0.0)
    assert factor.active == factor.shown == 1000


def test_writing_the_high_word_that_is_there_leaves_nothing_waiting() -> None:
    factor = ScalingFactor(1000)

    assert factor.write(0, [0], 0.0)
    assert not factor.settle(SETTLE_S)


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.lists(WORD, min_size=1, max_size=2), st.floats(0, 20)).filter(
            lambda write: write[0] + len(write[1]) <= 2
        )
    )
)
def test_no_sequence_of_writes_brings_a_value_into_force_that_is_not_allowed(
    writes: list[tuple[int, list[int], float]],
) -> None:
    factor, now = ScalingFactor(), 0.0
    for first, words, pause in writes:
        now += pause
        factor.write(first, words, now)

        assert LOWEST <= factor.active <= HIGHEST


@given(start=st.integers(LOWEST, HIGHEST), target=st.integers(LOWEST, HIGHEST))
def test_high_word_then_low_word_reaches_every_value_from_every_value(start: int, target: int) -> None:
    factor = ScalingFactor(start)

    assert factor.write(0, [target >> 16], 0.0)
    assert factor.write(1, [target & 0xFFFF], 1.0)
    assert factor.active == target
