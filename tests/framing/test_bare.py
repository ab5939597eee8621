from __future__ import annotations

import pytest

from han2x.decoder import Decoder
from han2x.framing import Content, Deframer, Frame, Refusal, bare
from han2x.framing.base import NOTHING_HERE
from han2x.model import Event, Problem, ProblemCause, Quantity, Reading
from tests import frames

LIST = frames.untagged(
    (frames.descriptor("0.0.96.1.1", 1), frames.octet_string(b"9900000017")),
    (frames.descriptor("0.0.96.14.0", 1), frames.null()),
    (frames.descriptor("1.0.1.7.0"), frames.u32(1956)),
    (frames.descriptor("1.0.1.8.0"), frames.u32(4_913_794)),
)
TELEGRAM = frames.notification(LIST)
CLOCK = frames.date_time("2026-11-20 23:45:10")


def events_of(*chunks: bytes | None) -> list[Event]:
    """What a decoder makes of chunks, None being a silence."""
    decoder = Decoder()
    events: list[Event] = []
    for chunk in chunks:
        events += decoder.silence() if chunk is None else decoder.feed(chunk)
    return events


@pytest.mark.parametrize("time", [b"\x00", b"\x0c" + CLOCK, b"\x09\x0c" + CLOCK])
def test_a_list_between_two_silences_is_read_as_soon_as_the_second_begins(time: bytes) -> None:
    telegram = frames.notification(LIST, time)

    (reading,) = events_of(b"\x01\xfe", None, telegram[:100], telegram[100:], None)[1:]

    assert isinstance(reading, Reading)
    assert (reading.offset, reading.meter_id, reading.unchecked) == (2, "9900000017", True)
    assert reading.values[Quantity.ACTIVE_ENERGY_IMPORT] == 4_913_794_000
    assert events_of(telegram) == []


@pytest.mark.parametrize("octets", range(1, len(TELEGRAM) + 1))
def test_a_list_is_waited_for_however_much_of_it_has_come(octets: int) -> None:
    assert bare.recognise(bytearray(TELEGRAM[:octets]), 0) is None


@pytest.mark.parametrize("octets", range(1, len(TELEGRAM)))
def test_a_part_of_a_list_is_never_read(octets: int) -> None:
    assert not any(isinstance(event, Reading) for event in events_of(TELEGRAM[:octets], None))


@pytest.mark.parametrize("more", [b"\0", b"\x16", TELEGRAM])
def test_a_list_that_does_not_end_with_its_octets_is_not_read(more: bytes) -> None:
    assert not any(isinstance(event, Reading) for event in events_of(TELEGRAM + more, None))


def test_a_list_that_does_not_follow_a_silence_is_not_read() -> None:
    assert not any(isinstance(event, Reading) for event in events_of(b"\x55" + TELEGRAM, None))
    assert not any(isinstance(event, Reading) for event in events_of(b"\x55", TELEGRAM, None))


@pytest.mark.parametrize("place", [*range(8), 10, 11, 12, 13, 14])
def test_a_list_with_a_wrong_octet_where_its_form_tells_is_not_read(place: int) -> None:
    damaged = bytearray(TELEGRAM)
    damaged[place] ^= 0x40

    found = [event for event in events_of(bytes(damaged), None) if isinstance(event, Reading)]
    assert not found or place in range(1, 5)  # the invoke id is not looked at


def test_only_a_list_that_names_its_values_is_taken_without_a_frame() -> None:
    tagged = frames.notification(frames.structure(frames.u32(1234)))

    assert not any(isinstance(event, Reading) for event in events_of(tagged, None))


def test_a_frame_behind_the_beginning_of_a_list_is_found_at_once() -> None:
    (problem, reading) = events_of(TELEGRAM[:40] + frames.a_list_1())

    assert isinstance(problem, Problem)
    assert isinstance(reading, Reading)


def test_what_broke_off_is_told_with_how_much_came() -> None:
    refusal = bare.cut_off(bytearray(TELEGRAM[:50]), 0)

    assert isinstance(refusal, Refusal)
    assert (refusal.cause, refusal.length) == (ProblemCause.FRAME_CUT, 50)
    assert "after 50 octets" in refusal.detail
    assert bare.cut_off(bytearray(TELEGRAM[:6]), 0) == NOTHING_HERE


def test_a_list_longer_than_any_is_not_waited_for() -> None:
    endless = frames.notification(
        frames.untagged(*[(frames.descriptor("0.0.96.1.0", 1), frames.octet_string(bytes(120)))] * 60)
    )

    assert bare.recognise(bytearray(endless[: bare.MAX_FRAME]), 0) is None
    assert bare.recognise(bytearray(endless[: bare.MAX_FRAME + 1]), 0) == NOTHING_HERE


def test_the_frame_is_the_whole_notification() -> None:
    deframer = Deframer()

    assert deframer.feed(TELEGRAM) == []
    assert deframer.silence() == [Frame(0, len(TELEGRAM), TELEGRAM, Content.UNCHECKED_APDU)]


def test_a_list_after_a_damaged_frame_without_its_closing_flag_is_read() -> None:
    damaged = bytearray(frames.a_list_1()[:-1])
    damaged[20] ^= 1

    *_, reading = events_of(bytes(damaged), None, TELEGRAM, None)

    assert isinstance(reading, Reading)


OTHER = frames.notification(LIST, b"\x0c" + CLOCK)


def offsets_in_file(*chunks: bytes) -> list[int]:
    """Where readings begin in chunks of a file without silences, up to its end."""
    decoder = Decoder(timed=False)
    events = [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.silence()
    return [event.offset for event in events if isinstance(event, Reading)]


@pytest.mark.parametrize("size", [1, 7, len(TELEGRAM), 1000, 100_000])
def test_in_a_file_without_silences_each_of_many_lists_is_read(size: int) -> None:
    octets = (TELEGRAM + OTHER) * 20
    expected = [begin + more for begin in range(0, len(octets), len(TELEGRAM + OTHER)) for more in (0, len(TELEGRAM))]

    assert offsets_in_file(*(octets[begin : begin + size] for begin in range(0, len(octets), size))) == expected


def test_in_a_file_the_lists_behind_damage_are_read_and_the_damaged_one_is_not() -> None:
    damaged = TELEGRAM[:60] + TELEGRAM[61:]
    begin = 2 * len(TELEGRAM) - 1

    assert offsets_in_file(TELEGRAM + damaged + OTHER + TELEGRAM) == [0, begin, begin + len(OTHER)]
    assert offsets_in_file(b"\x55" + TELEGRAM + OTHER) == [1, 1 + len(TELEGRAM)]


@pytest.mark.parametrize("octets", range(1, len(TELEGRAM)))
def test_in_a_file_a_part_of_a_list_is_never_read(octets: int) -> None:
    assert offsets_in_file(TELEGRAM[:octets]) == []
    assert offsets_in_file(TELEGRAM + TELEGRAM[:octets]) in ([], [0])


def test_in_a_file_frames_of_other_kinds_are_read_beside_it() -> None:
    assert offsets_in_file(TELEGRAM + OTHER + frames.a_list_1() + TELEGRAM) == [
        0,
        len(TELEGRAM + OTHER),
        len(TELEGRAM + OTHER + frames.a_list_1()),
    ]
