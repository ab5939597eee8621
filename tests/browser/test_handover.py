"""The hand-over sheet: what was set up on one page, in the customer's language, without any secret."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from han2x.api.outputs import Output
from han2x.output_state import OutputPhase
from han2x.settings.schema import METERS
from han2x.web import PageOptions
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import PASSWORD, Gateway, Open
from tests.browser.live_data import NEVER, live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

KEY: Final = "A1" * 16
SET_UP: Final[dict[str, Any]] = {
    "unit": 1, "port": "/dev/ttyUSB0", "scaling_factor": 40_000, "encryption_key": KEY, "maps": ["em24 on *:1502"],
}  # fmt: skip
A4: Final = re.compile(rb"/Type\s*/Page\b")


async def _pages(page: Page) -> int:
    return len(A4.findall(await page.pdf(prefer_css_page_size=True)))


async def test_it_says_what_was_set_up_and_prints_on_one_page(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [SET_UP]
    gateway.show(scaling_factor=40_000)
    page = await open_page("handover")
    sheet = page.locator(".sheet")
    for text in (
        "Hand-over sheet: han2x", "20 November 2025", "0.1.0", "192.168.1.232/24 (Fixed)", "b8:27:eb:00:00:01",
        "192.168.1.232:502", "Kamstrup", "5706567000000000", "6841121BN243101040", "Kamstrup_V0001", "40",
        "em24 on *:1502", "stored in the gateway", "/dev/ttyUSB0", "2400 8N1", "sudo han2x password reset",
    ):  # fmt: skip
        await expect(sheet).to_contain_text(text)
    assert await _pages(page) == 1


async def test_no_secret_is_on_it(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [SET_UP]
    gateway.control.document["mqtt"] = {"broker": "broker.local", "password": "s3cret of the house"}
    page = await open_page("handover")
    await expect(page.locator(".sheet")).to_be_visible()
    told = await page.content()
    for secret in (KEY, "s3cret of the house", PASSWORD):
        assert secret.lower() not in told.lower()


async def test_what_is_not_known_is_a_dash_and_what_only_people_know_a_line_to_write_on(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.show(**NEVER)
    page = await open_page("handover")
    row = page.locator(".sheet dl div")
    for name in ("Meter id", "Maker", "Meter type", "List version"):
        await expect(row.filter(has_text=name).locator("dd")).to_have_text("–")
    for name in ("Main fuse", "Installed at", "Installed by", "Who keeps the password", "Received by, date"):
        await expect(row.filter(has_text=name).locator("dd .line")).to_have_count(1)
    await expect(page.locator(".sheet")).not_to_contain_text(re.compile(r"undefined|null|NaN"))


async def test_what_is_typed_is_on_it(open_page: Open) -> None:
    page = await open_page("handover")
    await page.get_by_label("Installed at").fill("Storgata 1 <b>")
    await page.get_by_label("Who keeps the password").fill("Kari Nordmann")
    row = page.locator(".sheet .people dl div")
    await expect(row.filter(has_text="Installed at").locator("dd")).to_have_text("Storgata 1 <b>")
    await expect(row.filter(has_text="Who keeps").locator("dd")).to_have_text("Kari Nordmann")
    await expect(page.get_by_label("Who keeps the password")).to_be_focused()


@pytest.mark.parametrize(
    ("code", "title", "fact", "day"),
    [
        ("nb", "Overleveringsark: han2x", "Skaleringsfaktor", "20. november 2025"),
        ("sv", "Överlämningsblad: han2x", "Skalningsfaktor", "20 november 2025"),
        ("da", "Overdragelsesark: han2x", "Skaleringsfaktor", "20. november 2025"),
        ("de", "Übergabeblatt: han2x", "Wandlerfaktor", "20. November 2025"),
        ("fi", "Luovutusasiakirja: han2x", "Skaalauskerroin", "20. marraskuuta 2025"),
    ],
)
async def test_it_is_in_the_customer_s_language_whatever_the_page_s_is(
    open_page: Open, code: str, title: str, fact: str, day: str
) -> None:
    page = await open_page("handover")
    await page.get_by_label("Language of the sheet").select_option(code)
    sheet = page.locator(".sheet")
    for text in (title, fact, day):
        await expect(sheet).to_contain_text(text)
    await expect(sheet).to_have_attribute("lang", code)
    await expect(page.get_by_role("button", name="Print or save")).to_be_visible()
    await assert_no_barrier(page)
    assert await _pages(page) == 1


@pytest.mark.parametrize("button", [False, True])
async def test_it_tells_of_a_button_and_of_a_password_only_as_they_are(
    gateway: Gateway, open_page: Open, button: bool
) -> None:
    gateway.control.page = PageOptions("0.1.0", reset_button=button)
    gateway.control.document["web"] = {"live_open": not button}
    page = await open_page("handover")
    await expect(page.locator(".sheet")).to_contain_text("sudo han2x password reset")
    await expect(page.get_by_text("hold the FACTRESET button")).to_have_count(int(button))
    await expect(page.get_by_text("The values are seen only with the password.")).to_have_count(int(button))


async def test_outputs_and_several_meters_are_on_it(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document[METERS] = [{"unit": 1}, {"unit": 7, "name": "Barn"}]
    data = live(meter(), meter(unit=7, name="Barn", meter_id="42"))
    broker = Output(name="mqtt", state=OutputPhase.WORKING, where="broker.local:1883", fault=None)
    shelly = Output(name="shelly-7", state=OutputPhase.WORKING, where="*:1010", fault=None)
    data.outputs.extend([broker, shelly])
    gateway.control.data = data
    page = await open_page("handover")
    await expect(page.get_by_role("heading", name="Meter 1")).to_be_visible()
    await expect(page.get_by_role("heading", name="Barn")).to_be_visible()
    await expect(page.locator(".sheet")).to_contain_text("MQTT brokerbroker.local:1883")
    await expect(page.locator(".sheet")).to_contain_text("Answer as a Shelly Pro 3EM*:1010")
    assert await _pages(page) == 1


async def test_it_is_printed_in_the_light_also_where_the_page_is_dark(open_page: Open) -> None:
    page = await open_page("handover")
    await expect(page.locator(".sheet")).to_be_visible()
    await page.emulate_media(color_scheme="dark", media="print")
    colours = await page.locator(".sheet dd").first.evaluate(
        "(part) => [getComputedStyle(part).color, getComputedStyle(part.closest('.sheet')).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    await expect(page.get_by_role("button", name="Print or save")).to_be_hidden()
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await page.emulate_media(color_scheme="light", media="null")
