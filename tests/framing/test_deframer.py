from __future__ import annotations

import pytest

from han2x.framing import MAX_BUFFER, MAX_UNFRAMED, RECOGNISERS, Deframer, Frame
from han2x.model import Problem, ProblemKind
from tests import frames

GOOD = frames.a_list_1()
LONG = frames.a_kamstrup_list()


def run(octets: bytes) -> list[Frame | Problem]:
    deframer = Deframer()
    return deframer.feed(octets) + deframer.silence()


def found(events: list[Frame | Problem]) -> list[int]:
    return [event.offset for event in events if isinstance(event, Frame)]


def problems(events: list[Frame | Problem]) -> list[Problem]:
    return [event for event in events if isinstance(event, Problem)]


def damaged(octets: bytes, place: int = 20) -> bytes:
    return octets[:place] + bytes((octets[place] ^ 0x10,)) + octets[place + 1 :]


def test_frames_back_to_back_are_found_with_two_flags_and_with_one_between_them() -> None:
    assert found(run(GOOD + GOOD)) == [0, len(GOOD)]
    assert found(run(GOOD[:-1] + GOOD)) == [0, len(GOOD) - 1]


def test_a_stray_flag_before_a_frame_does_no_harm() -> None:
    assert found(run(b"\x7e" + GOOD)) == [1]
    assert problems(run(b"\x7e" + GOOD)) == []


def test_a_good_frame_that_a_damaged_one_swallowed_is_found() -> None:
    shortened = LONG[:40] + LONG[60:]  # its length field now reaches into the next frame

    events = run(shortened + GOOD)

    assert found(events) == [len(shortened)]
    assert [problem.kind for problem in problems(events)] == [ProblemKind.CHECKSUM]


def test_damage_is_told_once_with_its_place() -> None:
    events = run(GOOD + damaged(LONG) + GOOD)

    (problem,) = problems(events)
    assert problem.offset == len(GOOD)
    assert found(events) == [0, len(GOOD) + len(LONG)]


def test_noise_before_a_frame_is_told_before_it() -> None:
    problem, frame = run(b"noise" + GOOD)

    assert isinstance(problem, Problem)
    assert (problem.offset, problem.kind) == (0, ProblemKind.FRAMING)
    assert isinstance(frame, Frame)


def test_a_false_header_with_a_wrong_check_does_not_hold_back_the_next_frame() -> None:
    deframer = Deframer()

    events = deframer.feed(bytes.fromhex("7ea2a821b0a2d8cf") + GOOD)

    assert found(events) == [8]


def test_a_frame_that_announces_more_than_comes_is_given_up_at_silence() -> None:
    deframer = Deframer()
    assert deframer.feed(LONG[:30]) == []

    (problem,) = problems(deframer.silence())

    assert problem.kind is ProblemKind.LENGTH
    assert found(deframer.feed(GOOD)) == [30]


def test_a_frame_held_up_by_a_long_announcement_comes_out_at_silence() -> None:
    deframer = Deframer()
    announcement = frames.hdlc(frames.LLC + bytes(1500))[:20]

    assert deframer.feed(announcement + GOOD) == []
    assert found(deframer.silence()) == [20]


def test_what_a_p1_meter_leaves_between_telegrams_is_not_told() -> None:
    telegram = frames.p1(["1-0:1.7.0(0001.234*kW)"])

    events = run(b"\r\n" + telegram + b"\0\0\0" + telegram)

    assert len(found(events)) == 2
    assert problems(events) == []


def test_every_octet_that_can_begin_a_frame_may_stand_in_noise() -> None:
    noise = bytes(RECOGNISERS) * 50

    assert found(run(noise + GOOD)) == [len(noise)]


def test_a_piece_of_a_damaged_frame_is_not_taken_for_a_frame_without_check_sequence() -> None:
    inner = b"\xdb\x08KAM\0\0\0\0\0\x82\x00\x40\x30" + bytes(63)
    telegram = frames.hdlc(frames.LLC + inner)

    events = run(damaged(telegram, -3))

    assert found(events) == []
    assert len(problems(events)) == 1


def test_an_endless_line_of_noise_is_told_again_and_again() -> None:
    assert len(run(b"\x55" * (10 * MAX_UNFRAMED))) == 10


@pytest.mark.parametrize(
    "octets",
    [
        b"\x55" * 50_000,
        b"\x7e\xa7\xff" * 20_000,
        b"/KAM5" + b"x" * 50_000,
        (b"\x68\xff\xff\x68" + bytes(300)) * 100,
        (b"\xdb\x08SAG00000\x82\x0f\xff\x30" + bytes(200)) * 100,
        frames.hdlc(frames.LLC + b"\r\n" * 800)[:-5] + b"\r\n" * 10_000,
    ],
    ids=["noise", "headers", "P1", "M-Bus", "ciphered", "line ends"],
)
def test_what_waits_is_bounded(octets: bytes) -> None:
    deframer = Deframer()
    for begin in range(0, len(octets), 4000):
        deframer.feed(octets[begin : begin + 4000])

        assert deframer.waiting <= MAX_BUFFER

    deframer.silence()
    assert deframer.waiting == 0


def test_a_good_frame_inside_what_only_looks_like_an_encrypted_telegram_is_found() -> None:
    content = b"\x30" + bytes(8) + GOOD + bytes(20)
    false = b"\xdb\x08SAG\x01\x02\x03\x04\x05\x82" + len(content).to_bytes(2, "big") + content

    assert found(run(false)) == [0, false.index(GOOD)]
