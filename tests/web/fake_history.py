"""A made-up history behind the page: two years of a house with solar panels, the same at every run.

Hours are from the meter but for a night that was only counted as a whole (spread) and a gap of two days (unknown).
"""

from __future__ import annotations

import gzip
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from math import cos, pi, sin
from typing import Any, Final

import msgspec
from msgspec import UNSET

from han2x.api.base import to_json
from han2x.api.history import (
    By,
    CapacityMonth,
    CapacityQuery,
    ExportQuery,
    HighestHour,
    History,
    HistoryDeletion,
    HistoryQuery,
    HistoryRestored,
    HistoryState,
    Point,
    RememberedMeter,
    VoltagePhase,
    VoltageQuery,
    VoltageWeek,
)
from han2x.meters.clock import central_european
from han2x.web import MissingError

HOUR_S: Final = 3600
DAY_S: Final = 86400
KEPT_S: Final = 2 * 365 * DAY_S
MINUTES_KEPT_S: Final = 35 * DAY_S
UNKNOWN_AGO: Final = (9 * DAY_S, 11 * DAY_S)
SPREAD_AGO: Final = (12 * DAY_S, 12 * DAY_S + 8 * HOUR_S)

MINUTE_COLUMNS: Final = (
    "begin", "import_w", "export_w", "net_w", "net_w_lowest", "net_w_highest",
    "reactive_import_var", "reactive_export_var",
    *(f"{name}{which}" for name in ("current_l1_a", "current_l2_a", "current_l3_a", "voltage_l1_v", "voltage_l2_v",
                                    "voltage_l3_v") for which in ("", "_lowest", "_highest")),
)  # fmt: skip
ENERGY_COLUMNS: Final = ("begin", "import_wh", "export_wh", "import_by", "export_by")
TOTAL_COLUMNS: Final = ("import_total_wh", "export_total_wh")
LONG_COLUMNS: Final = (
    "begin", "import_wh", "export_wh", "hours", "hours_known", "hours_by_meter", "highest_wh", "highest_begin",
)  # fmt: skip
STEP_S: Final = {"minute": 60, "quarter": 900, "hour": HOUR_S, "day": 0, "month": 0, "year": 0}
DEFAULT_S: Final = {"minute": DAY_S, "quarter": DAY_S, "hour": 7 * DAY_S, "day": 31 * DAY_S, "month": 395 * DAY_S}


class FakeHistory:
    """A `HistoryControl`. `has` says which unit ids there are; `told` is what `state` says, where it is set."""

    def __init__(self, has: Callable[[int], bool], clock: Callable[[], float] = time.time) -> None:
        self._has = has
        self._clock = clock
        self.told: HistoryState | None = None
        self.deleted: list[HistoryDeletion] = []
        self.restored = b""

    async def points(self, asked: HistoryQuery) -> bytes:
        self._meter(asked.unit)
        now = int(self._clock())
        if asked.resolution is UNSET:
            return to_json(_power(asked.unit, now, 24 if asked.hours is UNSET else asked.hours))
        end = now if asked.end is UNSET else min(asked.end, now)
        begin = end - DEFAULT_S.get(asked.resolution, KEPT_S) if asked.begin is UNSET else asked.begin
        if asked.hours is not UNSET:
            begin = end - asked.hours * HOUR_S
        kept = MINUTES_KEPT_S if asked.resolution == "minute" else KEPT_S
        begin = max(begin, now - kept)
        columns, points = _long(asked.resolution, begin, end, now)
        return to_json(
            History(
                unit=asked.unit,
                resolution=asked.resolution,
                step_s=STEP_S[asked.resolution],
                zone="Europe/Oslo",
                columns=list(columns),
                points=points,
            )
        )

    async def capacity(self, asked: CapacityQuery) -> list[CapacityMonth]:
        self._meter(asked.unit)
        now = int(self._clock())
        return [_capacity(begin, end, now) for begin, end in _spans("month", now - KEPT_S, now)[-asked.months :]]

    async def voltage(self, asked: VoltageQuery) -> list[VoltageWeek]:
        self._meter(asked.unit)
        monday = _midnight(int(self._clock()))
        monday = _midnight(monday - _local(monday).weekday() * DAY_S + HOUR_S)
        return [_week(_midnight(monday - back * 7 * DAY_S + HOUR_S)) for back in reversed(range(asked.weeks))]

    async def state(self) -> HistoryState:
        now = self._clock()
        meters = [
            RememberedMeter(
                series=1, unit=1, name="House", meter_id="5706567274389702", since=now - KEPT_S, until=now
            ),
            RememberedMeter(
                series=2, unit=None, name="Old cabin", meter_id=None, since=now - KEPT_S, until=now - 400 * DAY_S
            ),
        ]  # fmt: skip
        told = HistoryState(
            enabled=True, fault=None, octets=9_437_184, written_at=now - 60, zone="Europe/Oslo", meters=meters
        )
        return self.told or told

    async def export(self, asked: ExportQuery) -> AsyncIterator[bytes]:
        raw = await self.points(
            HistoryQuery(unit=asked.unit, resolution=asked.resolution, begin=asked.begin, end=asked.end)
        )
        history = msgspec.json.decode(raw, type=History)
        return _lines(history, asked.format)

    async def delete(self, asked: HistoryDeletion) -> None:
        if asked.unit is not UNSET:
            self._meter(asked.unit)
        self.deleted.append(asked)

    async def backup(self) -> AsyncIterator[bytes]:
        async def pieces() -> AsyncIterator[bytes]:
            yield gzip.compress(b'{"han2x-history":1}\n')

        return pieces()

    async def restore(self, packed: AsyncIterator[bytes]) -> HistoryRestored:
        self.restored = b"".join([piece async for piece in packed])
        return HistoryRestored(rows=len(self.restored))

    def _meter(self, unit: int) -> None:
        if not self._has(unit):
            raise MissingError(f"there is no meter with unit id {unit}")


async def _lines(history: History, form: str) -> AsyncIterator[bytes]:
    if form == "csv":
        yield (",".join(history.columns) + "\r\n").encode()
    for point in history.points:
        if form == "csv":
            yield (",".join("" if value is None else str(value) for value in point) + "\r\n").encode()
        else:
            yield msgspec.json.encode(dict(zip(history.columns, point, strict=True))) + b"\n"


def _power(unit: int, now: int, hours: int) -> History:
    now = now // 60 * 60
    points: list[Point] = []
    for at in range(now - hours * HOUR_S, now, 60):
        watts = 1500 + 1200 * sin(at / 3000)
        points.append([at, None if at % DAY_S < 1200 else max(0, round(watts)), max(0, round(-watts))])
    columns = ["begin", "import_w", "export_w"]
    return History(unit=unit, resolution="minute", step_s=60, zone="Europe/Oslo", columns=columns, points=points)


def _long(resolution: str, begin: int, end: int, now: int) -> tuple[tuple[str, ...], list[Point]]:
    if resolution == "minute":
        return MINUTE_COLUMNS, [_minute(at, now) for at in range(begin // 60 * 60, end, 60)]
    if resolution in ("quarter", "hour"):
        step = STEP_S[resolution]
        columns = ENERGY_COLUMNS + (TOTAL_COLUMNS if resolution == "hour" else ())
        return columns, [_energy(at, step, now) for at in range(begin // step * step, end, step)]
    return LONG_COLUMNS, [_together(first, last, now) for first, last in _spans(resolution, begin, end)]


def _minute(at: int, now: int) -> Point:
    if _how(at, now) is None or at % DAY_S < 1200:
        return [at, *[None] * (len(MINUTE_COLUMNS) - 1)]
    net = round(_net_w(at) + 120 * sin(at / 97))
    point: Point = [at, max(net, 0), max(-net, 0), net, net - 40, net + 400, 120, 0]
    for phase in range(3):
        amps = round(abs(net) / 690 + 0.3 * phase, 2)
        point += [amps, round(amps * 0.9, 2), round(amps * 1.2, 2)]
    for phase in range(3):
        volts = round(231 + 3 * sin(at / 7000 + phase), 1)
        point += [volts, volts - 0.8, volts + 0.6]
    return point


def _energy(at: int, step: int, now: int) -> Point:
    by = _how(at, now)
    imported, exported = _wh(at, step)
    if by is None:
        imported_or_not, exported_or_not = None, None
    else:
        imported_or_not, exported_or_not = imported, exported
    point: Point = [at, imported_or_not, exported_or_not, by, by]
    if step == HOUR_S:
        point += [10_000_000 + (at - 1_700_000_000) // 3, 2_000_000 + (at - 1_700_000_000) // 9] if by else [None, None]
    return point


def _together(begin: int, end: int, now: int) -> Point:
    hours = list(range(begin, min(end, now), HOUR_S))
    known = [at for at in hours if _how(at, now)]
    by_meter = [at for at in known if _how(at, now) == "meter"]
    highest = max(by_meter, key=lambda at: _wh(at)[0], default=None)
    sums = [round(sum(_wh(at)[which] for at in known), 1) if known else None for which in (0, 1)]
    high: Point = [None, None] if highest is None else [_wh(highest)[0], highest]
    return [begin, *sums, len(hours), len(known), len(by_meter), *high]


def _capacity(begin: int, end: int, now: int) -> CapacityMonth:
    by_day: dict[str, int] = {}
    hours = list(range(begin, min(end, now), HOUR_S))
    known = [at for at in hours if _how(at, now) == "meter"]
    for at in known:
        day = _local(at).date().isoformat()
        if day not in by_day or _wh(at)[0] > _wh(by_day[day])[0]:
            by_day[day] = at
    highest = sorted(by_day.values(), key=lambda at: -_wh(at)[0])[:3]
    told = [HighestHour(begin=_local(at).isoformat(), wh=_wh(at)[0], by="meter") for at in highest]
    mean = round(sum(each.wh for each in told) / len(told), 1) if told else None
    month = f"{_local(begin):%Y-%m}"
    return CapacityMonth(month=month, highest=told, mean_wh=mean, hours=len(hours), hours_known=len(known))


def _week(monday: int) -> VoltageWeek:
    at = [_local(monday + hour * HOUR_S).isoformat() for hour in (19, 51)]
    phases = [
        VoltagePhase(
            phase=phase, lowest_v=round(206.4 + 8 * phase, 1), lowest_at=at[0], highest_v=round(238.9 + phase, 1),
            highest_at=at[1], minutes=10_080, minutes_low=12 if phase == 1 else 0, minutes_high=0,
        )
        for phase in (1, 2, 3)
    ]  # fmt: skip
    return VoltageWeek(begin=_local(monday).isoformat(), phases=phases)


def _how(at: int, now: int) -> By | None:
    ago = now - at
    if UNKNOWN_AGO[0] <= ago < UNKNOWN_AGO[1]:
        return None
    if ago < 2 * HOUR_S:
        return "estimated"
    return "spread" if SPREAD_AGO[0] <= ago < SPREAD_AGO[1] else "meter"


def _wh(at: int, step: int = HOUR_S) -> tuple[float, float]:
    """Import and export of a step in Wh."""
    net = _net_w(at) * step / HOUR_S
    return round(max(net, 0.0), 1), round(max(-net, 0.0), 1)


def _net_w(at: int) -> float:
    """More in winter and in the evening, panels at noon in summer, and another figure each day."""
    year, day = 2 * pi * at / (365.25 * DAY_S), 2 * pi * (at + HOUR_S) / DAY_S
    house = 1500 + 900 * cos(year) + 500 * sin(day + 2.6) + (at // DAY_S * 7919 % 400)
    sun = max(0.0, (1800 - 1500 * cos(year)) * -cos(day))
    return house - sun


def _spans(resolution: str, begin: int, end: int) -> list[tuple[int, int]]:
    """The days, months or years of the place that have something of a range."""
    at, spans = _local(begin).replace(hour=0, minute=0, second=0, microsecond=0), []
    at = at.replace(day=1) if resolution != "day" else at
    at = at.replace(month=1) if resolution == "year" else at
    while _moment(at) < end:
        if resolution == "day":
            after = at + timedelta(days=1)
        elif resolution == "month":
            after = (at + timedelta(days=31)).replace(day=1)
        else:
            after = at.replace(year=at.year + 1)
        spans.append((_moment(at), _moment(after)))
        at = after
    return spans


def _local(moment: int) -> datetime:
    at = datetime.fromtimestamp(moment, UTC)
    return at.astimezone(timezone(central_european(at)))


def _moment(midnight: datetime) -> int:
    """When a day begins that a clock of the place shows."""
    plain: Any = midnight.replace(tzinfo=UTC)
    return int((plain - central_european(plain - timedelta(hours=1))).timestamp())


def _midnight(moment: int) -> int:
    return _moment(_local(moment).replace(hour=0, minute=0, second=0, microsecond=0))
