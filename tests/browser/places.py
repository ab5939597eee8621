"""The views of the page, and how a test gets there."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page, expect

PLACES: Final = {
    "live": ".meter .tile",
    "energy": ".period:not([aria-busy]) .chart-box:visible",
    "registers": ".block td",
    "settings": "form.settings",
    "network": "form",
    "care": ".telegrams li",
    "access": ".tokens + .note",
    "start/adapter": ".step input[type=radio]",
    "start/meter": ".step .facts",
    "start/factor": ".step output",
    "start/network": ".step form",
    "start/clients": ".step code",
    "start/done": ".outcomes a",
    "handover": ".sheet dd",
    "api": ".operation",
}
"""Each view by its name, and something that is there when it is whole."""
VIEWS: Final = {
    "live": ".meter[data-state=current] .tile",
    "registers": ".registers tbody tr",
    "settings": "form.settings",
    "network": ".facts",
    "care": ".telegrams li",
    "access": ".logins li",
    "api": ".operation",
    "energy": ".period:not([aria-busy]) h3",
    "start/adapter": ".step",
    "handover": ".sheet dd",
}
"""The same of a gateway that runs on this computer."""


async def go(page: Page, url: str, place: str, whole: str = "") -> None:
    """Show a place, and wait until `whole` (what `PLACES` has, otherwise) is there: of this view, whatever the view
    before it had that looks alike.
    """
    if _view(page.url) != _view(f"#{place}"):
        await page.evaluate("document.querySelector('#view > *')?.setAttribute('data-before', '')")
    await page.goto(f"{url}#{place}")
    await expect(page.locator("[data-before]")).to_have_count(0)
    await expect(page.locator(whole or PLACES[place]).first).to_be_visible(timeout=60_000)


def _view(url: str) -> str:
    return url.partition("#")[2].partition("/")[0]
