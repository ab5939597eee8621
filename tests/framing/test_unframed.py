from __future__ import annotations

from han2x.framing.base import Frame
from han2x.framing.unframed import MAX_PADDING, MAX_UNFRAMED, Unframed
from han2x.model import Problem, ProblemCause, ProblemKind


def run(*pieces: tuple[int, bytes]) -> list[Frame | Problem]:
    unframed = Unframed()
    events: list[Frame | Problem] = []
    for offset, octets in pieces:
        unframed.take(offset, octets, events)
    unframed.end(events)
    return events


def test_octets_in_a_run_are_told_as_one_problem() -> None:
    (problem,) = run((7, b"ab"), (9, b"c"))

    assert isinstance(problem, Problem)
    assert (problem.offset, problem.kind) == (7, ProblemKind.FRAMING)
    assert problem.cause is ProblemCause.NOISE
    assert problem.detail.startswith("3 octets outside any frame")


def test_one_octet_is_not_called_octets() -> None:
    (problem,) = run((7, b"a"))

    assert isinstance(problem, Problem)
    assert problem.detail.startswith("1 octet outside any frame")


def test_nothing_is_not_told() -> None:
    assert run() == []


def test_a_little_padding_between_telegrams_is_not_told() -> None:
    assert run((0, b"\r\n\0\0"), (4, b"\r\n")) == []


def test_padding_around_noise_is_told_with_it() -> None:
    (problem,) = run((0, b"\r\n"), (2, b"x"), (3, b"\0"))

    assert isinstance(problem, Problem)
    assert problem.offset == 0
    assert "4 octets" in problem.detail


def test_padding_without_end_is_told() -> None:
    assert len(run((0, bytes(MAX_PADDING)))) == 0
    assert len(run((0, bytes(MAX_PADDING + 1)))) == 1


def test_a_long_run_is_told_piece_by_piece_however_it_is_cut() -> None:
    noise = b"x" * (2 * MAX_UNFRAMED + 5)

    problems = run((3, noise))

    assert [problem.offset for problem in problems] == [3, 3 + MAX_UNFRAMED, 3 + 2 * MAX_UNFRAMED]
    assert problems == run(*((3 + place, noise[place : place + 7]) for place in range(0, len(noise), 7)))


def test_a_suspicion_is_told_and_the_first_one_counts() -> None:
    unframed = Unframed()
    events: list[Frame | Problem] = []
    unframed.take(0, b"\0", events)
    unframed.suspect(ProblemCause.HCS, "a wrong header")
    unframed.suspect(ProblemCause.HEADER_CUT, "another thing")
    unframed.end(events)

    assert events == [Problem(0, ProblemCause.HCS, "1 octet outside any frame: a wrong header")]


def test_a_suspicion_ends_with_its_run() -> None:
    unframed = Unframed()
    events: list[Frame | Problem] = []
    unframed.take(0, b"a", events)
    unframed.suspect(ProblemCause.HCS, "a wrong header")
    unframed.end(events)
    unframed.take(9, b"b", events)
    unframed.end(events)

    causes = [event.cause for event in events if isinstance(event, Problem)]
    assert causes == [ProblemCause.HCS, ProblemCause.NOISE]
