"""Text from meters and networks on terminals, in logs and in JSON."""

from __future__ import annotations

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.printable import PrintableFormatter, printable, printable_json

HOSTILE = "5706\x1b[2J\x1b]0;gone\x07\nhan2x: all is well\r\x9b31m\u202e\u2028"


def test_control_characters_are_written_as_escapes() -> None:
    assert printable(HOSTILE) == r"5706\x1b[2J\x1b]0;gone\x07\nhan2x: all is well\r\x9b31m\u202e\u2028"


@pytest.mark.parametrize("text", ["", "Målebrønn 1", r"C:\dev", "40015–40016, V × 10"])
def test_what_prints_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_what_is_to_be_kept_is_kept() -> None:
    assert printable("one\ntwo\x1b", keep="\n") == "one\ntwo\\x1b"


@given(st.text())
def test_nothing_that_does_not_print_is_left(text: str) -> None:
    assert printable(text).isprintable()


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_json_prints_and_means_the_same(document: dict[str, str | int]) -> None:
    text = printable_json(json.dumps(document, ensure_ascii=False))

    assert text.isprintable()
    assert json.loads(text) == document


def logged(message: str, *args: object, error: Exception | None = None) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PrintableFormatter("%(levelname)s %(message)s"))
    logger = logging.Logger("some")
    logger.addHandler(handler)
    logger.warning(message, *args, exc_info=error)
    return stream.getvalue()


def test_a_log_line_stays_one_line() -> None:
    assert logged("receiving from %s", HOSTILE) == f"WARNING receiving from {printable(HOSTILE)}\n"


def test_a_traceback_keeps_its_lines_and_no_other_control_character() -> None:
    text = logged("failed", error=ValueError(HOSTILE))

    assert text.startswith("WARNING failed\nValueError: 5706\\x1b[2J")
    assert all(line.isprintable() for line in text.split("\n"))
