"""One meter's truth: what it last said, how old that is, and the energies estimated since.

meter      what one line has said so far; one writer applies what the decoder found
snapshot   what is known at a moment, frozen; any number of readers take them
freshness  how old each value may be before it is stale
sent       which values the meter sends, and which it no longer does
hours      the clock hour so far, and the highest hours of the month
identity   whether a telegram is still that of the same meter

Pure: time is an argument, in seconds on a scale that never steps while the program runs.
"""

from han2x.state.freshness import TOTALS_KEPT_S
from han2x.state.hours import HighHour, HourFigures, Hours
from han2x.state.meter import STALE_AFTER_S, MeterState
from han2x.state.snapshot import Snapshot, Value

__all__ = ["STALE_AFTER_S", "TOTALS_KEPT_S", "HighHour", "HourFigures", "Hours", "MeterState", "Snapshot", "Value"]
