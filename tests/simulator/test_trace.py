"""A recorded load."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path

import pytest

from han2x.simulator.household import Household
from han2x.simulator.trace import TraceLoad, parse_trace, read_trace


def test_a_trace_is_read_in_thousandths_whatever_the_order_of_its_columns() -> None:
    assert parse_trace(["q_var,p_w", "-43,0", "5.5,-1200.25"]) == [(0, -43_000), (-1_200_250, 5_500)]


@pytest.mark.parametrize("phases", [1, 3])
def test_the_phases_add_up_to_the_trace_which_begins_anew_at_its_end(phases: int) -> None:
    trace = [(1001, -43), (-7, 11), (0, 0)]
    household = Household(TraceLoad(trace), seed=1, phases=phases)

    played = list(islice(household.moments(), 7))

    assert [(moment.active_mw, moment.reactive_mvar) for moment in played] == [trace[0], *trace, *trace]
    assert {len(moment.powers) for moment in played} == {phases}


@pytest.mark.parametrize("name", ["trace.csv", "trace.csv.gz"])
def test_a_trace_file_may_be_compressed(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = b"p_w,q_var\n1,2\n"
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)

    assert read_trace(file) == [(1000, 2000)]


def test_a_file_that_is_no_trace_is_named(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a,b\n")
    with pytest.raises(ValueError, match=r"other\.csv: the trace has no column p_w"):
        read_trace(file)

    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"p_w,q_var\n" + b"1,2\n" * 99)[:-9])
    with pytest.raises(ValueError, match=r"cut\.csv\.gz: "):
        read_trace(cut)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["p_w,var", "1,2"], "the trace has no column q_var; it needs p_w and q_var"),
        ([], "the trace has no column p_w and no column q_var"),
        (["p_w,q_var"], "the trace has no rows"),
        (["p_w,q_var", "1,2", "1,two"], "line 3 of the trace: q_var is 'two', not a number"),
        (["p_w,q_var", "nan,2"], "line 2 of the trace: p_w is 'nan', not a number"),
        (["p_w,q_var", "1"], "line 2 of the trace: q_var is None, not a number"),
    ],
)
def test_a_trace_that_cannot_be_played_is_refused_by_its_line(lines: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_trace(lines)
