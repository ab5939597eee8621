from __future__ import annotations

from datetime import datetime

import pytest

from han2x.codecs.date_time import decode_date_time
from han2x.model import MeterTime
from tests import frames

LOCAL = datetime.fromisoformat("2026-11-20T23:45:10")


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (frames.date_time("2026-11-20 23:45:10"), MeterTime(LOCAL, None, 0)),
        (frames.date_time("2026-11-20 23:45:10", deviation=-60, status=0x80), MeterTime(LOCAL, -60, 0x80)),
        (frames.date_time("2026-11-20 23:45:10", deviation=60), MeterTime(LOCAL, 60, 0)),
        (frames.date_time("2026-11-20 23:45:10", deviation=0, status=0xFF), MeterTime(LOCAL, 0, None)),
    ],
)
def test_a_date_time_keeps_what_the_meter_said(octets: bytes, expected: MeterTime) -> None:
    assert decode_date_time(octets) == expected


@pytest.mark.parametrize("weekday", [0, 7, 3, 0xFF])
def test_the_day_of_the_week_is_not_looked_at(weekday: int) -> None:
    assert decode_date_time(frames.date_time("2026-11-20 23:45:10", weekday=weekday)) == MeterTime(LOCAL, None, 0)


@pytest.mark.parametrize("octets", [bytes(12), b"\xff" * 12, frames.date_time("2026-2-30 00:00:00")])
def test_what_cannot_be_a_date_is_absent(octets: bytes) -> None:
    assert decode_date_time(octets) is None


@pytest.mark.parametrize("octets", [b"", bytes(11), bytes(13)])
def test_any_other_number_of_octets_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="12 octets"):
        decode_date_time(octets)
