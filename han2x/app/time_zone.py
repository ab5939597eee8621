"""The zone that the meters stand in, where their telegrams do not tell it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Final

from han2x.meters.clock import Zone, central_european
from han2x.settings.time_zone import AUTO, zone_named

_LOCALTIME: Final = "/etc/localtime"
_TABLES: Final = "/zoneinfo/"
_YEAR: Final = 2026
_ZERO: Final = timedelta(0)


def zone_of(name: str) -> Zone:
    """The zone with that name; that of this computer for "auto", and where its tables do not have the name.

    A computer on UTC all year is one that nobody has told where it stands: its meters are taken to stand in the zone of
    Central European Time.
    """
    zone = None if name == AUTO else zone_named(name)
    if zone is not None:
        return lambda moment: moment.astimezone(zone).utcoffset() or _ZERO
    return central_european if _is_utc() else _of_this_computer


def name_of_zone(name: str) -> str:
    """How the tables of zones call the zone that `zone_of` gives; "" where they do not have it, or it is not known."""
    if name != AUTO:
        return name if zone_named(name) is not None else ""
    if _is_utc():
        return ""
    told = os.environ.get("TZ", "").removeprefix(":") or os.path.realpath(_LOCALTIME).partition(_TABLES)[2]
    return told if zone_named(told) is not None else ""


def _of_this_computer(moment: datetime) -> timedelta:
    return moment.astimezone().utcoffset() or _ZERO


def _is_utc() -> bool:
    return not any(_of_this_computer(datetime(_YEAR, month, 1, tzinfo=UTC)) for month in (1, 7))
