"""The zone that meters stand in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from han2x.app.options import Options, effective
from han2x.app.time_zone import zone_of
from han2x.meters.clock import resolve
from han2x.model import MeterTime, PushList
from han2x.settings import DeviceSettings, Settings

WINTER, SUMMER = (datetime(2026, month, 15, tzinfo=UTC) for month in (1, 7))


@pytest.fixture
def computers_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Sets the zone of this computer with `setenv("TZ", …)` and `time.tzset()`."""
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def hours(zone: str) -> tuple[float, float]:
    offset = zone_of(zone)
    return offset(WINTER) / timedelta(hours=1), offset(SUMMER) / timedelta(hours=1)


def test_a_zone_that_is_named_is_that() -> None:
    assert hours("Europe/Helsinki") == (2, 3)
    assert hours("Europe/Oslo") == (1, 2)
    assert hours("UTC") == (0, 0)


@pytest.mark.parametrize(
    ("place", "expected"), [("Europe/Riga", (2, 3)), ("Europe/London", (0, 1)), ("UTC", (1, 2)), ("Etc/UTC", (1, 2))]
)
def test_auto_is_the_computers_zone_unless_nobody_has_told_it_one(
    computers_zone: pytest.MonkeyPatch, place: str, expected: tuple[int, int]
) -> None:
    computers_zone.setenv("TZ", place)
    time.tzset()

    assert hours("auto") == expected


def test_a_zone_that_this_computer_does_not_know_is_as_auto() -> None:
    assert hours("Europe/Nowhere") == hours("auto")


def test_the_setting_reaches_the_meters_clock(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("settings")
    settings = Settings(device=DeviceSettings(time_zone="Europe/Tallinn"))
    meter = effective(settings, Options(place / "settings.toml", place)).meter(0)
    clock = MeterTime(datetime.fromisoformat("2025-12-14T17:00:00"))

    assert resolve("aidon", PushList.LIST_3, clock, zone=meter.zone) == datetime(2025, 12, 14, 15, tzinfo=UTC)
