"""The network page: trying new settings, following them, and being safe from a mistake."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from han2x.api.network import NetworkChange
from han2x.network import Ending, Fault, InterfaceSettings, Method, Outcome
from tests.browser.conftest import PASSWORD, Gateway, Open

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

NEW: Final = {"IP address": "127.0.0.2", "Network prefix or mask": "255.0.0.0", "Default gateway": ""}


async def _apply(page: Page, **typed: str) -> None:
    await page.get_by_label("Fixed").check()
    for label, text in (NEW | typed).items():
        await page.get_by_label(label).fill(text)
    await page.get_by_role("button", name="Apply").click()


async def test_what_is_in_force_is_shown(open_page: Open) -> None:
    page = await open_page("network")
    card = page.get_by_role("region", name="Wired network (eth0)")
    for text in ("192.168.1.232/24", "192.168.1.1", "fe80::1/64", "b8:27:eb:00:00:01", "connected"):
        await expect(card.locator(".facts")).to_contain_text(text)
    await expect(card.get_by_label("Fixed")).to_be_checked()
    await expect(card.get_by_label("IP address")).to_have_value("192.168.1.232")


async def test_new_settings_are_confirmed_where_the_page_is(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await _apply(page, **{"IP address": "127.0.0.1"})
    await expect(page.get_by_text("You are at the new address.")).to_be_visible()
    await expect(page.locator(".countdown")).to_contain_text("Without confirmation the old settings come back in")
    await page.get_by_role("button", name="Keep the new settings").click()
    await expect(page.locator(".countdown")).to_be_hidden()
    await expect(page.locator(".banner.notice:visible")).to_have_text("The new network settings are kept.")
    assert gateway.control.pending is None
    assert gateway.control.interface.address == IPv4Interface("127.0.0.1/8")
    await expect(page.get_by_label("IP address")).to_have_value("127.0.0.1")


async def test_new_settings_can_be_undone(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await _apply(page)
    await page.get_by_role("button", name="Go back to the old ones").click()
    await expect(page.locator(".countdown")).to_be_hidden()
    assert gateway.control.pending is None
    assert gateway.control.interface.address == IPv4Interface("192.168.1.232/24")


async def test_the_page_follows_to_the_new_address_and_asks_to_confirm_there(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await _apply(page)
    await expect(page.get_by_text("The page moves to the new address by itself.")).to_be_visible()
    await expect(page.get_by_role("button", name="Keep the new settings")).to_be_hidden()
    old = gateway.url.rstrip("/")

    async def away(route: Any) -> None:  # noqa: ANN401 - Playwright's
        """As an address that is gone: no answer comes at all."""

    await page.route(f"{old}/api/**", away)
    await page.wait_for_url("http://127.0.0.2:*/#confirm=*", timeout=20_000)
    await expect(page.get_by_role("heading", name="New address")).to_be_visible()
    await expect(page.locator(".countdown")).to_contain_text("the old settings come back in")
    await page.get_by_role("button", name="Keep the new settings").click()
    # The cookie has not come along, so that one logs in once more, and is told why.
    await expect(page.locator("#view")).to_contain_text("The new network settings are kept.")
    await expect(page.get_by_text("Browsers keep a login for one address only")).to_be_visible()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert gateway.control.interface.address == IPv4Interface("127.0.0.2/8")
    stay = page.get_by_role("button", name="Go on without encryption")
    if await stay.count():
        await stay.click()
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")
    await expect(page.get_by_role("heading", name="Network", exact=True)).to_be_visible()
    await expect(page.locator(".banner.notice:visible")).to_have_text("The new network settings are kept.")


async def test_who_is_logged_in_at_the_new_address_goes_on_where_the_change_was_made(
    gateway: Gateway, open_page: Open
) -> None:
    applied = await gateway.control.apply_network(NetworkChange("eth0", "static", "127.0.0.1", "8"))
    page = await open_page(f"confirm={applied.pending.token}&until=9999999999&next=start%2Fnetwork")
    await page.get_by_role("button", name="Keep the new settings").click()
    await page.wait_for_url("**/#start/network")
    await expect(page.locator(".step").get_by_text("The new network settings are kept.")).to_be_visible()


async def test_when_the_time_is_up_the_new_address_leads_back_to_the_old_one(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("confirm=t&until=1&from=http%3A%2F%2F192.168.1.232&next=network")
    await expect(page.get_by_text("The time is up. The old network settings come back by themselves.")).to_be_visible()
    back = page.get_by_role("link", name="Back to the page at 192.168.1.232")
    await expect(back).to_have_attribute("href", "http://192.168.1.232/#network")


@pytest.mark.parametrize("told", ["from=javascript%3Aalert(1)", "from=http%3A%2F%2Fa%40b", "next=%2F%2Fevil.example"])
async def test_what_an_address_says_of_itself_leads_nowhere_else(open_page: Open, told: str) -> None:
    page = await open_page(f"confirm=t&until=1&{told}")
    await expect(page.get_by_text("The time is up.")).to_be_visible()
    links = await page.locator("#view a").evaluate_all("links => links.map((link) => link.href)")
    assert links == []


async def test_choosing_a_fixed_address_fills_in_what_is_there(gateway: Gateway, open_page: Open) -> None:
    gateway.control.interface = InterfaceSettings("eth0", Method.DHCP)
    page = await open_page("network")
    await page.get_by_label("Fixed").check()
    present = {"IP address": "192.168.1.232", "Network prefix or mask": "24", "Default gateway": "192.168.1.1"}
    for label, text in (present | {"Name servers": "192.168.1.1"}).items():
        await expect(page.get_by_label(label)).to_have_value(text)
    await page.get_by_label("IP address").fill("192.168.1.50")
    await page.get_by_label("DHCP").check()
    await page.get_by_label("Fixed").check()
    await expect(page.get_by_label("IP address")).to_have_value("192.168.1.50")


@pytest.mark.parametrize("ending", [Ending.EXPIRED, Ending.FAILED, Ending.INTERRUPTED])
async def test_a_trial_that_fails_keeps_what_was_typed(gateway: Gateway, open_page: Open, ending: Ending) -> None:
    page = await open_page("network")
    await _apply(page)
    await expect(page.locator(".countdown")).to_be_visible()
    gateway.control.end_network("t" * 32, ending)
    await expect(page.locator(".countdown")).to_be_hidden()
    await expect(page.get_by_label("IP address")).to_have_value("127.0.0.2")
    await page.reload()
    await expect(page.get_by_label("IP address")).to_have_value("127.0.0.2")
    await expect(page.get_by_label("Network prefix or mask")).to_have_value("255.0.0.0")


async def test_what_was_typed_is_not_brought_up_again_once_it_is_settled(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await _apply(page)
    await page.get_by_role("button", name="Go back to the old ones").click()
    await expect(page.get_by_label("IP address")).to_have_value("192.168.1.232")
    gateway.control.outcome = Outcome("t" * 32, gateway.control.interface, Ending.EXPIRED)
    await page.reload()
    await expect(page.get_by_label("IP address")).to_have_value("192.168.1.232")


async def test_a_change_that_ran_out_meanwhile_cannot_be_confirmed(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(f"confirm={'t' * 32}&until=0")
    await page.get_by_role("button", name="Keep the new settings").click()
    await expect(page.locator(".form-status")).to_contain_text("This change is no longer there")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (Ending.EXPIRED, "The new network settings were not confirmed in time. The old ones are back."),
        (Ending.FAILED, "The new network settings could not be put in force. The old ones are back."),
    ],
)
async def test_what_became_of_the_last_change_is_told(
    gateway: Gateway, open_page: Open, ending: Ending, text: str
) -> None:
    fault = Fault("address-in-use", address="192.168.1.5")
    gateway.control.outcome = Outcome("", gateway.control.interface, ending, {"address": fault})
    page = await open_page("network")
    banner = page.locator("#view .banner.warning")
    await expect(banner).to_contain_text(text)
    await expect(banner).to_contain_text("192.168.1.5 is already used by another device on this network.")


async def test_a_change_from_elsewhere_is_shown_with_the_time_left(gateway: Gateway, open_page: Open) -> None:
    await gateway.control.apply_network(NetworkChange("eth0", "dhcp"))
    page = await open_page("network")
    await expect(page.get_by_role("link", name="192.168.1.77")).to_be_visible()
    gateway.control.pending = None
    await expect(page.locator(".countdown")).to_be_hidden()


async def test_wrong_addresses_are_refused_at_their_fields(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await _apply(page, **{"IP address": "", "Network prefix or mask": ""})
    await expect(page.locator(".error:visible")).to_have_text(["This is needed.", "This is needed."])
    await _apply(page, **{"IP address": "192.168.1"})
    error = "192.168.1 is not an IPv4 address; write it like 192.168.1.232."
    await expect(page.locator(".error:visible")).to_have_text(error)
    await expect(page.get_by_label("IP address")).to_be_focused()
    assert gateway.control.pending is None


async def test_dhcp_is_chosen_without_an_address(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await page.get_by_label("DHCP").check()
    await expect(page.get_by_label("IP address")).to_be_hidden()
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".countdown")).to_be_visible()
    assert gateway.control.pending is not None
    assert gateway.control.pending.settings == InterfaceSettings("eth0", Method.DHCP)


async def test_the_factory_address_is_offered(gateway: Gateway, open_page: Open) -> None:
    gateway.control.interface = InterfaceSettings("eth0", Method.DHCP)
    page = await open_page("network")
    await page.get_by_role("button", name="Fill in the factory address").click()
    await expect(page.get_by_label("Fixed")).to_be_checked()
    await expect(page.get_by_label("IP address")).to_have_value("192.168.1.232")
    await expect(page.get_by_label("Network prefix or mask")).to_have_value("24")


async def test_where_nothing_can_be_changed_the_page_says_why(gateway: Gateway, open_page: Open) -> None:
    gateway.control.network_fault = Fault("no-manager")
    page = await open_page("network")
    await expect(page.get_by_text("NetworkManager does not run on this computer")).to_be_visible()
    await expect(page.locator(".facts").first).to_contain_text("192.168.1.232/24")
    await expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    await expect(page.locator("main input")).to_have_count(0)


async def test_the_host_name_can_be_changed_and_is_never_markup(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("network")
    await page.get_by_role("textbox", name="Host name").fill("<script>alert(1)</script>")
    await page.get_by_role("button", name="Save the name").click()
    await expect(page.locator(".error:visible")).to_contain_text("Use 1 to 63 letters")
    await page.get_by_role("textbox", name="Host name").fill("fuse-box")
    await page.get_by_role("button", name="Save the name").click()
    await expect(page.get_by_text("The gateway is now called fuse-box.")).to_be_visible()
    assert gateway.control.hostname == "fuse-box"
