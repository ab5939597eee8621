"""A capture that is made in memory: within its bounds, and as `han2x replay` reads it."""

from __future__ import annotations

from han2x.gateway.capture import Chunk, read_chunks
from han2x.gateway.config import MeterConfig
from han2x.gateway.meter import Meter
from han2x.gateway.recording import Ending, Recording
from tests.end_to_end.telegrams import kamstrup_list_1


def test_what_came_is_read_again_as_it_came() -> None:
    recording = Recording(["/dev/ttyUSB0 at 2400 8N1"], 1000.0, 60.0)
    chunks = [Chunk(1000.25, b"\x7e\xa0"), Chunk(1001.5, b"\x00")]
    for chunk in chunks:
        recording.take(chunk.octets, chunk.time)
    text = recording.file.decode("ascii")
    assert text.startswith("# /dev/ttyUSB0 at 2400 8N1\n")
    assert list(read_chunks(text.splitlines())) == chunks
    assert (recording.octets, recording.size) == (3, len(text))


def test_it_ends_when_its_time_is_up_though_nothing_comes() -> None:
    recording = Recording([], 1000.0, 60.0)
    recording.settle(1059.0)
    assert recording.lasted_s(1059.0) == 59.0
    recording.settle(2000.0)
    assert (recording.ending, recording.lasted_s(3000.0)) == (Ending.TIME, 60.0)
    recording.take(b"late", 1001.0)
    assert recording.octets == 0


def test_it_never_becomes_larger_than_it_may() -> None:
    recording = Recording(["x" * 20], 0.0, 1e9, most=100)
    for second in range(50):
        recording.take(b"\xaa\xbb", float(second))
    assert recording.ending is Ending.FULL
    assert recording.size <= 100
    assert [chunk.octets for chunk in read_chunks(recording.file.decode().splitlines())] == [b"\xaa\xbb"] * 5


def test_the_first_ending_counts() -> None:
    recording = Recording([], 0.0, 60.0)
    recording.end(Ending.STOPPED, 5.0)
    recording.settle(100.0)
    assert (recording.ending, recording.lasted_s(100.0)) == (Ending.STOPPED, 5.0)


def test_a_meter_s_line_is_taken_as_it_comes_and_the_meter_goes_on() -> None:
    now = 1000.0
    meter = Meter(MeterConfig(serial_settings="2400 8N1"), lambda: now)
    recording = Recording([], now, 60.0)
    meter.tap = recording.take
    telegram = kamstrup_list_1(power_import=500)
    meter.feed(telegram[:40])
    meter.feed(telegram[40:])
    meter.silence()
    assert meter.state.readings == 1
    assert b"".join(chunk.octets for chunk in read_chunks(recording.file.decode().splitlines())) == telegram
