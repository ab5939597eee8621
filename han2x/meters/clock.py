"""What each maker's clock means, and so which moment it tells.

All meters known here stand in the zone of Central European time. Norwegian Kamstrup and all Aidon meters keep normal
time through the summer; Kamstrup elsewhere tells of summer time in the clock status; Kaifa follows the local summer
time without a word (Norway), or sends a deviation (Sweden). A deviation comes with either sign, as IEC 62056-6-2 has it
or the other way round; since all stand east of Greenwich, its amount is what counts. The day of the week is not used.

A clock that allows two moments is resolved by the receiver's own, when that is at hand and near one of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from han2x.model import MeterTime, PushList

NEAR: Final = timedelta(minutes=20)
"""How far a meter's clock may be off for the receiver's clock to tell its two meanings apart."""

_INVALID: Final = 0x01
_SUMMER_FLAG: Final = 0x80
_NORMAL: Final = timedelta(hours=1)
_SUMMER: Final = timedelta(hours=2)
_CHANGE_HOUR_UTC: Final = 1
_MARCH, _OCTOBER = 3, 10  # the months on whose last Sunday the European Union changes its clocks


def resolve(maker: str, push_list: PushList, time: MeterTime | None, near: datetime | None = None) -> datetime | None:
    """The moment a meter's clock tells, in UTC; None when there is none, or more than one and `near` does not decide.

    `near` is the receiver's own time when the telegram came, with its zone.
    """
    moments = possible(maker, push_list, time) if time is not None else ()
    if len(moments) > 1 and near is not None:
        moments = tuple(moment for moment in moments if abs(moment - near) <= NEAR)
    return moments[0] if len(moments) == 1 else None


def possible(maker: str, push_list: PushList, time: MeterTime) -> tuple[datetime, ...]:
    """All moments, in UTC, that a meter's clock can mean."""
    if (time.status or 0) & _INVALID:
        return ()
    return tuple(time.local.replace(tzinfo=UTC) - offset for offset in _offsets(maker, push_list, time))


def _offsets(maker: str, push_list: PushList, time: MeterTime) -> tuple[timedelta, ...]:
    if push_list is PushList.P1:
        return _p1_offsets(maker, time)
    if maker == "aidon":
        return (_NORMAL,)
    if time.deviation_min is not None:
        return (timedelta(minutes=abs(time.deviation_min)),)
    if maker == "kaifa":
        return _civil_offsets(time.local)
    if maker == "kamstrup":
        return (_SUMMER if _tells_of_summer(time) else _NORMAL,)
    return ()


def _p1_offsets(maker: str, time: MeterTime) -> tuple[timedelta, ...]:
    """By the letter: W is normal time. What S means the sources disagree about, except for Aidon, who says so."""
    if time.status is None:
        return ()
    if not _tells_of_summer(time):
        return (_NORMAL,)
    return (_SUMMER,) if maker == "aidon" else (_SUMMER, _NORMAL)


def _tells_of_summer(time: MeterTime) -> bool:
    return time.status is not None and bool(time.status & _SUMMER_FLAG)


def _civil_offsets(local: datetime) -> tuple[timedelta, ...]:
    """Those of local time: two in the hour that October repeats, none in the hour that March leaves out."""
    return tuple(offset for offset in (_SUMMER, _NORMAL) if (offset == _SUMMER) == _is_summer(local - offset))


def _is_summer(utc: datetime) -> bool:
    return _change(utc.year, _MARCH) <= utc < _change(utc.year, _OCTOBER)


def _change(year: int, month: int) -> datetime:
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return datetime(sunday.year, sunday.month, sunday.day, _CHANGE_HOUR_UTC)  # noqa: DTZ001 - compared with naive UTC
