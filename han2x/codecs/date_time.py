"""The COSEM date-time (IEC 62056-6-2, "date-time"): twelve octets."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from han2x.model import MeterTime

OCTETS: Final = 12
_NOT_GIVEN: Final = -0x8000


def decode_date_time(octets: bytes) -> MeterTime | None:
    """Read a date-time; None when it is left open or cannot be a date.

    The day of the week is not looked at, since makers disagree about Sunday, nor are the hundredths.

    Raises:
        ValueError: there are not exactly twelve octets.
    """
    if len(octets) != OCTETS:
        raise ValueError(f"a date-time has {OCTETS} octets, not {len(octets)}")
    deviation = int.from_bytes(octets[9:11], "big", signed=True)
    try:
        local = datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], *octets[5:8])  # noqa: DTZ001 - the meter's wall clock has no zone
    except ValueError:
        return None
    return MeterTime(
        local,
        deviation_min=None if deviation == _NOT_GIVEN else deviation,
        status=None if octets[11] == 0xFF else octets[11],
    )
