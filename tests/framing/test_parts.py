from __future__ import annotations

import pytest

from han2x.framing.base import Frame
from han2x.framing.parts import MAX_JOINED, Joined, Joiner, Part
from han2x.model import Problem, ProblemCause, ProblemKind


def run(*parts: Part) -> list[Joined | Problem]:
    joiner = Joiner()
    return [item for part in parts for item in joiner.take(part)]


def wholes(found: list[Joined | Problem]) -> list[Joined]:
    return [item for item in found if isinstance(item, Joined)]


def causes(found: list[Joined | Problem]) -> list[ProblemCause]:
    return [item.cause for item in found if isinstance(item, Problem)]


def details(found: list[Joined | Problem]) -> list[str]:
    return [item.detail for item in found if isinstance(item, Problem)]


def test_a_telegram_in_one_part_is_whole() -> None:
    assert run(Part(5, b"ab", 0, more=False)) == [Joined(5, b"ab")]
    assert run(Part(5, b"ab", None, more=False)) == [Joined(5, b"ab")]


def test_numbered_parts_are_joined_and_told_at_the_first_ones_place() -> None:
    found = run(Part(5, b"a", 0, more=True), Part(9, b"b", 1, more=True), Part(20, b"c", 2, more=False))

    assert found == [Joined(5, b"abc")]


def test_parts_without_numbers_follow_the_first() -> None:
    found = run(Part(5, b"a", 0, more=True), Part(9, b"b", None, more=True), Part(20, b"c", None, more=False))

    assert found == [Joined(5, b"abc")]


def test_one_telegram_follows_another() -> None:
    parts = (Part(0, b"a", 0, more=True), Part(1, b"b", 1, more=False))

    assert run(*parts, *parts) == [Joined(0, b"ab"), Joined(0, b"ab")]


def test_numbers_that_begin_again_after_sixteen_are_followed() -> None:
    parts = [Part(number, b"x", number % 16, more=number < 15) for number in range(16)]

    assert wholes(run(*parts)) == [Joined(0, b"x" * 16)]


def test_a_missing_part_gives_the_telegram_up() -> None:
    found = run(Part(5, b"a", 0, more=True), Part(9, b"c", 2, more=False))

    (problem,) = found
    assert isinstance(problem, Problem)
    assert (problem.offset, problem.kind) == (5, ProblemKind.LENGTH)
    assert problem.cause is ProblemCause.PART_MISSING
    assert "part 3 came in place of part 2" in problem.detail


def test_a_new_telegram_gives_the_unfinished_one_up() -> None:
    found = run(Part(5, b"a", 0, more=True), Part(9, b"b", 0, more=False))

    assert wholes(found) == [Joined(9, b"b")]
    assert causes(found) == [ProblemCause.PART_MISSING]
    assert "1 part:" in details(found)[0]


@pytest.mark.parametrize(("number", "more"), [(1, False), (1, True), (None, True)])
def test_a_part_without_the_first_one_is_told(number: int | None, *, more: bool) -> None:
    found = run(Part(5, b"b", number, more=more))

    assert causes(found) == [ProblemCause.FIRST_PART_MISSING]
    assert not wholes(found)


def test_a_telegram_without_end_is_given_up_at_the_longest() -> None:
    joiner = Joiner()
    found: list[Joined | Problem] = list(joiner.take(Part(0, bytes(256), 0, more=True)))
    while not found:
        assert joiner.waiting <= MAX_JOINED
        found = joiner.take(Part(0, bytes(256), None, more=True))

    assert causes(found) == [ProblemCause.TELEGRAM_TOO_LONG]
    assert str(MAX_JOINED) in details(found)[0]
    assert joiner.waiting == 0


def test_what_waits_is_given_up_once_and_with_the_reason() -> None:
    joiner = Joiner()
    joiner.take(Part(5, b"a", 0, more=True))

    (problem,) = joiner.give_up("the line fell silent")

    assert "the line fell silent" in problem.detail
    assert joiner.give_up("again") == []


def test_a_frame_is_a_part() -> None:
    assert Part.of(Frame(3, 9, b"abc", more=True, part=2)) == Part(3, b"abc", 2, more=True)
