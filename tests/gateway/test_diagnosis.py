"""What is said about a line that gives no values."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from han2x.framing import Deframer
from han2x.gateway.diagnosis import FIRST_WORD_S, LONGEST_PAUSE_S, Code, Diagnosis, LineWatch
from han2x.gateway.line_status import LineState, LineStatus
from han2x.model import Event, Problem, ProblemCause, ProblemKind
from han2x.serial_port.reasons import PortFault
from han2x.simulator import SimulatedMeter, uart
from han2x.state.freshness import AGREEING
from tests.readings import a_reading

FCS = Problem(0, ProblemCause.FCS, "why")
NOISE = Problem(0, ProblemCause.NOISE, "why")


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
    fault = PortFault("port-unplugged", port="/dev/ttyUSB0")
    watch.failed(LineStatus(LineState.FAILED, "/dev/ttyUSB0", fault))

    values = {"cause": "port-unplugged", "port": "/dev/ttyUSB0"}
    assert watch.diagnose(1.0) == Diagnosis(Code.PORT_FAILED, "/dev/ttyUSB0 was unplugged", values=values)


def test_a_port_that_is_open_again_has_not_failed() -> None:
    watch = an_open_line()
    watch.failed(LineStatus(LineState.FAILED, "/dev/ttyUSB0", PortFault("port-unplugged", port="/dev/ttyUSB0")))
    watch.opened(2.0)

    assert watch.diagnose(3.0).code is Code.WAITING


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
    assert watch.diagnose(66.0).code is Code.WAITING
    assert watch.diagnose(6.0 + LONGEST_PAUSE_S).code is Code.FELL_SILENT


def diagnoses(event: Event, every: float, count: int) -> list[list[Code]]:
    """What is said after each of so many telegrams, second by second until the next one."""
    watch = an_open_line()
    said = []
    for now in (5.0 + every * place for place in range(count)):
        watch.heard(now)
        watch.heard(now + 0.1)
        watch.found(event, now + 0.1)
        said.append([watch.diagnose(now + second).code for second in range(1, int(every) + 1)])
    return said


@pytest.mark.parametrize("every", [1.0, 10.0, 20.0])
def test_silence_after_telegrams_that_came_often_is_told_after_a_minute(every: float) -> None:
    watch = an_open_line()
    for place in range(10):
        watch.heard(every * place)
        watch.found(a_reading(), every * place)

    assert watch.diagnose(every * 9 + 59.9).code is Code.RECEIVING
    assert watch.diagnose(every * 9 + 60).code is Code.FELL_SILENT


@pytest.mark.parametrize("every", [60.0, 300.0])
def test_a_meter_that_sends_seldom_has_not_fallen_silent_between_two_telegrams(every: float) -> None:
    said = diagnoses(a_reading(), every, 8)

    assert {code for codes in said for code in codes} <= {Code.RECEIVING, Code.WAITING}
    assert {code for codes in said[AGREEING:] for code in codes} == {Code.RECEIVING}


def test_a_meter_that_sends_every_quarter_of_an_hour_is_receiving_once_that_is_known() -> None:
    assert {code for codes in diagnoses(a_reading(), 900.0, 8)[AGREEING:] for code in codes} == {Code.RECEIVING}


@pytest.mark.parametrize("every", [10.0, 60.0, 300.0])
def test_what_is_the_matter_with_telegrams_that_come_seldom_is_told_until_the_next_one(every: float) -> None:
    said = diagnoses(Problem(0, ProblemCause.NO_KEY, "why"), every, 8)

    assert {code for codes in said[AGREEING:] for code in codes} == {Code.NO_KEY}
    assert Code.FELL_SILENT not in {code for codes in said for code in codes}


def test_a_meter_that_sends_seldom_has_fallen_silent_after_three_of_its_intervals() -> None:
    watch = an_open_line()
    for place in range(5):
        watch.heard(60.0 * place)
        watch.found(a_reading(), 60.0 * place)

    assert watch.diagnose(240 + 179).code is Code.RECEIVING
    assert watch.diagnose(240 + 180).code is Code.FELL_SILENT


def test_noise_before_the_first_good_telegram_is_not_what_is_the_matter_after_it() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(NOISE, 5.5)
    watch.heard(10.0)
    watch.found(a_reading(), 10.0)

    assert watch.diagnose(75.0).code is Code.WAITING


def test_a_port_that_was_lost_and_is_open_again_gets_its_pause_too() -> None:
    watch = an_open_line()
    for place in range(5):
        watch.heard(60.0 * place)
        watch.found(a_reading(), 60.0 * place)
    watch.failed(LineStatus(LineState.FAILED, "/dev/ttyUSB0", PortFault("port-unplugged", port="/dev/ttyUSB0")))
    watch.opened(5000.0)

    assert watch.diagnose(5100.0).code is Code.WAITING
    assert watch.diagnose(5180.0).code is Code.FELL_SILENT


def test_octets_that_never_make_a_frame_point_to_baud_rate_and_parity() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(NOISE, 6.0)

    assert watch.diagnose(10.0).code is Code.NO_FRAMES
    assert "parity" in watch.diagnose(10.0).advice


def after(*causes: ProblemCause) -> Diagnosis:
    """What is said when these problems, and no telegram, came one after the other."""
    watch = an_open_line()
    for at, cause in enumerate(causes):
        watch.heard(5.0 + at)
        watch.found(Problem(0, cause, "why", {"system_title": "4b414d4501020304"}), 6.0 + at)
    return watch.diagnose(10.0)


@pytest.mark.parametrize("cause", ProblemCause)
def test_every_cause_points_somewhere(cause: ProblemCause) -> None:
    quiet = {ProblemCause.HCS, ProblemCause.NOISE, ProblemCause.NOT_DLMS}
    broken = {ProblemKind.CHECKSUM, ProblemKind.LENGTH, ProblemKind.P1_CHECKSUM}
    if cause in quiet:
        assert after(cause).code is Code.NO_FRAMES
    elif cause is ProblemCause.IDENTIFICATION_ONLY:
        assert after(cause).code is Code.IDENTIFICATION_ONLY
    elif cause in (ProblemCause.P1_CRC_MISSING, ProblemCause.UNCONFIRMED):
        assert after(cause).code is Code.NO_CHECKSUM
    elif cause.kind in broken:
        assert after(cause).code is Code.DAMAGED
    else:
        assert after(cause).code not in (Code.NO_FRAMES, Code.DAMAGED, Code.WAITING)
        assert after(cause).values == {"cause": cause, "system_title": "4b414d4501020304"}


def test_a_meter_that_encrypts_is_named_by_the_number_in_its_system_title() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    values = {"system_title": "49534b6774ac008f", "serial": "ISK 78381199"}
    watch.found(Problem(0, ProblemCause.NO_KEY, "why", values), 6.0)

    assert "ISK 78381199" in watch.diagnose(10.0).what
    assert watch.diagnose(10.0).values == {"cause": ProblemCause.NO_KEY, **values}


def test_the_identification_line_alone_points_to_the_supply() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(identification_only(), 6.0)

    assert watch.diagnose(10.0).code is Code.IDENTIFICATION_ONLY
    assert "5 V" in watch.diagnose(10.0).advice


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (ProblemCause.NO_KEY, Code.NO_KEY),
        (ProblemCause.NO_AUTHENTICATION_KEY, Code.NO_AUTHENTICATION_KEY),
        (ProblemCause.KEYS_SWAPPED, Code.KEYS_SWAPPED),
        (ProblemCause.KEYS_WRONG, Code.WRONG_KEY),
        (ProblemCause.AUTHENTICATION_KEY_WRONG, Code.AUTHENTICATION_KEY_WRONG),
        (ProblemCause.CHANGED_ON_THE_WAY, Code.NOT_VERIFIED),
        (ProblemCause.UNVERIFIABLE, Code.NOT_VERIFIED),
        (ProblemCause.REPLAY, Code.REPLAY),
        (ProblemCause.UNKNOWN_MAKER, Code.UNKNOWN_LIST),
        (ProblemCause.ENCODING, Code.UNKNOWN_LIST),
    ],
)
def test_frames_that_cannot_be_used_are_told_apart(cause: ProblemCause, code: Code) -> None:
    diagnosis = after(cause)
    assert diagnosis.code is code
    assert diagnosis.what.endswith(".")
    assert diagnosis.advice


def test_what_is_sure_wins_over_what_came_last() -> None:
    diagnosis = after(ProblemCause.KEYS_SWAPPED, ProblemCause.KEYS_WRONG, ProblemCause.FCS)

    assert diagnosis.code is Code.KEYS_SWAPPED
    assert diagnosis.values["cause"] == ProblemCause.KEYS_SWAPPED


def test_the_detail_is_that_of_the_problem_that_is_told() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(Problem(0, ProblemCause.LIST_SHAPE, "a list of 12 elements"), 6.0)
    watch.found(Problem(9, ProblemCause.NOISE, "nothing there"), 7.0)

    assert watch.diagnose(10.0).what == "The meter sends a list that is not known (a list of 12 elements)."


def test_damage_now_and_then_is_still_receiving() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(a_reading(), 5.0)
    watch.found(FCS, 15.0)

    assert watch.diagnose(16.0).code is Code.RECEIVING


def test_what_was_wrong_long_ago_does_not_count() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(Problem(0, ProblemCause.NO_KEY, "why"), 6.0)
    watch.heard(1000.0)
    watch.found(NOISE, 1000.0)

    assert watch.diagnose(1001.0).code is Code.NO_FRAMES


def test_a_missing_key_is_told_without_a_serial_number_where_there_is_no_system_title() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(Problem(0, ProblemCause.NO_KEY, "why"), 6.0)

    assert watch.diagnose(10.0).what == "The meter encrypts its telegrams, and no key is set."


def test_telegrams_without_a_checksum_are_said_to_be_unchecked() -> None:
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(replace(a_reading(), unchecked=True), 5.0)

    assert watch.diagnose(6.0).code is Code.UNCHECKED
    watch.found(a_reading(), 7.0)
    assert watch.diagnose(8.0).code is Code.RECEIVING


def test_a_line_without_its_inverter_is_told_apart_from_a_wrong_speed() -> None:
    meter = SimulatedMeter("kamstrup-p1", start=datetime.fromisoformat("2026-01-01"))
    (_, telegram), *_ = meter.frames_between(0, 20)
    levels = [1 - level for level in uart.levels(telegram, even_parity=False)]
    upside_down = uart.heard([0] * 40 + levels + [0] * 40, even_parity=False)
    watch = an_open_line()
    watch.heard(5.0)
    watch.found(NOISE, 6.0)
    watch.fell_silent(telegram, 6.0)
    assert watch.diagnose(7.0).code is Code.NO_FRAMES

    watch.fell_silent(upside_down, 8.0)
    assert watch.diagnose(9.0).code is Code.INVERTED
    assert "invert" in watch.diagnose(9.0).advice


def test_a_telegram_that_was_on_its_way_when_the_port_was_opened_is_no_alarm() -> None:
    watch = an_open_line()
    watch.heard(0.1)
    watch.found(NOISE, 0.9)
    assert watch.diagnose(1.0).code is Code.WAITING
    watch.heard(2.5)
    watch.found(FCS, 2.6)
    assert watch.diagnose(2.7).code is Code.DAMAGED


def test_octets_that_come_without_a_pause_from_the_first_moment_are_told_all_the_same() -> None:
    watch = an_open_line()
    for tenths in range(1, 10 * 40):
        watch.heard(tenths / 10)
    watch.found(NOISE, 40.0)
    assert watch.diagnose(40.0).code is Code.NO_FRAMES


def test_pieces_of_telegrams_on_a_port_that_another_program_reads_are_no_matter_of_parity() -> None:
    fault = PortFault("port-read-too", port="/dev/ttyUSB0", program="minicom", process=12)
    watch = an_open_line()
    watch.torn(LineStatus(LineState.OPEN, "/dev/ttyUSB0", fault))
    watch.heard(5.0)
    watch.found(NOISE, 6.0)
    told = watch.diagnose(7.0)
    assert (told.code, told.values["cause"], told.values["program"]) == (Code.PORT_FAILED, "port-read-too", "minicom")
    watch.found(a_reading(), 8.0)
    assert watch.diagnose(9.0).code is Code.RECEIVING
    watch.opened(20.0)
    watch.heard(25.0)
    watch.found(NOISE, 90.0)
    assert watch.diagnose(90.0).code is Code.NO_FRAMES
