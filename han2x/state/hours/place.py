"""Hours and days by the clock of the place. Pure: moments are in seconds since 1970-01-01 UTC."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timezone

from han2x.meters.clock import Zone
from han2x.state.hours.clock import HOUR_S


def hour_of(moment: float, zone: Zone) -> float:
    """When the hour of the place began in which a moment lies."""
    offset = zone(datetime.fromtimestamp(moment, UTC)).total_seconds()
    return math.floor((moment + offset) / HOUR_S) * HOUR_S - offset


def local_time(moment: float, zone: Zone) -> datetime:
    """What the place's clock shows, with its offset."""
    at = datetime.fromtimestamp(moment, UTC)
    return at.astimezone(timezone(zone(at)))


def local_day(moment: float, zone: Zone) -> date:
    """The day of the place on which a moment lies."""
    there = datetime.fromtimestamp(moment, UTC)
    return (there + zone(there)).date()
