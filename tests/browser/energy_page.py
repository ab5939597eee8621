"""What the tests of the energy page share: its day, when a period is whole, and the points that the gateway has."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.history import History, HistoryQuery, Resolution
from tests.browser.conftest import Gateway
from tests.browser.live_data import live, meter

NOW: Final = "2025-11-20T14:30:00+00:00"
"""A Thursday, half past three in Oslo."""


def at_now(gateway: Gateway) -> Gateway:
    """The same gateway, whose clock stands at `NOW`."""
    gateway.control.data = replace(live(meter()), time=NOW)
    return gateway


async def shown(page: Page) -> Locator:
    """The part with the period, once it is whole."""
    period = page.locator(".period")
    await expect(period.get_by_role("img").first).to_be_visible()
    await expect(page.locator(".period[aria-busy]")).to_have_count(0)
    return period


async def go_to(gateway: Gateway, page: Page, place: str, title: str | re.Pattern[str]) -> Locator:
    """Show a period by its address; returns its part of the page."""
    await page.goto(f"{gateway.url}#energy/{place}")
    await expect(page.locator(".period h3")).to_have_text(title)
    return await shown(page)


async def points(gateway: Gateway, resolution: Resolution, begin: int, end: int) -> list[dict[str, Any]]:
    """What the gateway has of its meter, each point by its columns."""
    raw = await gateway.control.history.points(HistoryQuery(resolution=resolution, begin=begin, end=end))
    answer = msgspec.json.decode(raw, type=History)
    return [dict(zip(answer.columns, point, strict=True)) for point in answer.points]
