"""What is said about a line that gives no values."""

from __future__ import annotations

import pytest

from han2x.framing import Deframer
from han2x.gateway.diagnosis import FIRST_WORD_S, Code, LineWatch
from han2x.model import Problem, ProblemKind
from tests.readings import a_reading

FCS = Problem(0, ProblemKind.CHECKSUM, "a frame of 228 octets has a wrong frame check sequence (FCS)")
NOISE = Problem(0, ProblemKind.FRAMING, "57 octets outside any frame: no frame begins in them")


def an_open_line() -> LineWatch:
    watch = LineWatch()
    watch.opened(0.0)
    return watch


def identification_only() -> Problem:
    deframer = Deframer()
    found = deframer.feed(b"/KAM5\r\n\r\n") + deframer.silence()
    (problem,) = [item for item in found if isinstance(item, Problem)]
    return problem


def test_a_line_without_a_port_says_so() -> None:
    assert LineWatch(configured=False).diagnose(1e6).code is Code.NO_PORT


def test_a_port_that_failed_is_told_in_its_own_words() -> None:
    watch = an_open_line()
    watch.failed("/dev/ttyUSB0 is not there")

    assert watch.diagnose(1.0).code is Code.PORT_FAILED
    assert watch.diagnose(1.0).what == "/dev/ttyUSB0 is not there"


def test_a_new_line_waits_and_then_has_received_nothing() -> None:
    watch = an_open_line()

    assert watch.diagnose(FIRST_WORD_S - 1).code is Code.WAITING
    assert watch.diagnose(FIRST_WORD_S).code is Code.NOTHING_RECEIVED
    assert "grid company" in watch.diagnose(FIRST_WORD_S).advice


def test_trying_other_settings_does_not_begin_the_wait_anew() -> None:
    watch = an_open_line()
    watch.opened(FIRST_WORD_S - 1)

    assert watch.diagnose(FIRST_WORD_S + 1).code is Code.NOTHING_RECEIVED


def test_good_telegrams_are_receiving_and_then_silence_is_told() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(a_reading(), 5.0)

    assert watch.diagnose(64.0).code is Code.RECEIVING
    assert watch.diagnose(66.0).code is Code.FELL_SILENT


def test_octets_that_never_make_a_frame_point_to_baud_rate_and_parity() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(NOISE, 6.0)

    assert watch.diagnose(10.0).code is Code.NO_FRAMES
    assert "parity" in watch.diagnose(10.0).advice


@pytest.mark.parametrize("problem", [FCS, Problem(0, ProblemKind.LENGTH, "a frame of 228 octets was announced, but …")])
def test_frames_that_arrive_broken_point_to_the_cable(problem: Problem) -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(problem, 6.0)

    assert watch.diagnose(10.0).code is Code.DAMAGED


def test_the_identification_line_alone_points_to_the_supply() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(identification_only(), 6.0)

    assert watch.diagnose(10.0).code is Code.IDENTIFICATION_ONLY
    assert "5 V" in watch.diagnose(10.0).advice


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ProblemKind.NO_KEY, Code.NO_KEY),
        (ProblemKind.AUTHENTICATION, Code.WRONG_KEY),
        (ProblemKind.REPLAY, Code.REPLAY),
        (ProblemKind.UNKNOWN_LIST, Code.UNKNOWN_LIST),
        (ProblemKind.APDU, Code.UNKNOWN_LIST),
    ],
)
def test_frames_that_cannot_be_used_are_told_apart(kind: ProblemKind, code: Code) -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(Problem(0, kind, "why"), 6.0)

    diagnosis = watch.diagnose(10.0)
    assert diagnosis.code is code
    assert diagnosis.what.endswith(".")
    assert diagnosis.advice


def test_damage_now_and_then_is_still_receiving() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(a_reading(), 5.0)
    watch.found(FCS, 15.0)

    assert watch.diagnose(16.0).code is Code.RECEIVING


def test_what_was_wrong_long_ago_does_not_count() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(Problem(0, ProblemKind.NO_KEY, "why"), 6.0)
    watch.heard(1000.0)
    watch.found(NOISE, 1000.0)

    assert watch.diagnose(1001.0).code is Code.NO_FRAMES
