"""From view to view, with and without a connection; and whose page it is."""

from __future__ import annotations

import json
from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.web import PageOptions
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import phase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

COPIED: Final = """(selector) => {
    getSelection().selectAllChildren(document.querySelector(selector));
    const data = new DataTransfer();
    const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
    return event.defaultPrevented ? data.getData("text/plain") : getSelection().toString();
}"""


async def _lose(gateway: Gateway, page: Page) -> None:
    await expect(page.locator(".meter")).to_be_visible()
    await gateway.stop()
    await expect(page.locator("#lost")).to_be_visible(timeout=15_000)


async def test_a_view_that_cannot_be_fetched_is_said_so_and_opens_when_the_connection_is_back(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page(log_in=False)
    await _lose(gateway, page)
    await page.get_by_role("link", name="Registers").click()
    await expect(page.locator("#view")).to_contain_text("This page could not be fetched")
    await expect(page.get_by_role("link", name="Registers")).to_have_attribute("aria-current", "page")
    await assert_no_barrier(page)
    await gateway.start()
    await expect(page.locator(".registers").first).to_be_visible(timeout=20_000)
    await expect(page).to_have_url(f"{gateway.url}#registers")


async def test_of_values_that_are_not_current_any_more_nothing_is_warned_of(gateway: Gateway, open_page: Open) -> None:
    gateway.show(main_fuse_a=25, phases=[phase("L1", 26.0, load_percent=104.0)])
    page = await open_page(log_in=False)
    await expect(page.locator(".alert:visible")).to_have_count(1)
    await _lose(gateway, page)
    await expect(page.locator(".alert:visible")).to_have_count(0)


async def test_whoever_comes_back_to_live_without_a_connection_sees_no_light_on(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page(log_in=False)
    await _lose(gateway, page)
    await page.get_by_role("link", name="Registers").click()
    await expect(page.locator("#view")).to_contain_text("This page could not be fetched")
    await page.get_by_role("link", name="Live").click()
    await expect(page.locator(".light")).to_have_text(["POWER not known", "HAN not known"])
    await gateway.start()
    await expect(page.locator(".light")).to_have_text(["POWER on", "HAN on"], timeout=20_000)


async def test_a_number_that_is_selected_and_copied_is_one_for_spreadsheets(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.locator(".tile.main .figure")).to_have_text("2\u202f345")
    assert "2345 W" in (await page.evaluate(COPIED, ".tile.main")).replace("\n", " ")
    assert await page.evaluate(COPIED, "#gateway") == "HAN2X"


async def test_the_gateway_s_name_is_above_the_page_and_in_the_browser_s_title(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.page = PageOptions("0.1.0", name="<b>Hytta</b> på Geilo")
    page = await open_page(log_in=False)
    await expect(page.get_by_role("heading", level=1)).to_have_text("<b>Hytta</b> på Geilo")
    await expect(page).to_have_title("Live – <b>Hytta</b> på Geilo")


async def test_a_gateway_is_named_in_the_settings_and_is_called_so_at_once(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await expect(page).to_have_title("Settings – HAN2X")
    await page.get_by_label("Name of the gateway").fill("Hytta på Geilo")
    await page.get_by_role("region", name="Gateway").get_by_role("button", name="Save").click()
    await expect(page).to_have_title("Settings – Hytta på Geilo")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hytta på Geilo")
    await page.get_by_role("link", name="Maintenance").click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the backup").click()
    assert (await download.value).suggested_filename.startswith("hytta-pa-geilo-settings-")


async def test_the_page_can_be_kept_on_a_telephone_under_the_gateway_s_name(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", name="Hytta", live_open=False)
    page = await open_page(log_in=False)
    browser = await page.context.new_cdp_session(page)
    manifest = await browser.send("Page.getAppManifest")
    assert manifest["url"] == f"{gateway.url}manifest.webmanifest"
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["name"] == "Hytta"


async def test_a_long_name_is_cut_on_a_telephone_and_widens_nothing(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", name="W" * 64)
    page = await open_page(log_in=False, width=360)
    await expect(page.get_by_role("heading", level=1)).to_have_text("W" * 64)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await assert_no_barrier(page)
