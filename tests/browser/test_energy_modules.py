"""What the energy page reckons by itself: calendars, comparisons and prices, module by module."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def _run(page: Page, module: str, code: str, cases: list[Any]) -> list[Any]:
    """What the page makes of each of `cases`; `code` is given one as `it`, and the module as `m`."""
    made: list[Any] = await page.evaluate(
        f"""async (cases) => {{
            const m = await import("/energy/{module}.js");
            const {{ placeOf }} = await import("/energy/place.js");
            return cases.map((it) => {code});
        }}""",
        cases,
    )
    return made


PERIODS: Final = {
    "day/2024-02-29": {"kind": "day", "first": "2024-02-29"},
    "day/2025-02-29": None,
    "week/2026-W53": {"kind": "week", "first": "2026-12-28"},
    "week/2025-W53": None,
    "week/2025-W01": {"kind": "week", "first": "2024-12-30"},
    "month/2025-00": None,
    "month/2025-12": {"kind": "month", "first": "2025-12-01"},
    "year/1969": None,
    "year/2025": {"kind": "year", "first": "2025-01-01"},
    "all": {"kind": "all", "first": ""},
    "constructor/2025": None,
}


async def test_a_period_is_read_as_it_was_written_or_not_at_all(open_page: Open) -> None:
    page = await open_page(log_in=False)
    cases = [text.partition("/")[::2] for text in PERIODS]
    read = await _run(page, "periods", "m.readPeriod(it[0], it[1])", cases)
    assert dict(zip(PERIODS, read, strict=True)) == PERIODS
    known = {text: period for text, period in PERIODS.items() if period}
    assert await _run(page, "periods", "m.written(it)", list(known.values())) == list(known)


CUTS: Final = {
    ("day", "2025-11-20", "2025-11-20T15:30+01:00"): "2025-11-19T15:00+01:00",
    ("week", "2025-11-17", "2025-11-20T15:30+01:00"): "2025-11-13T15:00+01:00",
    ("month", "2025-11-01", "2025-11-20T15:30+01:00"): "2025-10-20T15:00+02:00",
    ("month", "2025-03-01", "2025-03-31T15:30+02:00"): "2025-03-01T00:00+01:00",
    ("year", "2024-01-01", "2024-02-29T15:30+01:00"): "2023-03-01T15:00+01:00",
    ("year", "2025-01-01", "2025-12-31T23:59+01:00"): "2024-12-31T23:00+01:00",
    # The night when summer time ends has its third hour twice; yesterday's had it once.
    ("day", "2025-10-26", "2025-10-26T02:30+01:00"): "2025-10-25T02:00+02:00",
}


async def test_the_period_before_is_cut_at_the_same_place_of_the_calendar(open_page: Open) -> None:
    page = await open_page(log_in=False, timezone_id="America/Los_Angeles")
    code = "m.asFarBefore({ kind: it[0], first: it[1] }, Date.parse(it[2]) / 1000, placeOf('Europe/Oslo'))"
    cut = await _run(page, "periods", code, list(CUTS))
    assert dict(zip(CUTS, cut, strict=True)) == {case: _at(wanted) for case, wanted in CUTS.items()}


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


BEGINS: Final = {
    ("", "2025-03-30", 0): "2025-03-30T00:00+01:00",
    ("", "2025-03-30", 4): "2025-03-30T04:00+02:00",
    ("Europe/Oslo", "2025-10-26", 2): "2025-10-26T02:00+02:00",
    ("Europe/Oslo", "2025-10-26", 3): "2025-10-26T03:00+01:00",
    ("Europe/Helsinki", "2025-07-01", 0): "2025-07-01T00:00+03:00",
    ("America/St_Johns", "2025-07-01", 5): "2025-07-01T05:00-02:30",
    ("Nowhere/At_All", "2025-07-01", 0): "2025-07-01T00:00+02:00",
}


async def test_a_day_and_its_hours_begin_by_the_place_s_clock(open_page: Open) -> None:
    page = await open_page(log_in=False, timezone_id="Pacific/Auckland")
    begins = await _run(page, "place", "m.placeOf(it[0]).beginOf(it[1], it[2])", list(BEGINS))
    assert dict(zip(BEGINS, begins, strict=True)) == {case: _at(wanted) for case, wanted in BEGINS.items()}


CHANGES: Final[dict[tuple[Any, Any], float | None]] = {
    ((110, 24, 24), (100, 24, 24)): 10,
    ((90, 24, 24), (100, 24, 24)): -10,
    ((90, 24, 23), (100, 24, 24)): None,
    ((90, 744, 740), (100, 744, 744)): -10,
    ((90, 24, 24), (0, 24, 24)): None,
    ((90, 24, 24), (None, 24, 0)): None,
    ((None, 0, 0), (100, 24, 24)): None,
}
"""By the energy, the hours and the hours known of a period and of the one before."""


async def test_a_change_in_per_cent_needs_two_periods_that_are_known(open_page: Open) -> None:
    page = await open_page(log_in=False)
    cases = [
        [{"imported": wh, "exported": 0, "net": wh, "hours": hours, "hoursKnown": known} for wh, hours, known in both]
        for both in CHANGES
    ]
    changed = await _run(page, "rows", "m.changed(it[0], it[1])", cases)
    assert dict(zip(CHANGES, changed, strict=True)) == CHANGES


TARIFF: Final = {
    "currency": "kr", "steps": [{"below_kw": 2, "price": 100}, {"below_kw": 5, "price": 200}], "day_price": 2,
    "night_price": 1, "day_begins": 6, "day_ends": 22, "weekend_night": True,
}  # fmt: skip
STEPS: Final = {0: (100, 200), 1999.9: (100, 200), 2000: (200, None), 4999: (200, None), 5000: (None, None)}
"""By the mean in Wh the price, and that of the step that follows."""


async def test_a_step_ends_where_the_next_begins(open_page: Open) -> None:
    page = await open_page(log_in=False)
    found = await _run(page, "tariff", "m.stepOf(it[0], it[1])", [[TARIFF, mean] for mean in STEPS])
    prices = [(step and step["step"]["price"], step and step["next"] and step["next"]["price"]) for step in found]
    assert dict(zip(STEPS, prices, strict=True)) == STEPS


COSTS: Final[list[tuple[str, dict[str, Any], int | None]]] = [
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
]


async def test_a_kwh_costs_what_its_hour_does(open_page: Open) -> None:
    page = await open_page(log_in=False)
    hours = "[{ begin: Date.parse(it[0]) / 1000, import_wh: 1000 }, { begin: 0, import_wh: null }]"
    cases = [[begin, TARIFF | changed] for begin, changed, _ in COSTS]
    costs = await _run(page, "tariff", f"m.energyCost(it[1], {hours}, placeOf(''))", cases)
    assert [(*case[:2], cost) for case, cost in zip(COSTS, costs, strict=True)] == COSTS
