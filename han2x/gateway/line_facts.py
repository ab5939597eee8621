"""What Modbus clients are told of a meter's line, and of its clock. Pure: time is an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from han2x.gateway.diagnosis import Code
from han2x.gateway.line_status import LineState, LineStatus
from han2x.meters import clock
from han2x.registers import LineFacts
from han2x.state import Snapshot

_OPEN: Final = (LineState.OPEN, LineState.RECEIVING)
_LOCKED: Final = (
    Code.NO_KEY,
    Code.NO_AUTHENTICATION_KEY,
    Code.KEYS_SWAPPED,
    Code.AUTHENTICATION_KEY_WRONG,
    Code.WRONG_KEY,
)


def line_facts(
    status: LineStatus, code: Code, *, doubted: bool, simulated: bool, clock_doubted: bool = False
) -> LineFacts:
    """The facts of a line that stands like this, with this diagnosis; `doubted` says that a scale is."""
    return LineFacts(
        is_open=status.state in _OPEN,
        locked=code in _LOCKED,
        scale_doubted=doubted,
        clock_doubted=clock_doubted,
        simulated=simulated,
    )


def is_clock_doubted(snapshot: Snapshot, unix_time: float, zone: clock.Zone) -> bool:
    """Whether the meter's clock is none, or tells no moment near that in which it came by the computer's clock.

    A meter that has told no time at all is not doubted.
    """
    time, at = snapshot.meter_time, snapshot.meter_time_at
    if time is None or at is None or snapshot.maker is None or snapshot.push_list is None:
        return False
    arrived = datetime.fromtimestamp(unix_time - (snapshot.now - at), UTC)
    moments = clock.possible(snapshot.maker, snapshot.push_list, time, zone)
    return not any(abs(moment - arrived) <= clock.NEAR for moment in moments)
