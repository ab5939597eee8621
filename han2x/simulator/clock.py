"""Summer time, for the meters whose clock follows it."""

from __future__ import annotations

from datetime import datetime, timedelta

SUMMER = timedelta(hours=1)


def is_summer(normal: datetime) -> bool:
    """Whether summer time is in force at that normal time (UTC+1), by the rule of Directive 2000/84/EC.

    It lasts from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October.
    """
    return _last_sunday(normal, 3) <= normal < _last_sunday(normal, 10)


def local_time(normal: datetime) -> datetime:
    """What a clock in the kitchen shows at that normal time (UTC+1)."""
    return normal + SUMMER if is_summer(normal) else normal


def _last_sunday(normal: datetime, month: int) -> datetime:
    """02:00 normal time, which is 01:00 UTC, on the last Sunday of a month with 31 days."""
    last_day = normal.replace(month=month, day=31, hour=2, minute=0, second=0, microsecond=0)
    return last_day - timedelta(days=last_day.isoweekday() % 7)
