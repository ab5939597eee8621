"""In what order tests run, and which of them together."""

from __future__ import annotations

from tests.scheduling import ALONE, BROWSERS, CORES, FIRST, ROOT, WORKERS, place, together


def test_what_takes_long_begins_first_and_everything_that_is_named_is_there() -> None:
    nodes = [f"tests/{name}{'' if name.endswith('.py') else '/test_a.py'}::test_a" for name in FIRST]
    assert [place(node) for node in [*nodes, "tests/keys/test_kem.py::test_a"]] == list(range(len(FIRST) + 1))
    assert [name for name in {*FIRST, *ALONE} if not [*ROOT.rglob(name)]] == []


def test_tests_of_a_file_share_a_worker_other_than_those_that_share_nothing_and_take_long() -> None:
    assert together("tests/keys/test_kem.py::test_a") == together("tests/keys/test_kem.py::test_b[1]")
    assert together("tests/keys/test_kem.py::test_a") != together("tests/keys/test_typed.py::test_a")
    assert together("tests/end_to_end/test_web.py::test_a") != together("tests/end_to_end/test_web.py::test_b")
    assert together("tests/test_mutations.py::test_a[1]") != together("tests/test_mutations.py::test_a[2]")


def test_no_more_browsers_are_open_than_there_are_cores() -> None:
    groups = {together(f"tests/browser/{name}::test_a") for name in BROWSERS}
    assert len(groups) == min(CORES, len(BROWSERS))
    assert len(groups) < WORKERS, "the others are not kept waiting for the browsers"
