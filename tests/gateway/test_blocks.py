"""Telegrams in blocks with pauses between them, and what is kept of a meter that tells a thing but once."""

from __future__ import annotations

import pytest

from han2x.gateway.config import MeterConfig
from han2x.gateway.line import BLOCK_GAP_S
from han2x.gateway.meter import Meter
from han2x.meters import Scales
from han2x.model import Event, Problem, ProblemCause, Quantity, Reading
from tests import frames
from tests.gateway.test_meter import Disk

SILENCE_S = 1.0


class Line:
    """A meter on a clock that goes with what is sent."""

    def __init__(self, disk: Disk | None = None) -> None:
        self.now = 100.0
        self.disk = disk or Disk()
        self.meter = Meter(MeterConfig(serial_settings="2400 8E1"), lambda: self.now, store=self.disk)

    def say(self, octets: bytes, pause: float = 0.0) -> list[Event]:
        """Send these octets, then nothing for so many seconds."""
        events = self.meter.feed(octets)
        if pause >= SILENCE_S:
            self.now += SILENCE_S
            events += self.meter.silence()
            pause -= SILENCE_S
        self.now += pause
        return events


def blocks(apdu: bytes) -> list[bytes]:
    """An APDU in three blocks, each in a frame."""
    pieces = [apdu[:60], apdu[60:120], apdu[120:]]
    contents = [frames.block(number, piece, last=number == len(pieces)) for number, piece in enumerate(pieces, 1)]
    return [frames.hdlc((frames.LLC if number == 0 else b"") + content) for number, content in enumerate(contents)]


def a_list(power: int, device: str = "LGZ1030000000017", ampere: int = 0) -> bytes:
    return frames.notification(
        frames.push_object(
            (frames.descriptor("0.0.42.0.0", 1), frames.octet_string(device.encode())),
            (frames.descriptor("1.0.1.7.0"), frames.u32(power)),
            *((frames.descriptor(f"1.0.{code}.7.0"), frames.u16(230)) for code in (32, 52, 72)),
            *((frames.descriptor(f"1.0.{code}.7.0"), frames.u16(ampere)) for code in (31, 51, 71)),
        )
    )


def powers(events: list[Event]) -> list[int]:
    return [event.values[Quantity.ACTIVE_POWER_IMPORT] for event in events if isinstance(event, Reading)]


@pytest.mark.parametrize("pause", [0.0, 0.5, 1.5, 3.0])
def test_the_last_block_may_come_seconds_after_the_one_before(pause: float) -> None:
    line = Line()
    first, second, last = blocks(a_list(1234))

    assert line.say(first) == []
    assert line.say(second, pause) == []
    assert powers(line.say(last)) == [1_234_000]


def test_a_block_that_comes_later_than_any_belongs_to_another_telegram() -> None:
    line = Line()
    first, second, _ = blocks(a_list(1234))
    *_, last_of_another = blocks(a_list(4321))

    line.say(first)
    line.say(second, BLOCK_GAP_S + 0.5)
    events = line.say(last_of_another)

    assert powers(events) == []
    assert [event.cause for event in events if isinstance(event, Problem)] == [
        ProblemCause.PART_MISSING,
        ProblemCause.FIRST_PART_MISSING,
    ]


def test_a_telegram_that_begins_while_a_block_is_waited_for_is_read() -> None:
    line = Line()
    first, second, _ = blocks(a_list(1234))
    line.say(first)
    line.say(second, 2.0)

    again = [event for block in blocks(a_list(4321)) for event in line.say(block)]

    assert powers(again) == [4_321_000]


def current(line: Line, octets: bytes) -> int:
    (reading,) = [event for event in line.say(octets) if isinstance(event, Reading)]
    return reading.values[Quantity.CURRENT_L1]


def framed(apdu: bytes) -> bytes:
    return frames.hdlc(frames.LLC + apdu)


LOAD, IDLE = framed(a_list(258_000, ampere=400)), framed(a_list(100, ampere=1))


def test_a_scale_that_a_load_has_shown_holds_over_a_restart() -> None:
    line = Line()
    assert current(line, LOAD) == 400_000
    line.meter.keep(line.disk)

    assert current(Line(line.disk), IDLE) == 1_000
    assert current(Line(), IDLE) == 10


def test_a_scale_that_was_found_goes_with_its_meter_and_with_the_settings_it_was_found_under() -> None:
    line = Line()
    current(line, LOAD)

    assert current(line, IDLE) == 1_000
    assert current(line, framed(a_list(100, "LGZ1030000000018", ampere=1))) == 10

    current(line, LOAD)
    line.meter.change(MeterConfig(serial_settings="2400 8E1", scales=Scales(kamstrup_energy_mwh=1000)))
    line.meter.renew_line()
    assert current(line, IDLE) == 10
