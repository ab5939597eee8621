"""The page before a gateway that really runs: every view shows what it says, and nothing in the page's code fails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from tests.browser.conftest import PASSWORD, Open
from tests.end_to_end.gateway import Gateway, running_gateway
from tests.end_to_end.test_page_changes import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="package"),
]

PLACES: Final = {
    "live": ".meter[data-state=current] .tile",
    "registers": ".registers tbody tr",
    "settings": "form.settings",
    "network": ".facts",
    "care": ".telegrams li",
    "access": ".note",
}


class Running:
    """A running gateway as the browser's fixtures know one."""

    def __init__(self, gateway: Gateway) -> None:
        self.url = gateway.web_url


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with running_gateway(tmp_path, "--simulate") as gateway:
        Person(gateway).ask("POST", "/setup", {"password": PASSWORD})
        yield gateway


async def test_every_view_shows_what_a_running_gateway_says(gateway: Gateway, visit: Open) -> None:
    await asyncio.to_thread(gateway.read, 40001)
    running = Running(gateway)
    page = await visit(running)
    await expect(page.locator(PLACES["live"]).first).to_be_visible(timeout=60_000)
    tile = page.locator(".tile", has_text="Power now").first
    await expect(tile.locator(".value")).to_have_text(re.compile(r"\d W$"))
    await expect(page.locator(".loads li")).to_have_count(3)
    await expect(page.locator(".facts")).to_contain_text("9999000000000017")
    for place, selector in PLACES.items():
        await page.goto(f"{running.url}#{place}")
        await expect(page.locator(selector).first).to_be_visible(timeout=30_000)
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
