"""The languages: chosen by the browser, by the gateway's setting, or by the reader."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import expect

from han2x.web import PageOptions
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import SILENT
from tests.browser.places import PLACES, go

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

POWER: Final = {
    "nb": ("Effekt nå", "fra nettet", "2\u202f345 W", "231,3 V"),
    "en": ("Power now", "from the grid", "2\u202f345 W", "231.3 V"),
    "sv": ("Effekt nu", "från nätet", "2\u202f345 W", "231,3 V"),
    "da": ("Effekt nu", "fra nettet", "2\u202f345 W", "231,3 V"),
    "de": ("Leistung jetzt", "aus dem Netz", "2\u202f345 W", "231,3 V"),
    "fi": ("Teho nyt", "verkosta", "2\u202f345 W", "231,3 V"),
}
LOCALES: Final = {
    "nb-NO": "nb",
    "nn-NO": "nb",
    "sv-SE": "sv",
    "da-DK": "da",
    "de-DE": "de",
    "de-AT": "de",
    "de-CH": "de",
    "fi-FI": "fi",
    "en-US": "en",
    "fr-FR": "en",
}


@pytest.mark.parametrize(("locale", "language"), LOCALES.items())
async def test_the_browser_s_language_is_used_where_there_is_one(open_page: Open, locale: str, language: str) -> None:
    page = await open_page(log_in=False, locale=locale)
    power, way, value, voltage = POWER[language]
    await expect(page.locator(".tile").first).to_contain_text(power)
    await expect(page.locator(".tile .way").first).to_have_text(way)
    await expect(page.locator(".tile .value").first).to_have_text(value)
    await expect(page.locator(".phases td").first).to_have_text(voltage)
    await expect(page.locator("html")).to_have_attribute("lang", language)


async def test_the_gateway_s_setting_comes_before_the_browser_s(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", language="sv")
    page = await open_page(log_in=False)
    await expect(page.locator(".tile .way").first).to_have_text("från nätet")


async def test_a_reader_can_choose_another_which_is_kept(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", language="sv")
    page = await open_page(log_in=False)
    await page.get_by_label("Språk").select_option("da")
    await expect(page.get_by_role("heading", name="Elmåler")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Elmåler")).to_be_visible()


async def test_a_saved_language_is_shown_at_once(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await page.get_by_label("Language of the page").select_option("nb")
    section = page.get_by_role("region", name="Web page")
    await section.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Innstillinger")).to_be_visible()


@pytest.mark.parametrize("locale", ["nb-NO", "sv-SE", "da-DK", "de-AT", "fi-FI"])
async def test_no_page_says_anything_in_english_that_has_words(gateway: Gateway, open_page: Open, locale: str) -> None:
    """A word that is missing is an error in the console, which fails the test too."""
    gateway.show(**SILENT)
    page = await open_page(locale=locale)
    for place in PLACES:
        await go(page, gateway.url, place)
        text = await page.evaluate(OWN_WORDS)
        for english in (" the ", " is ", " and ", " with ", "Save"):
            assert english not in text, place


OWN_WORDS: Final = """() => {
    // The log is the gateway's own, and marked as English.
    const copy = document.getElementById("main").cloneNode(true);
    for (const part of copy.querySelectorAll("[lang=en]")) part.remove();
    return copy.textContent;
}"""
