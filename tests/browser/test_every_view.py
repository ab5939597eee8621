"""Every view of a gateway that really runs, in every language, in the light and in the dark: no barrier, nothing cut
off on a telephone, no word missing. A new view joins by a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.languages import LANGUAGES
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Open
from tests.browser.places import VIEWS, go
from tests.browser.running import Running, owned_gateway
from tests.end_to_end.gateway import Gateway, running_gateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="package"),
]

BEFORE: Final = ("first-visit", "login")
"""What is shown before there is a password, or before somebody has logged in."""
LOCALES: Final = {"en": "en-GB", "nb": "nb-NO", "sv": "sv-SE", "da": "da-DK", "de": "de-AT", "fi": "fi-FI"}
NARROW: Final = 360
OPEN: Final = """() => {
    const all = [...document.querySelectorAll("details")];
    const alike = all.filter((part) => part.matches(".operation")).slice(3);
    for (const part of all) part.open = !alike.includes(part);
}"""
"""Opens what is closed; of many that are alike, the first."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with owned_gateway(tmp_path_factory.mktemp("gateway"), "--simulate") as gateway:
        yield gateway


@pytest.fixture
def unowned(tmp_path: Path) -> Iterator[Gateway]:
    with running_gateway(tmp_path, "--simulate") as gateway:
        yield gateway


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_view_has_a_barrier_or_is_cut_off_in_any_language(
    gateway: Gateway, visit: Open, language: str
) -> None:
    page = await visit(Running(gateway), locale=LOCALES[language])
    for view, whole in VIEWS.items():
        await go(page, gateway.web_url, view, whole)
        await _look_at(page, view)
    assert await page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_neither_has_what_comes_before_a_login(
    gateway: Gateway, unowned: Gateway, visit: Open, language: str
) -> None:
    for before in BEFORE:
        shown = gateway if before == "login" else unowned
        page = await visit(Running(shown), "care", log_in=False, locale=LOCALES[language])
        await expect(page.locator("input[type=password]").first).to_be_visible()
        await _look_at(page, before)


async def _look_at(page: Page, view: str) -> None:
    await page.evaluate(OPEN)
    await assert_no_barrier(page)
    await page.set_viewport_size({"width": NARROW, "height": 900})
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW, view
    await page.set_viewport_size({"width": 1280, "height": 900})
    text = await page.locator("body").inner_text()
    for wrong in ("undefined", "NaN", "[object"):
        assert wrong not in text, view
