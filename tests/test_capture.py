"""Capture files, and playing them."""

from __future__ import annotations

import pytest

from han2x.capture import CaptureError, Chunk, read_chunks, write_chunk


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
        ("4 7e", "line 2: time runs backwards, from 5.000 to 4.000"),
    ],
)
def test_a_line_that_is_no_chunk_is_named(line: str, told: str) -> None:
    with pytest.raises(CaptureError, match=told):
        list(read_chunks(["5 00\n", line]))
