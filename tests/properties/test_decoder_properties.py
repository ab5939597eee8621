"""What holds for every stream of octets whatever, shown on streams made of frames, of their pieces, and of noise."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from han2x.decoder import MAX_WAITING, Decoder
from han2x.framing import MAX_UNFRAMED, RECOGNISERS
from han2x.model import Event, Reading
from tests import frames
from tests.telegrams import load

LIST_APDU = frames.notification(frames.array(frames.measured("1.0.1.7.0", frames.u32(77), 0, frames.W)))

GOOD = [
    frames.a_list_1(),
    frames.a_kamstrup_list(),
    frames.kaifa(frames.u32(3631)),
    frames.p1(["0-0:1.0.0(240407122854S)", "1-0:1.7.0(0001.453*kW)"]),
    frames.p1(["1-0:1.8.1(00001.453*kWh)", "1-0:1.7.0(0001.45*kW)"], "KMP5 KA6U")[:-6] + b"\r\n",
    frames.mbus(LIST_APDU),
    frames.mbus(LIST_APDU[:9], last=False) + frames.mbus(LIST_APDU[9:], part=1),
    frames.hdlc(frames.LLC + LIST_APDU[:9], segmented=True) + frames.hdlc(LIST_APDU[9:]),
    frames.hdlc(frames.LLC + frames.block(1, LIST_APDU[:9])) + frames.hdlc(frames.block(2, LIST_APDU[9:], last=True)),
    frames.a_kamstrup_list().replace(b"\n", b"\r\n"),
]
OTHER = [
    frames.hdlc(b""),
    frames.hdlc(frames.LLC + b"\xdb\x08KAM\0\0\0\0\0\x20"),
    b"\xdb\x08SAG00000\x40\x30" + bytes(63),
    b"/KAM5\r\n\r\n",
    frames.sealed_p1(b"\x00\x82\x00\x40\x30" + b"/!\r\n" * 12 + bytes(15)),
    frames.hdlc(frames.LLC + bytes(300))[:12],
    frames.notification(
        frames.untagged(
            (frames.descriptor("1.0.1.7.0"), frames.u32(1)), (frames.descriptor("1.0.1.8.0"), frames.u32(2))
        )
    ),
]

whole = st.sampled_from(GOOD + OTHER)
pieces = st.builds(lambda octets, begin, end: octets[begin:end], whole, st.integers(0, 40), st.integers(0, 300))
noise = st.binary(max_size=40)
candidates = st.lists(st.sampled_from([*sorted(RECOGNISERS), 0, 10, 13, 33]), max_size=12).map(bytes)
streams = st.lists(whole | pieces | noise | candidates, max_size=8).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    octets = bytearray(draw(streams))
    for place in draw(st.lists(st.integers(0, max(len(octets) - 1, 0)), max_size=4)):
        if place < len(octets):
            octets[place] ^= draw(st.integers(1, 255))
    return bytes(octets)


def decode(chunks: Iterable[bytes], *, timed: bool = True, p1_checksums: bool = True) -> list[Event]:
    decoder = Decoder(timed=timed, p1_checksums=p1_checksums)
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.silence()


def cut(octets: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place for place in places if place < len(octets)), len(octets)]
    return [octets[begin:end] for begin, end in pairwise(edges)]


@given(damaged(), st.lists(st.integers(0, 2000), max_size=20))
def test_any_cutting_into_chunks_gives_the_same_events(stream: bytes, places: list[int]) -> None:
    assert decode(cut(stream, places)) == decode([stream])


@given(damaged(), st.lists(st.integers(0, 2000), max_size=20))
def test_any_cutting_gives_the_same_events_also_where_silences_and_checksums_are_not_known(
    stream: bytes, places: list[int]
) -> None:
    assert decode(cut(stream, places), timed=False, p1_checksums=False) == decode(
        [stream], timed=False, p1_checksums=False
    )


@settings(max_examples=25)
@given(damaged())
def test_octet_by_octet_gives_the_same_events(stream: bytes) -> None:
    assert decode(cut(stream, range(len(stream)))) == decode([stream])


@pytest.mark.larger_set
def test_recorded_telegrams_octet_by_octet_give_the_same_events() -> None:
    for vector in load():
        assert decode(cut(vector.octets, range(len(vector.octets)))) == decode([vector.octets]), vector.name


@given(st.lists(damaged() | st.none(), max_size=12), st.booleans(), st.booleans())
def test_nothing_raises_and_what_waits_is_bounded(chunks: list[bytes | None], timed: bool, p1_checksums: bool) -> None:
    decoder = Decoder(timed=timed, p1_checksums=p1_checksums)
    for chunk in chunks:
        if chunk is None:
            decoder.silence()
            assert decoder.waiting == 0
        else:
            decoder.feed(chunk)
            assert decoder.waiting <= MAX_WAITING


@given(st.binary(max_size=300))
@example(b"\x7e\xa0")
def test_no_content_of_a_good_frame_raises(content: bytes) -> None:
    for information in (content, frames.LLC + content, frames.LLC + frames.notification(content)):
        decode([frames.hdlc(information)])
    decode([frames.mbus(content[:250])])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=125), max_size=80))
def test_no_line_of_a_good_p1_telegram_raises(line: str) -> None:
    decode([frames.p1([line, f"1-0:1.8.0({line})", f"0-0:1.0.0({line})"], f"KAM5{line}")])


@given(damaged(), st.sampled_from(GOOD))
def test_after_noise_and_silence_the_next_good_frame_comes_at_once(stream: bytes, good: bytes) -> None:
    decoder = Decoder()
    decoder.feed(stream)
    decoder.silence()

    events = decoder.feed(good)

    (reading,) = events
    assert isinstance(reading, Reading)
    assert reading.offset == len(stream)


@given(damaged(), st.sampled_from(GOOD[:5]))
def test_after_noise_without_silence_the_next_good_frame_is_not_lost(stream: bytes, good: bytes) -> None:
    events = decode([stream, b"\0" * 4, good])

    offsets = {event.offset for event in events if isinstance(event, Reading)}
    assert len(stream) + 4 in offsets


@given(damaged())
@example(GOOD[7][:30] + GOOD[3] + GOOD[7][30:])
def test_events_come_in_stream_order_and_lie_inside_it(stream: bytes) -> None:
    readings = [event.offset for event in decode([stream]) if isinstance(event, Reading)]

    assert readings == sorted(readings)
    assert all(0 <= event.offset < len(stream) for event in decode([stream]))


@given(st.binary(min_size=1, max_size=6), st.integers(1, 3 * MAX_UNFRAMED))
def test_a_line_without_end_of_anything_is_told_with_few_problems(pattern: bytes, octets: int) -> None:
    stream = (pattern * octets)[:octets]

    assert len(decode([stream])) <= octets // 5 + 2
