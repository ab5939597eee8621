"""Capture files, and playing them."""

from __future__ import annotations

import pytest

from han2x.gateway.capture import CaptureError, Chunk, read_chunks, write_chunk


def test_what_is_written_reads_back() -> None:
    chunks = [Chunk(1_700_000_000.25, b"\x7e\xa0"), Chunk(1_700_000_000.25, b"\x00"), Chunk(1_700_000_010.0, b"~")]

    assert list(read_chunks(map(write_chunk, chunks))) == chunks


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert list(read_chunks(["# a meter\n", "\n", "5 7e a0\n"])) == [Chunk(5.0, b"\x7e\xa0")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("7ea0", "line 2: expected '<seconds"),
        ("x 7ea0", "line 2: expected"),
        ("5 7ea", "line 2: expected"),
        ("5 7eag", "line 2: expected"),
        ("nan 7e", "line 2: nan is not a time"),
        ("-1 7e", "line 2: -1 is not a time"),
    ],
)
def test_a_line_that_is_no_chunk_is_named(line: str, told: str) -> None:
    with pytest.raises(CaptureError, match=told):
        list(read_chunks(["5 00\n", line]))


def test_a_chunk_a_little_earlier_than_the_last_is_taken_at_its_time() -> None:
    said: list[str] = []
    assert list(read_chunks(["5 7e\n", "4.975 a0\n", "6 7e\n"], said.append)) == [
        Chunk(5.0, b"\x7e"),
        Chunk(5.0, b"\xa0"),
        Chunk(6.0, b"\x7e"),
    ]
    assert said == []


def test_after_a_clock_was_set_back_the_times_go_on_evenly() -> None:
    said: list[str] = []
    times = [chunk.time for chunk in read_chunks(["7200 7e\n", "3602 a0\n", "3612 7e\n", "12 7e\n"], said.append)]
    assert times == [7200.0, 7200.0, 7210.0, 7210.0]
    assert said == [
        "line 2: the time goes back by 3598 s; taken for a clock that was set",
        "line 4: the time goes back by 3600 s; taken for a clock that was set",
    ]
