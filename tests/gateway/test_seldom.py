"""Log lines that a line can cause as often as it likes."""

from __future__ import annotations

import logging

import pytest

from han2x.gateway.seldom import PAUSE_S, SeldomLog

LOG = logging.getLogger("han2x.test")


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]


def test_the_first_line_of_each_kind_is_logged_and_the_others_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seldom = SeldomLog(LOG)
    for number in range(5000):
        seldom(number / 100, logging.INFO, "identity", "meter %s", number)
    seldom(50.0, logging.WARNING, "checksum", "damaged")

    assert said(caplog) == ["meter 0", "damaged"]


def test_after_an_hour_one_line_says_how_many_there_were(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seldom = SeldomLog(LOG)
    for number in range(4):
        seldom(number, logging.INFO, "identity", "meter %s", number)
    seldom.tick(PAUSE_S - 1)
    assert said(caplog) == ["meter 0"]
    seldom.tick(PAUSE_S)
    seldom.tick(PAUSE_S + 1)
    seldom(PAUSE_S + 2, logging.INFO, "identity", "meter %s", 9)

    assert said(caplog) == ["meter 0", "meter 3 (the last of 3 like it within an hour)"]


def test_what_has_rested_for_an_hour_is_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seldom = SeldomLog(LOG)
    seldom(0.0, logging.INFO, "identity", "meter %s", 1)
    seldom(PAUSE_S, logging.INFO, "identity", "meter %s", 2)

    assert said(caplog) == ["meter 1", "meter 2"]


def test_more_than_one_may_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    seldom = SeldomLog(LOG, most=3)
    for number in range(9):
        seldom(number, logging.INFO, "open", "open %s", number)

    assert said(caplog) == ["open 0", "open 1", "open 2"]


def test_what_is_counted_is_there_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seldom = SeldomLog(LOG)
    for number in range(3):
        seldom(number, logging.INFO, "identity", "meter %s", number)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "meter 0"),
        ("DEBUG", "meter 1"),
        ("DEBUG", "meter 2"),
    ]
