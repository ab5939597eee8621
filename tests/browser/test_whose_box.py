"""Whose box is it: the claim code, a password that cannot be read, and the way back in on this very gateway."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from han2x.web import PageOptions
from tests.browser.conftest import PASSWORD, Gateway, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


async def _from_elsewhere(page: Page) -> None:
    """Ask as somebody who is not at the gateway's computer, through a proxy there."""

    async def hand_on(route: Route) -> None:
        await route.continue_(headers={**route.request.headers, "X-Forwarded-For": "192.168.1.77"})

    await page.route("**/api/v1/**", hand_on)
    await page.reload()


async def _choose(page: Page) -> None:
    await page.get_by_label("New password", exact=True).fill(PASSWORD)
    await page.get_by_label("New password once more").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()


async def test_the_first_visit_asks_for_the_claim_code_and_says_where_it_is(new_gateway: Gateway, visit: Open) -> None:
    claim = new_gateway.access.claim
    claim.close()
    page = await visit(new_gateway, "settings", log_in=False)
    await _from_elsewhere(page)
    await expect(page.get_by_text("sudo han2x status")).to_be_visible()
    await expect(page.get_by_text("press the FACTRESET button")).to_have_count(0)
    await _choose(page)
    await expect(page.locator(".error:visible")).to_have_text("This is needed.")
    await page.get_by_label("Claim code").fill("ABCD-2345")
    await _choose(page)
    await expect(page.locator(".error:visible")).to_have_text("The claim code is missing or wrong.")
    assert not new_gateway.access.password_set
    await page.get_by_label("Claim code").fill(claim.code.lower())
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()


async def test_with_a_button_the_first_visit_tells_of_it(new_gateway: Gateway, visit: Open) -> None:
    new_gateway.access.claim.close()
    new_gateway.control.page = PageOptions("0.1.0", reset_button=True)
    page = await visit(new_gateway, log_in=False)
    await _from_elsewhere(page)
    await expect(page.get_by_text("Or press the FACTRESET button for 1 second")).to_be_visible()


async def test_while_no_code_is_needed_the_page_says_for_how_long(new_gateway: Gateway, visit: Open) -> None:
    new_gateway.access.claim.open()
    page = await visit(new_gateway, log_in=False)
    await _from_elsewhere(page)
    await expect(page.get_by_text("No claim code is needed for another 15 min.")).to_be_visible()
    await expect(page.get_by_label("Claim code")).to_have_count(0)


@pytest.mark.parametrize("shown_to_all", [False, True])
async def test_the_owner_decides_whether_strangers_see_the_values(
    new_gateway: Gateway, visit: Open, shown_to_all: bool
) -> None:
    page = await visit(new_gateway, "settings", log_in=False)
    await page.get_by_label("Show everyone on the network the live values").set_checked(shown_to_all)
    await _choose(page)
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    assert new_gateway.control.options().live_open is shown_to_all


async def test_a_password_that_cannot_be_read_is_told_with_what_to_do(gateway: Gateway, open_page: Open) -> None:
    gateway.access._held.fault = "damaged: wrong checksum"
    gateway.control.page = PageOptions("0.1.0", reset_button=True)
    page = await open_page("settings", log_in=False)
    await expect(page.get_by_role("heading", name="Nobody can log in")).to_be_visible()
    await expect(page.get_by_text("sudo han2x password reset")).to_be_visible()
    await expect(page.get_by_text("Press the FACTRESET button for 1 second")).to_be_visible()
    await expect(page.get_by_label("Password")).to_have_count(0)


async def _forgotten(page: Page) -> str:
    await page.get_by_text("Forgotten the password?").click()
    return await page.locator("details").inner_text()


async def test_forgotten_says_what_works_on_a_gateway_without_a_button(open_page: Open) -> None:
    told = await _forgotten(await open_page("settings", log_in=False))
    assert "sudo han2x password reset" in told
    assert "FACTRESET" not in told
    assert "192.168.1.232" not in told


@pytest.mark.parametrize("address", ["", "192.168.1.232"])
async def test_forgotten_tells_of_the_button_and_of_an_address_only_where_it_changes(
    gateway: Gateway, open_page: Open, address: str
) -> None:
    gateway.control.page = PageOptions("0.1.0", reset_button=True)
    gateway.control.address_after_reset = address
    told = await _forgotten(await open_page("settings", log_in=False))
    assert "Hold the FACTRESET button for 5 seconds" in told
    assert ("192.168.1.232" in told) is bool(address)


async def test_the_tokens_go_with_the_password_unless_they_are_to_be_kept(gateway: Gateway, open_page: Open) -> None:
    await gateway.access.add_token("house", "write")
    page = await open_page("access")
    await expect(page.locator(".tokens li")).to_contain_text("read, and write the scaling factor")

    async def change(old: str, new: str) -> None:
        await page.get_by_label("Current password").fill(old)
        await page.get_by_label("New password", exact=True).fill(new)
        await page.get_by_label("New password once more").fill(new)
        await page.get_by_role("button", name="Change the password").click()
        await expect(page.get_by_text("The password is changed.")).to_be_visible()

    await page.get_by_label("Keep the API tokens").check()
    await change(PASSWORD, "purple clouds sing loudly")
    await expect(page.locator(".tokens li")).to_have_count(1)
    await page.get_by_label("Keep the API tokens").uncheck()
    await change("purple clouds sing loudly", PASSWORD)
    await expect(page.get_by_text("There is no token.")).to_be_visible()
