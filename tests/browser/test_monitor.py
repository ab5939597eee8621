"""The request monitor: what came, why it was refused, and only that which is looked for."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.modbus import ModbusRequest
from tests.browser.conftest import Gateway, Open
from tests.web.fake_control import REQUEST

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


def _came(gateway: Gateway, *requests: ModbusRequest) -> None:
    """These are the last, the newest last."""
    now = time.time()
    recent = [replace(each, time=now + place / 1000, took_us=100.0 + place) for place, each in enumerate(requests)]
    gateway.control.server = replace(gateway.control.server, recent=recent)


def _rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Last Modbus requests").locator("tbody tr")


async def test_requests_are_filtered_by_client_unit_and_exceptions(gateway: Gateway, open_page: Open) -> None:
    _came(
        gateway,
        replace(REQUEST, client="10.0.0.9:1"),
        replace(REQUEST, client="10.0.0.9:2", exception=2),
        replace(REQUEST, client="[fe80::1]:9", unit=7, exception=11),
    )
    page = await open_page("registers")
    await expect(_rows(page)).to_have_count(3)
    await page.get_by_label("Client", exact=True).select_option("10.0.0.9")
    await expect(_rows(page)).to_have_count(2)
    await page.get_by_label("Exceptions only").check()
    await expect(_rows(page)).to_have_count(1)
    await page.get_by_label("Client", exact=True).select_option("")
    await page.get_by_label("Unit id", exact=True).select_option("7")
    await expect(_rows(page).locator("td").nth(1)).to_have_text("[fe80::1]:9")
    await expect(page.get_by_text("1 of 3 requests")).to_be_visible()


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (replace(REQUEST, exception=1, function=5), "this function code is not served here."),
        (replace(REQUEST, exception=1, function=6), "this client may not write."),
        (replace(REQUEST, exception=2), "not all of these registers are there."),
        (replace(REQUEST, exception=2, function=16), "these registers cannot be written."),
        (replace(REQUEST, exception=3), "asks for more than 125 registers."),
        (replace(REQUEST, exception=3, function=16), "this value is not allowed here."),
        (replace(REQUEST, exception=6, function=16), "too many writes in a minute."),
        (replace(REQUEST, exception=11), "the values are not current"),
        (replace(REQUEST, exception=11, unit=9), "nothing has the unit id 9 here."),
        (replace(REQUEST, exception=11, unit=255), "the values are not current"),
    ],
)
async def test_an_exception_is_explained(gateway: Gateway, open_page: Open, request_: ModbusRequest, why: str) -> None:
    _came(gateway, request_)
    page = await open_page("registers")
    await expect(_rows(page).locator("td").last).to_contain_text(why)


async def test_what_has_come_stays_while_it_is_looked_at_and_pauses(gateway: Gateway, open_page: Open) -> None:
    _came(gateway, replace(REQUEST, unit=1))
    page = await open_page("registers")
    await expect(_rows(page)).to_have_count(1)
    _came(gateway, replace(REQUEST, unit=2))
    await expect(_rows(page)).to_have_count(2)
    await page.get_by_role("button", name="Pause").press("Enter")
    await expect(page.get_by_text("Paused: 2 of 2 requests.")).to_be_visible()
    _came(gateway, replace(REQUEST, unit=3))
    await expect(page.get_by_role("region", name="Modbus clients connected")).to_be_visible()
    await expect(_rows(page)).to_have_count(2)
    await page.get_by_role("button", name="Go on").press("Enter")
    await expect(_rows(page)).to_have_count(3)


async def test_it_is_bounded_however_many_come(gateway: Gateway, open_page: Open) -> None:
    _came(gateway, *(replace(REQUEST, address=number) for number in range(700)))
    page = await open_page("registers")
    await expect(_rows(page)).to_have_count(100)
    await expect(page.get_by_text("100 of 500 requests")).to_be_visible()
    await expect(_rows(page).first.locator("td").nth(4)).to_have_text("699–748")


async def test_on_a_telephone_every_cell_is_on_the_screen_with_its_head(gateway: Gateway, open_page: Open) -> None:
    _came(gateway, replace(REQUEST, exception=2))
    page = await open_page("registers", width=360)
    outcome = _rows(page).locator("td").last
    await expect(outcome).to_be_visible()
    box = await outcome.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert await outcome.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Answer"'
