"""What the energy page reckons by itself: calendars, comparisons and prices, module by module."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def _run(page: Page, module: str, code: str) -> Any:  # noqa: ANN401 - JSON
    return await page.evaluate(f"async () => {{ const m = await import('/energy/{module}.js'); return {code}; }}")


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        ("day", "2024-02-29", {"kind": "day", "first": "2024-02-29"}),
        ("day", "2025-02-29", None),
        ("week", "2026-W53", {"kind": "week", "first": "2026-12-28"}),
        ("week", "2025-W53", None),
        ("week", "2025-W01", {"kind": "week", "first": "2024-12-30"}),
        ("month", "2025-00", None),
        ("month", "2025-12", {"kind": "month", "first": "2025-12-01"}),
        ("year", "1969", None),
        ("year", "2025", {"kind": "year", "first": "2025-01-01"}),
        ("all", "", {"kind": "all", "first": ""}),
        ("constructor", "2025", None),
    ],
)
async def test_a_period_is_read_as_it_was_written_or_not_at_all(
    open_page: Open, kind: str, text: str, wanted: dict[str, str] | None
) -> None:
    page = await open_page(log_in=False)
    read = await _run(page, "periods", f"m.readPeriod({kind!r}, {text!r})")
    assert read == wanted
    if wanted:
        written = await _run(page, "periods", f"m.written({json.dumps(wanted)})")
        assert written == (f"{kind}/{text}" if text else kind)


@pytest.mark.parametrize(
    ("kind", "first", "now", "wanted"),
    [
        ("day", "2025-11-20", "2025-11-20T15:30+01:00", "2025-11-19T15:00+01:00"),
        ("week", "2025-11-17", "2025-11-20T15:30+01:00", "2025-11-13T15:00+01:00"),
        ("month", "2025-11-01", "2025-11-20T15:30+01:00", "2025-10-20T15:00+02:00"),
        ("month", "2025-03-01", "2025-03-31T15:30+02:00", "2025-03-01T00:00+01:00"),
        ("year", "2024-01-01", "2024-02-29T15:30+01:00", "2023-03-01T15:00+01:00"),
        ("year", "2025-01-01", "2025-12-31T23:59+01:00", "2024-12-31T23:00+01:00"),
        # The night when summer time ends has its third hour twice; yesterday's had it once.
        ("day", "2025-10-26", "2025-10-26T02:30+01:00", "2025-10-25T02:00+02:00"),
    ],
)
async def test_the_period_before_is_cut_at_the_same_place_of_the_calendar(
    open_page: Open, kind: str, first: str, now: str, wanted: str
) -> None:
    page = await open_page(log_in=False, timezone_id="America/Los_Angeles")
    place = "(await import('/energy/place.js')).placeOf('Europe/Oslo')"
    period = json.dumps({"kind": kind, "first": first})
    cut = await _run(page, "periods", f"m.asFarBefore({period}, Date.parse({now!r}) / 1000, {place})")
    assert cut == await page.evaluate(f"Date.parse({wanted!r}) / 1000")


@pytest.mark.parametrize(
    ("zone", "day", "hour", "wanted"),
    [
        ("", "2025-03-30", 0, "2025-03-30T00:00+01:00"),
        ("", "2025-03-30", 4, "2025-03-30T04:00+02:00"),
        ("Europe/Oslo", "2025-10-26", 2, "2025-10-26T02:00+02:00"),
        ("Europe/Oslo", "2025-10-26", 3, "2025-10-26T03:00+01:00"),
        ("Europe/Helsinki", "2025-07-01", 0, "2025-07-01T00:00+03:00"),
        ("America/St_Johns", "2025-07-01", 5, "2025-07-01T05:00-02:30"),
        ("Nowhere/At_All", "2025-07-01", 0, "2025-07-01T00:00+02:00"),
    ],
)
async def test_a_day_and_its_hours_begin_by_the_place_s_clock(
    open_page: Open, zone: str, day: str, hour: int, wanted: str
) -> None:
    page = await open_page(log_in=False, timezone_id="Pacific/Auckland")
    begin = await _run(page, "place", f"m.placeOf({zone!r}).beginOf({day!r}, {hour})")
    assert begin == await page.evaluate(f"Date.parse({wanted!r}) / 1000")


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        ((110, 24, 24), (100, 24, 24), 10),
        ((90, 24, 24), (100, 24, 24), -10),
        ((90, 24, 23), (100, 24, 24), None),
        ((90, 744, 740), (100, 744, 744), -10),
        ((90, 24, 24), (0, 24, 24), None),
        ((90, 24, 24), (None, 24, 0), None),
        ((None, 0, 0), (100, 24, 24), None),
    ],
)
async def test_a_change_in_per_cent_needs_two_periods_that_are_known(
    open_page: Open, now: tuple[Any, ...], before: tuple[Any, ...], wanted: float | None
) -> None:
    page = await open_page(log_in=False)
    one, other = (
        json.dumps({"imported": wh, "exported": 0, "net": wh, "hours": hours, "hoursKnown": known})
        for wh, hours, known in (now, before)
    )
    assert await _run(page, "rows", f"m.changed({one}, {other})") == wanted


TARIFF: Final = {
    "currency": "kr", "steps": [{"below_kw": 2, "price": 100}, {"below_kw": 5, "price": 200}], "day_price": 2,
    "night_price": 1, "day_begins": 6, "day_ends": 22, "weekend_night": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "price", "following"),
    [(0, 100, 200), (1999.9, 100, 200), (2000, 200, None), (4999, 200, None), (5000, None, None)],
)
async def test_a_step_ends_where_the_next_begins(
    open_page: Open, mean: float, price: float | None, following: float | None
) -> None:
    page = await open_page(log_in=False)
    found = await _run(page, "tariff", f"m.stepOf({json.dumps(TARIFF)}, {mean})")
    assert (found and found["step"]["price"]) == price
    assert (found and found["next"] and found["next"]["price"]) == following


@pytest.mark.parametrize(
    ("begin", "changed", "cost"),
    [
        ("2025-11-20T05:00+01:00", {}, 1),
        ("2025-11-20T06:00+01:00", {}, 2),
        ("2025-11-20T21:00+01:00", {}, 2),
        ("2025-11-20T22:00+01:00", {}, 1),
        ("2025-11-22T12:00+01:00", {}, 1),
        ("2025-11-22T12:00+01:00", {"weekend_night": False}, 2),
        ("2025-11-23T23:30+00:00", {}, 1),
        ("2025-11-20T12:00+01:00", {"day_price": None}, 1),
        ("2025-11-20T23:00+01:00", {"night_price": None}, 2),
        ("2025-11-20T12:00+01:00", {"night_price": None, "day_price": None}, None),
    ],
)
async def test_a_kwh_costs_what_its_hour_does(
    open_page: Open, begin: str, changed: dict[str, Any], cost: float | None
) -> None:
    page = await open_page(log_in=False)
    place = "(await import('/energy/place.js')).placeOf('')"
    hours = f"[{{ begin: Date.parse({begin!r}) / 1000, import_wh: 1000 }}, {{ begin: 0, import_wh: null }}]"
    assert await _run(page, "tariff", f"m.energyCost({json.dumps(TARIFF | changed)}, {hours}, {place})") == cost
