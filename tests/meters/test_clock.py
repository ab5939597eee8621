from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from han2x.meters.clock import central_european, possible, resolve
from han2x.model import MeterTime, PushList


def at(text: str, deviation: int | None = None, status: int | None = 0) -> MeterTime:
    return MeterTime(datetime.fromisoformat(text), deviation, status)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("maker", "push_list", "time", "moment"),
    [
        ("kamstrup", PushList.LIST_1, at("2017-10-20T03:43:30"), "2017-10-20T02:43:30"),
        ("kamstrup", PushList.LIST_1, at("2021-06-14T17:37:30"), "2021-06-14T16:37:30"),
        ("kamstrup", PushList.PUSH_1, at("2020-05-12T10:25:00", status=0x80), "2020-05-12T08:25:00"),
        ("aidon", PushList.LIST_3, at("2019-06-12T18:00:00", deviation=60), "2019-06-12T17:00:00"),
        ("aidon", PushList.LIST_3, at("2025-12-14T17:00:00", deviation=0), "2025-12-14T16:00:00"),
        ("aidon", PushList.LIST_3, at("2021-12-10T16:57:00", status=None), "2021-12-10T15:57:00"),
        ("kaifa", PushList.LIST_3, at("2024-10-01T19:00:10"), "2024-10-01T17:00:10"),
        ("kaifa", PushList.LIST_1, at("2022-01-02T14:37:18"), "2022-01-02T13:37:18"),
        ("kaifa", PushList.LIST_3, at("2022-08-18T14:56:15", deviation=-60), "2022-08-18T13:56:15"),
        ("unknown", PushList.LIST_3, at("2023-04-01T21:32:35", deviation=-120, status=0x80), "2023-04-01T19:32:35"),
        ("kamstrup", PushList.P1, at("2024-01-07T12:28:54"), "2024-01-07T11:28:54"),
        ("landis+gyr", PushList.P1, at("2024-06-07T12:28:54"), "2024-06-07T11:28:54"),
        ("aidon", PushList.P1, at("2024-06-07T12:28:54", status=0x80), "2024-06-07T10:28:54"),
        ("iskraemeco", PushList.P1, at("2023-10-26T20:40:15", status=0x80), "2023-10-26T18:40:15"),
        ("nes", PushList.P1, at("2024-01-11T09:35:00", status=None), "2024-01-11T08:35:00"),
        ("iskraemeco", PushList.P1, at("2024-04-05T15:49:53", status=None), "2024-04-05T13:49:53"),
        ("unknown", PushList.LIST_3, at("2024-01-07T12:28:54"), "2024-01-07T11:28:54"),
        ("landis+gyr", PushList.LIST_3, at("2024-07-07T12:28:54", status=0x80), "2024-07-07T10:28:54"),
    ],
)
def test_a_makers_clock_tells_one_moment(maker: str, push_list: PushList, time: MeterTime, moment: str) -> None:
    assert resolve(maker, push_list, time) == utc(moment)


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("2026-03-29T01:59:59", ["2026-03-29T00:59:59"]),
        ("2026-03-29T02:30:00", []),
        ("2026-03-29T03:00:00", ["2026-03-29T01:00:00"]),
        ("2026-10-25T01:59:59", ["2026-10-24T23:59:59"]),
        ("2026-10-25T02:30:00", ["2026-10-25T00:30:00", "2026-10-25T01:30:00"]),
        ("2026-10-25T03:00:00", ["2026-10-25T02:00:00"]),
    ],
)
def test_kaifas_summer_time_begins_and_ends_with_everybodys(text: str, moments: list[str]) -> None:
    assert list(possible("kaifa", PushList.LIST_1, at(text))) == [utc(moment) for moment in moments]


def test_the_repeated_hour_is_resolved_only_by_the_receivers_clock() -> None:
    time = at("2026-10-25T02:30:00")

    assert resolve("kaifa", PushList.LIST_1, time) is None
    assert resolve("kaifa", PushList.LIST_1, time, near=utc("2026-10-25T00:31:00")) == utc("2026-10-25T00:30:00")
    assert resolve("kaifa", PushList.LIST_1, time, near=utc("2026-10-25T01:11:00")) == utc("2026-10-25T01:30:00")
    assert resolve("kaifa", PushList.LIST_1, time, near=utc("2026-10-25T01:00:00")) is None


def test_the_summer_letter_is_resolved_only_by_the_receivers_clock() -> None:
    time = at("2024-04-07T12:28:54", status=0x80)

    assert resolve("kamstrup", PushList.P1, time) is None
    assert resolve("kamstrup", PushList.P1, time, near=utc("2024-04-07T10:29:00")) == utc("2024-04-07T10:28:54")


def test_a_receivers_clock_that_is_wrong_does_not_undo_what_is_certain() -> None:
    moment = resolve("aidon", PushList.LIST_3, at("2025-12-14T17:00:00"), near=utc("1970-01-01T00:00:00"))

    assert moment == utc("2025-12-14T16:00:00")


@pytest.mark.parametrize(
    ("maker", "push_list", "time"),
    [
        ("kamstrup", PushList.LIST_1, None),
        ("kamstrup", PushList.LIST_1, at("2000-01-01T22:33:00", status=0x01)),
        ("unknown", PushList.LIST_3, at("2024-07-07T12:28:54")),
    ],
)
def test_a_clock_that_is_absent_invalid_or_of_unknown_meaning_tells_nothing(
    maker: str, push_list: PushList, time: MeterTime | None
) -> None:
    assert resolve(maker, push_list, time) is None


def helsinki(moment: datetime) -> timedelta:
    """An hour ahead of Central European time, and changed at the same moments."""
    return central_european(moment) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("maker", "push_list", "time", "moment"),
    [
        ("aidon", PushList.LIST_3, at("2025-12-14T17:00:00"), "2025-12-14T15:00:00"),
        ("aidon", PushList.LIST_3, at("2025-06-14T17:00:00"), "2025-06-14T15:00:00"),
        ("kamstrup", PushList.LIST_1, at("2021-06-14T17:37:30"), "2021-06-14T15:37:30"),
        ("kamstrup", PushList.PUSH_1, at("2020-05-12T10:25:00", status=0x80), "2020-05-12T07:25:00"),
        ("kaifa", PushList.LIST_3, at("2024-10-01T19:00:10"), "2024-10-01T16:00:10"),
        ("landis+gyr", PushList.P1, at("2024-06-07T12:28:54"), "2024-06-07T10:28:54"),
        ("unknown", PushList.P1, at("2023-08-08T11:38:11", status=0x80), "2023-08-08T08:38:11"),
        ("unknown", PushList.LIST_3, at("2023-04-01T21:32:35", deviation=-180), "2023-04-01T18:32:35"),
    ],
)
def test_a_meter_in_finland_or_the_baltic_states_tells_the_moment_of_its_own_zone(
    maker: str, push_list: PushList, time: MeterTime, moment: str
) -> None:
    assert resolve(maker, push_list, time, zone=helsinki) == utc(moment)


def test_a_clock_of_unknown_meaning_is_resolved_by_the_receivers_clock() -> None:
    time = at("2024-07-07T12:28:54")

    assert resolve("unknown", PushList.LIST_3, time, near=utc("2024-07-07T10:29:00")) == utc("2024-07-07T10:28:54")
    assert resolve("unknown", PushList.LIST_3, time, near=utc("2024-07-07T11:29:00")) == utc("2024-07-07T11:28:54")


@pytest.mark.parametrize("year", range(2017, 2038))
def test_summer_time_changes_on_a_sunday_in_the_last_week(year: int) -> None:
    days = [datetime(year, month, day, 2, 30) for month in (3, 10) for day in range(1, 32)]  # noqa: DTZ001 - as a meter tells

    special = [day for day in days if len(possible("kaifa", PushList.LIST_1, MeterTime(day))) != 1]

    assert [day.month for day in special] == [3, 10]
    for day in special:
        assert day.weekday() == 6
        assert (day + timedelta(days=7)).month != day.month
