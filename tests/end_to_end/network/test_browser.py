"""A person at a neighbouring computer changes the gateway's address on its page: all parts are the real ones."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, async_playwright, expect

from tests.end_to_end.network.lab import Lab, until
from tests.tools import needed

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.network,
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.timeout(180),
]

PORT: Final = 8080
PASSWORD: Final = "green rivers run slowly"
OLD: Final = "192.168.77.10"
NEW: Final = "192.168.77.30"
LEASED: Final = "192.168.77.1*/24"
PATIENCE_MS: Final = 40_000
NOT_CONFIRMED: Final = "The new network settings were not confirmed in time. The old ones are back."


@pytest.fixture
def gateway(lab: Lab) -> Iterator[None]:
    """The whole gateway, as the unprivileged user, on every address of its computer."""
    said = lab.scratch / "gateway.log"
    run = lab.python(
        "-m", "han2x", "run", "--state-dir", "/run/lab/state",
        "--modbus", "0.0.0.0:1502", "--web", f"0.0.0.0:{PORT}",
    )  # fmt: skip
    with said.open("w") as log:
        process = subprocess.Popen(lab.inside(*run, user=True), stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: "Web page" in said.read_text() or process.poll() is not None, "the gateway to start")
        assert process.poll() is None, said.read_text()
        yield
    finally:
        process.kill()
        process.wait(10)


@pytest_asyncio.fixture
async def page(lab: Lab, gateway: None, tmp_path: Path) -> AsyncIterator[Page]:
    """A browser window on the computer "router", 192.168.77.1."""
    path = needed("chromium")
    there = tmp_path / "chromium"
    there.write_text(f'#!/bin/sh\nexec {shlex.join(lab.inside("ip", "netns", "exec", "router", path))} "$@"\n')
    there.chmod(0o755)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=there, args=["--no-sandbox"], timeout=PATIENCE_MS)
        page = await (await browser.new_context(locale="en-GB")).new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page
        await browser.close()


async def _first_visit(page: Page, address: str, view: str = "#network") -> None:
    await page.goto(f"http://{address}:{PORT}/{view}")
    await page.get_by_role("button", name="Go on without encryption").click()
    await page.get_by_label("New password", exact=True).fill(PASSWORD)
    await page.get_by_label("New password once more").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()


async def _type_address(page: Page, address: str, router: str) -> None:
    await page.get_by_label("Fixed").check()
    await page.get_by_label("IP address").fill(address)
    await page.get_by_label("Network prefix or mask").fill("24")
    await page.get_by_label("Default gateway").fill(router)
    await page.get_by_label("Name servers").fill("192.168.77.53")


async def _apply(page: Page, lab: Lab, *wanted: str) -> float:
    """Change the settings as they are typed, wait until the kernel has these addresses; when it was begun."""
    started = time.monotonic()
    await page.get_by_role("button", name="Apply").click()
    await asyncio.to_thread(lab.wait_for_addresses, *wanted)
    print(f"\n{wanted} in force {time.monotonic() - started:.2f} s after the click")
    return started


async def _has_followed(page: Page, lab: Lab, started: float) -> None:
    await page.wait_for_url(f"http://{NEW}:{PORT}/#confirm=*", timeout=PATIENCE_MS)
    await _sees(page, "Keep them?")
    print(f"the page is at {NEW} after {time.monotonic() - started:.2f} s")
    assert lab.addresses() == [f"{NEW}/24"]


async def _keep(page: Page) -> None:
    """Confirm; the cookie has not come along, so that one logs in again."""
    await page.get_by_role("button", name="Keep the new settings").click()
    await _sees(page, "Browsers keep a login for one address only")
    await page.get_by_role("button", name="Go on without encryption").click()
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.locator("#view").get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("button", name="Apply")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.locator(".countdown")).to_be_hidden(timeout=PATIENCE_MS)


async def _sees(page: Page, text: str) -> None:
    await expect(page.get_by_text(text)).to_be_visible(timeout=PATIENCE_MS)


async def _confirm_within(page: Page, seconds: int) -> None:
    """Have the page ask for a shorter trial than the 60 s that it gives a person."""

    async def shorten(route: Route) -> None:
        if route.request.method == "POST":
            typed = json.loads(route.request.post_data or "")
            await route.continue_(post_data=json.dumps(typed | {"confirm_within_s": seconds}))
        else:
            await route.continue_()

    await page.route("**/api/v1/network", shorten)


async def test_from_dhcp_the_page_follows_to_a_static_address_and_what_is_confirmed_there_stays(
    lab: Lab, page: Page
) -> None:
    lab.profile("ipv4.method auto")
    (leased,) = lab.addresses()
    await _first_visit(page, leased.partition("/")[0])
    await expect(page.get_by_label("DHCP")).to_be_checked(timeout=PATIENCE_MS)

    await _type_address(page, NEW, "192.168.77.1")
    await _has_followed(page, lab, await _apply(page, lab, f"{NEW}/24"))
    assert "method=auto" in lab.stored()
    await _keep(page)

    assert lab.addresses() == [f"{NEW}/24"]
    assert f"address1={NEW}/24\ngateway=192.168.77.1\n" in lab.stored()
    assert "dns=192.168.77.53" in lab.stored()
    await expect(page.get_by_label("IP address")).to_have_value(NEW)
    lab.cut_power()
    lab.wait_for_addresses(f"{NEW}/24")


async def test_from_its_step_of_setting_up_the_page_follows_and_comes_back_to_the_step(lab: Lab, page: Page) -> None:
    lab.profile("ipv4.method auto")
    (leased,) = lab.addresses()
    await page.set_viewport_size({"width": 360, "height": 800})
    await _first_visit(page, leased.partition("/")[0], "")
    await page.wait_for_url("**/#start/adapter")
    await page.get_by_role("link", name="5 Network").click()
    await page.get_by_label("Fixed").check()
    await expect(page.get_by_label("IP address")).to_have_value(leased.partition("/")[0])
    await expect(page.get_by_label("Default gateway")).to_have_value("192.168.77.1")
    await page.get_by_label("IP address").fill(NEW)
    await _has_followed(page, lab, await _apply(page, lab, f"{NEW}/24"))
    await _keep(page)
    await expect(page.locator(".step").get_by_text("The new network settings are kept.")).to_be_visible()
    await page.get_by_role("link", name="Next").click()
    await expect(page.locator(".step code").first).to_have_text(NEW)
    assert f"address1={NEW}/24\ngateway=192.168.77.1\n" in lab.stored()


async def test_a_static_address_that_nobody_confirms_is_left_again_for_the_old_one(lab: Lab, page: Page) -> None:
    lab.profile(f"ipv4.method manual ipv4.addresses {OLD}/24 ipv4.gateway 192.168.77.1")
    await _first_visit(page, OLD)
    await expect(page.get_by_label("IP address")).to_have_value(OLD, timeout=PATIENCE_MS)
    await _confirm_within(page, 20)

    await _type_address(page, NEW, "192.168.77.1")
    started = await _apply(page, lab, f"{NEW}/24")
    await _has_followed(page, lab, started)
    await expect(page.locator(".countdown")).to_have_text("", timeout=PATIENCE_MS)
    lab.wait_for_addresses(f"{OLD}/24")
    await page.get_by_role("link", name=f"Back to the page at {OLD}:{PORT}").click()
    await _sees(page, NOT_CONFIRMED)
    print(f"{OLD} answers again {time.monotonic() - started:.2f} s after the click, to be confirmed within 20 s")

    await expect(page.locator(".facts dd", has_text=f"{OLD}/24")).to_be_visible()
    # What was typed is still there, to be mended.
    await expect(page.get_by_label("IP address")).to_have_value(NEW)
    assert f"address1={OLD}/24\ngateway=192.168.77.1\n" in lab.stored()
    assert NEW not in lab.stored()


async def test_from_an_address_of_another_network_the_gateway_comes_back_by_itself(lab: Lab, page: Page) -> None:
    lab.profile(f"ipv4.method manual ipv4.addresses {OLD}/24 ipv4.gateway 192.168.77.1")
    await _first_visit(page, OLD)
    await expect(page.get_by_label("IP address")).to_have_value(OLD, timeout=PATIENCE_MS)
    await _confirm_within(page, 8)

    await _type_address(page, "10.9.9.9", "10.9.9.1")
    started = await _apply(page, lab, "10.9.9.9/24")
    await asyncio.to_thread(lab.wait_for_addresses, f"{OLD}/24")
    another = await page.context.new_page()
    await another.goto(f"http://{OLD}:{PORT}/#network", timeout=PATIENCE_MS)
    await _sees(another, NOT_CONFIRMED)
    print(f"{OLD} answers again {time.monotonic() - started:.2f} s after the click, to be confirmed within 8 s")

    assert lab.addresses() == [f"{OLD}/24"]
    assert "10.9.9.9" not in lab.stored()


async def test_towards_dhcp_the_page_leads_to_the_new_address_and_what_is_confirmed_there_stays(
    lab: Lab, page: Page
) -> None:
    lab.profile(f"ipv4.method manual ipv4.addresses {OLD}/24 ipv4.gateway 192.168.77.1")
    await _first_visit(page, OLD)

    await page.get_by_label("DHCP").check()
    started = await _apply(page, lab, f"{OLD}/24", LEASED)
    link = page.get_by_role("link", name=re.compile(r"^192\.168\.77\.1\d\d:"))
    await link.click()
    await _sees(page, "Keep them?")
    print(f"the page is at {page.url.partition('#')[0]} after {time.monotonic() - started:.2f} s")
    await _keep(page)

    lab.wait_for_addresses(LEASED)
    assert lab.stored().split() == ["[ipv4]", "method=auto"]
    await expect(page.get_by_label("DHCP")).to_be_checked()
