"""The page before a gateway that really runs: every view shows what it says, and nothing in the page's code fails."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from han2x.meters.clock import central_european
from tests.browser.a_year import DAY_S, HOUR_S, LACKING_S, hours, known, wh, write_a_year
from tests.browser.conftest import Open
from tests.browser.places import VIEWS, go
from tests.browser.running import Running, owned_gateway
from tests.end_to_end.gateway import Gateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with owned_gateway(tmp_path, "--simulate") as gateway:
        yield gateway


async def test_every_view_shows_what_a_running_gateway_says(gateway: Gateway, visit: Open) -> None:
    await asyncio.to_thread(gateway.read, 40001)
    running = Running(gateway)
    page = await visit(running)
    await expect(page.locator(VIEWS["live"]).first).to_be_visible(timeout=60_000)
    tile = page.locator(".tile", has_text="Power now").first
    await expect(tile.locator(".value")).to_have_text(re.compile(r"\d W$"))
    await expect(page.locator(".loads li")).to_have_count(3)
    await expect(page.locator(".facts")).to_contain_text("9999000000000017")
    for view, whole in VIEWS.items():
        await go(page, running.url, view, whole)
    await page.goto(f"{running.url}#settings/meters.0.main_fuse_a")
    await expect(page.get_by_label("Main fuse (A)").first).to_be_focused()
    await page.keyboard.type("16")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Saved. In force within 10 seconds.")).to_be_visible()
    await page.goto(f"{running.url}#live")
    await expect(page.locator(".loads .share").first).to_have_text(re.compile(r"\d %$"))
    await page.goto(f"{running.url}#registers")
    clients = page.get_by_role("region", name="Modbus clients connected").locator("tbody tr td:last-child")
    await expect(clients).to_have_text("tcp")
    await expect(page.get_by_text(re.compile(r"\b(undefined|NaN)\b"))).to_have_count(0)


@pytest.fixture
def with_a_year(tmp_path: Path) -> Iterator[tuple[Gateway, int]]:
    """A gateway that remembers a year, and when the last hour of it ended."""
    end = int(time.time()) // HOUR_S * HOUR_S
    write_a_year(tmp_path, end)
    with owned_gateway(tmp_path, "--simulate") as gateway:
        yield gateway, end


async def test_a_year_that_the_gateway_remembers_comes_to_what_was_written(
    with_a_year: tuple[Gateway, int], visit: Open
) -> None:
    gateway, end = with_a_year
    page = await visit(Running(gateway), "energy", log_in=False, timezone_id="Asia/Tokyo")
    period = page.locator(".period")
    for place, figures in _sums(end).items():
        await page.goto(f"{gateway.web_url}#energy/{place}")
        await expect(period.get_by_role("img").first).to_be_visible(timeout=30_000)
        for tile, figure in zip(("Import", "Export"), figures, strict=True):
            told = f"{figure / 1000:,.{0 if figure >= 1_000_000 else 1}f}".replace(",", "\u202f")
            await expect(period.locator(".tile", has_text=tile).first).to_have_text(f"{tile}{told} kWh")
    lacking = _local(end - LACKING_S[0])
    await page.goto(f"{gateway.web_url}#energy/day/{lacking:%Y-%m-%d}")
    await expect(period.locator(".lack")).to_have_text(re.compile(r"^[1-6] of 2[345] hours not known$"))
    await expect(page.get_by_role("region", name="Capacity charge", exact=True)).to_contain_text("Mean: ")
    await expect(page.get_by_role("region", name="Voltage", exact=True)).to_contain_text("and never outside")
    await expect(page.get_by_text(re.compile(r"\b(undefined|NaN)\b"))).to_have_count(0)


def _sums(end: int) -> dict[str, tuple[int, int]]:
    """Import and export in Wh of the day three days before the end, and of its month and year, by their addresses."""
    day = _local(end - 3 * DAY_S)
    wanted = {f"day/{day:%Y-%m-%d}": "%Y-%m-%d", f"month/{day:%Y-%m}": "%Y-%m", f"year/{day:%Y}": "%Y"}
    sums = {}
    for place, form in wanted.items():
        inside = [wh(at) for at in hours(end) if known(at, end) and f"{_local(at):{form}}" == f"{day:{form}}"]
        sums[place] = (sum(each[0] for each in inside), sum(each[1] for each in inside))
    return sums


def _local(at: int) -> datetime:
    moment = datetime.fromtimestamp(at, UTC)
    return moment + central_european(moment)
