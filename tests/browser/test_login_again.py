"""A session that ends while somebody is at work: nothing that was typed is lost."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Page, expect

from han2x.web import PageOptions
from han2x.web.answers import file_name
from tests.browser.conftest import PASSWORD, Gateway, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

FORM: Final = "settings/modbus.max_connections"


async def _type(page: Page) -> None:
    section = page.get_by_role("region", name="Modbus")
    await section.get_by_label("Clients at once").fill("7")
    await section.get_by_role("button", name="Save").click()


async def _log_in(page: Page, password: str = PASSWORD) -> None:
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Password").fill(password)
    await dialog.get_by_label("Password").press("Enter")


async def test_saving_asks_for_the_password_over_the_form_and_then_saves(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(FORM)
    await expect(page.get_by_label("Clients at once")).to_be_visible()
    gateway.access.sessions.end_all()
    await _type(page)
    await expect(page.get_by_role("dialog")).to_contain_text("Your login has ended.")
    await expect(page.get_by_role("dialog").get_by_label("Password")).to_be_focused()
    await _log_in(page, "not this one at all")
    await expect(page.locator(".error:visible")).to_have_text("The password is wrong.")
    await _log_in(page)
    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert gateway.control.document["modbus"] == {"max_connections": 7}
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()


async def test_who_puts_it_off_keeps_what_was_typed_and_sees_that_nobody_is_logged_in(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page(FORM)
    await expect(page.get_by_label("Clients at once")).to_be_visible()
    gateway.access.sessions.end_all()
    await _type(page)
    await page.get_by_role("button", name="Not now").click()
    await expect(page.get_by_text("You are not logged in any more.")).to_be_visible()
    await expect(page.get_by_label("Clients at once")).to_have_value("7")
    await page.get_by_role("banner").get_by_role("button", name="Log in").click()
    await _log_in(page)
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    await expect(page.get_by_label("Clients at once")).to_have_value("7")
    await page.get_by_role("region", name="Modbus").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    assert gateway.control.document["modbus"] == {"max_connections": 7}


async def test_a_login_in_another_window_is_enough(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(FORM)
    await expect(page.get_by_label("Clients at once")).to_be_visible()
    gateway.access.sessions.end_all()
    await page.context.request.post(f"{gateway.url}api/v1/login", data={"password": PASSWORD})
    await _type(page)
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_live_values_that_need_a_login_do_not_throw_the_form_away(gateway: Gateway, open_page: Open) -> None:
    gateway.control.page = PageOptions("0.1.0", live_open=False)
    page = await open_page(FORM)
    await page.get_by_label("Clients at once").fill("7")
    gateway.access.sessions.end_all()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await _log_in(page)
    await expect(page.get_by_label("Clients at once")).to_have_value("7")
    await expect(page.locator("body")).to_have_attribute("data-link", "up")


async def test_a_backup_without_a_session_asks_for_the_password_or_says_so(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care")
    for region in ("Log", "Changes", "Telegrams"):  # what the page asks for by itself
        await expect(page.get_by_role("region", name=region, exact=True).locator("li").first).to_be_visible()
    gateway.access.sessions.end_all()
    await page.get_by_role("button", name="Download the backup").click()
    await page.get_by_role("button", name="Not now").click()
    await expect(page.locator(".error:visible")).to_have_text("You are not logged in any more.")
    await page.get_by_role("banner").get_by_role("button", name="Log in").click()
    await _log_in(page)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the backup").click()
    assert (await download.value).suggested_filename == file_name("", "settings", "toml")


async def test_a_password_that_is_gone_leads_to_the_first_visit(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(FORM)
    await expect(page.get_by_label("Clients at once")).to_be_visible()
    await gateway.access.forget()
    await _type(page)
    await expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()


async def test_the_header_says_log_in_once_the_session_has_ended(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("live")
    await expect(page.get_by_role("button", name="Log out")).to_be_visible()
    gateway.access.sessions.end_all()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()
