"""The text format: what is written is what Prometheus's parsers read."""

from __future__ import annotations

import math
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from han2x.metrics.text import Exposition, Family, labels_of
from han2x.printable import printable
from tests.metrics.scraped import Scraped
from tests.tools import needed

GAUGE = Family("a_celsius", "gauge", "One of them.")
COUNTER = Family("b_seconds_total", "counter", 'A \\ back-slash, a "quote"\nand a second line.')


def told(value: float = 1.0, **labels: str | None) -> Scraped:
    exposition = Exposition()
    exposition.add(GAUGE, value, labels_of(labels))
    return Scraped(exposition.text())


def test_a_family_stands_once_with_all_its_samples_however_they_came() -> None:
    exposition = Exposition()
    exposition.add(GAUGE, 1.5, labels_of({"unit": "1"}))
    exposition.add(COUNTER, 7)
    exposition.add(GAUGE, -2, labels_of({"unit": "2"}))

    assert exposition.text().decode().splitlines() == [
        "# HELP a_celsius One of them.",
        "# TYPE a_celsius gauge",
        'a_celsius{unit="1"} 1.5',
        'a_celsius{unit="2"} -2',
        "",
        r'# HELP b_seconds_total A \\ back-slash, a "quote"\nand a second line.',
        "# TYPE b_seconds_total counter",
        "b_seconds_total 7",
    ]
    families = Scraped(exposition.text()).families
    assert [(each.type, each.documentation) for each in families] == [
        ("gauge", GAUGE.meaning),
        ("counter", COUNTER.meaning),
    ]


@given(st.text())
def test_any_text_can_be_a_label_s_value(text: str) -> None:
    assert told(name=text).value("a_celsius") == 1.0
    if text.isprintable():
        assert told(name=text).all("a_celsius") == [({"name": text} if text else {}, 1.0)]
    else:
        assert told(name=text).all("a_celsius") == [({"name": printable(text)}, 1.0)]


@given(st.floats() | st.integers(-(10**18), 10**18))
def test_any_number_is_read_as_it_is(value: float) -> None:
    (_, read) = told(value).all("a_celsius")[0]
    assert float(read) == float(value) or (math.isnan(read) and math.isnan(value))


def test_a_label_that_is_not_known_is_left_out() -> None:
    assert told(meter=None, name="").all("a_celsius") == [({}, 1.0)]
    assert labels_of({"meter": None, "code": "x"}, 'unit="1"') == 'unit="1",code="x"'


@pytest.mark.parametrize("value", ['"', "\\", "\n", "\0", "\\n", '"} 1\nc_total 5', "Ødegård", "\u2028", "\U0001f50c"])
def test_promtool_reads_what_is_hostile(value: str) -> None:
    exposition = Exposition()
    exposition.add(GAUGE, 1, labels_of({"name": value}))
    assert promtool_says(exposition.text()) == ""


def promtool_says(text: bytes) -> str:
    """What Prometheus's own tool finds wrong."""
    checked = subprocess.run(
        [needed("promtool"), "check", "metrics"], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return checked.stdout.decode() + (f"status {checked.returncode}" if checked.returncode else "")
