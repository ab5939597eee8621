"""What each maker's clock means, and so which moment it tells.

What the telegram says comes first: a deviation, a letter or status that tells of summer time. A deviation comes with
either sign, as IEC 62056-6-2 has it or the other way round; since all meters known here stand east of Greenwich, its
amount is what counts. What the telegram leaves open is told by the zone that the meter stands in: Norwegian Kamstrup
and all Aidon meters keep its normal time through the summer, Kaifa follows its summer time without a word, and so do P1
telegrams without a letter. The day of the week is not used.

A zone is a function, since the tables of zones are files and not for here: it gives the offset of local time from UTC
at a moment. `central_european` needs no table.

A clock that allows two moments is resolved by the receiver's own, when that is at hand and near one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

from han2x.model import MeterTime, PushList

Zone: TypeAlias = Callable[[datetime], timedelta]
"""Gives the offset of local time from UTC at a moment, which is told with its own zone."""

NEAR: Final = timedelta(minutes=20)
"""How far a meter's clock may be off for the receiver's clock to tell its two meanings apart."""

_INVALID: Final = 0x01
_SUMMER_FLAG: Final = 0x80
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_CHANGE_HOUR_UTC: Final = 1
_MARCH, _OCTOBER = 3, 10  # the months on whose last Sunday the European Union changes its clocks


def central_european(moment: datetime) -> timedelta:
    """Central European time, the zone of most meters here, by the rule of Directive 2000/84/EC."""
    utc = moment.astimezone(UTC)
    return 2 * _HOUR if _change(utc.year, _MARCH) <= utc < _change(utc.year, _OCTOBER) else _HOUR


def resolve(
    maker: str,
    push_list: PushList,
    time: MeterTime | None,
    near: datetime | None = None,
    zone: Zone = central_european,
) -> datetime | None:
    """The moment a meter's clock tells, in UTC; None when there is none, or more than one and `near` does not decide.

    `near` is the receiver's own time when the telegram came, with its zone; `zone` is that of the meter.
    """
    moments = possible(maker, push_list, time, zone) if time is not None else ()
    if len(moments) > 1 and near is not None:
        moments = tuple(moment for moment in moments if abs(moment - near) <= NEAR)
    return moments[0] if len(moments) == 1 else None


def possible(maker: str, push_list: PushList, time: MeterTime, zone: Zone = central_european) -> tuple[datetime, ...]:
    """All moments, in UTC, that the clock of a meter in this zone can mean."""
    if (time.status or 0) & _INVALID:
        return ()
    offsets = _offsets(maker, push_list, time, zone)
    return tuple(time.local.replace(tzinfo=UTC) - offset for offset in dict.fromkeys(offsets))


def _offsets(maker: str, push_list: PushList, time: MeterTime, zone: Zone) -> tuple[timedelta, ...]:
    normal = _normal(time.local, zone)
    if push_list is PushList.P1:
        return _p1_offsets(maker, time, zone)
    if maker == "aidon":
        return (normal,)
    if time.deviation_min is not None:
        return (timedelta(minutes=abs(time.deviation_min)),)
    if maker == "kaifa":
        return _civil_offsets(time.local, zone)
    if _tells_of_summer(time):
        return (normal + _HOUR,)
    return (normal,) if maker == "kamstrup" else (*_civil_offsets(time.local, zone), normal)


def _p1_offsets(maker: str, time: MeterTime, zone: Zone) -> tuple[timedelta, ...]:
    """By the letter: W is normal time and S summer time, about which the sources disagree only for Kamstrup."""
    if time.status is None:
        return _civil_offsets(time.local, zone)
    normal = _normal(time.local, zone)
    if not _tells_of_summer(time):
        return (normal,)
    return (normal + _HOUR, normal) if maker == "kamstrup" else (normal + _HOUR,)


def _tells_of_summer(time: MeterTime) -> bool:
    return time.status is not None and bool(time.status & _SUMMER_FLAG)


def _normal(local: datetime, zone: Zone) -> timedelta:
    """The zone's offset in normal time, which is the lesser one of the year."""
    return min(zone(datetime(local.year, month, 1, tzinfo=UTC)) for month in (1, 7))


def _civil_offsets(local: datetime, zone: Zone) -> tuple[timedelta, ...]:
    """Those of local time: two in the hour that October repeats, none in the hour that March leaves out."""
    moment = local.replace(tzinfo=UTC)
    around = {zone(moment - _DAY), zone(moment + _DAY)}
    return tuple(offset for offset in sorted(around, reverse=True) if zone(moment - offset) == offset)


def _change(year: int, month: int) -> datetime:
    last = date(year, month, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return datetime(sunday.year, sunday.month, sunday.day, _CHANGE_HOUR_UTC, tzinfo=UTC)
