"""The settings: few at first, all of them found by an index, by words and by links."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.live import Diagnosis
from han2x.listeners import ListenerState, What
from han2x.settings.schema import METERS, ROWS
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import PASSWORD, Gateway, Open
from tests.browser.live_data import NEVER, live, meter
from tests.browser.test_listeners import TAKEN, listener
from tests.browser.test_settings import ELSEWHERE, FORMS, SECTIONS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

ADAPTER: Final = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"
TALLEST_PX: Final = 5_200


def _section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def _no_port(gateway: Gateway) -> None:
    gateway.control.document[METERS][0]["port"] = ""


async def test_at_first_only_what_many_need_is_shown(open_page: Open) -> None:
    page = await open_page("settings")
    for name, form in FORMS.items():
        section = _section(page, SECTIONS[name])
        for key, (label, _, _) in form.items():
            field = section.get_by_label(label).first
            await expect(field).to_be_visible(visible=not ROWS[name][key].rare)


async def test_on_a_telephone_the_settings_are_no_endless_page(open_page: Open) -> None:
    page = await open_page("settings", width=360)
    await expect(_section(page, "Modbus")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight") < TALLEST_PX


async def test_the_index_leads_to_every_section_by_keyboard_and_nothing_typed_is_lost(open_page: Open) -> None:
    page = await open_page("settings")
    index = page.get_by_role("navigation", name="Sections")
    await expect(index.get_by_role("link")).to_have_text(["Meter 1", "Add a meter", *list(SECTIONS.values())[:-1]])
    await page.get_by_label("Name of the gateway").fill("Cabin")
    await index.get_by_role("link", name="Web page").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Web page")).to_be_focused()
    await expect(page.get_by_role("heading", name="Web page")).to_be_in_viewport()
    await expect(page.get_by_label("Name of the gateway")).to_have_value("Cabin")


@pytest.mark.parametrize("section", ROWS)
async def test_an_address_leads_to_every_setting_and_opens_what_it_is_in(open_page: Open, section: str) -> None:
    """The first of a section with a page that is loaded for it, the others from there, with all closed again."""
    at = f"{section}.0" if section == METERS else section
    page = await open_page(f"settings/{at}.{next(iter(ROWS[section]))}")
    for key in ROWS[section]:
        place = f"{at}.{key}"
        await page.evaluate("place => { location.hash = `#settings/${place}`; }", place)
        if f"{section}.{key}" in ELSEWHERE - {"web.listen"}:  # what has no field leads to its part, or its section
            await expect(page.locator(".found"), place).to_be_in_viewport()
        else:
            field = page.locator(f"[data-place='{place}']")
            await expect(field, place).to_be_in_viewport()
            await expect(field.locator(":focus"), place).to_have_count(1)
        await page.evaluate(LEAVE)


LEAVE: Final = """() => {
    document.activeElement.blur();
    document.querySelector(".found")?.classList.remove("found");
    for (const part of document.querySelectorAll("details")) part.open = false;
    scrollTo(0, 0);
}"""
"""Nothing of it is left that would look as if the next address had led somewhere."""


async def test_words_find_settings_wherever_they_are_and_clearing_them_shows_all_as_before(open_page: Open) -> None:
    page = await open_page("settings")
    find = page.get_by_label("Find a setting")
    await find.fill("CLIENTS once")
    await expect(page.locator(".finder [role=status]")).to_have_text("Settings found: 1")
    await expect(page.get_by_label("Clients at once")).to_be_visible()
    await expect(page.get_by_label("Modbus TCP port")).to_be_hidden()
    await expect(_section(page, "Web page")).to_be_hidden()
    await find.fill("no such thing")
    await expect(page.locator(".finder [role=status]")).to_have_text("No setting has these words.")
    await expect(page.locator("form.settings:visible")).to_have_count(0)
    await find.fill("kamstrup_current_a")
    await expect(page.locator(".finder [role=status]")).to_have_text("Settings found: 1")
    await expect(page.get_by_text("Add a meter").last).to_be_hidden()
    await expect(page.get_by_label("Kamstrup: one step of current").first).to_be_visible()
    await find.fill("")
    await expect(page.get_by_label("Modbus TCP port")).to_be_visible()
    await expect(page.locator("details.seldom[open]")).to_have_count(0)


async def test_a_link_finds_what_the_words_have_hidden(open_page: Open) -> None:
    page = await open_page("settings")
    await page.get_by_label("Find a setting").fill("language")
    await page.evaluate("location.hash = '#settings/modbus.max_connections'")
    await expect(page.get_by_label("Clients at once")).to_be_focused()
    await expect(page.get_by_label("Find a setting")).to_have_value("")


@pytest.mark.parametrize("address", ["settings/no.such.setting", "settings/<b>", "settings/meters.99", "constructor/x"])
async def test_an_address_that_leads_nowhere_does_no_harm(open_page: Open, address: str) -> None:
    page = await open_page(address)
    shown = "form.settings" if address.startswith("settings") else ".meter .tile"
    await expect(page.locator(shown).first).to_be_visible()
    await expect(page.locator(".found")).to_have_count(0)


async def test_an_error_in_a_rare_setting_opens_it(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings/modbus.max_connections")
    section = _section(page, "Modbus")
    await section.get_by_label("Clients at once").fill("many")
    await section.locator("details.seldom > summary").click()
    await expect(section.get_by_label("Clients at once")).to_be_hidden()
    await section.get_by_role("button", name="Save").click()
    await expect(section.get_by_label("Clients at once")).to_be_focused()
    await expect(section.locator(".error:visible")).to_have_count(1)


@pytest.mark.parametrize(
    ("code", "label"),
    [("no-port", "Serial port"), ("port-failed", "Serial port"), ("no-frames", "Line settings"),
     ("no-checksum", "Checksums of P1 telegrams")],
)  # fmt: skip
async def test_what_is_diagnosed_leads_to_its_setting(gateway: Gateway, open_page: Open, code: str, label: str) -> None:
    wrong: dict[str, Any] = {**NEVER, "diagnosis": Diagnosis(code=code, what="In English.", advice="")}
    gateway.control.document[METERS] = [{"unit": 1, "port": "/dev/ttyUSB0"}, {"unit": 2, "port": "/dev/ttyUSB1"}]
    gateway.control.data = live(meter(), meter(unit=2, **wrong))
    page = await open_page()
    await page.locator(".banner.warning:visible").get_by_role("link").click()
    await expect(_section(page, "Meter 2").get_by_label(label, exact=True)).to_be_focused()


@pytest.mark.parametrize("code", ["no-key", "wrong-key", "replay"])
async def test_what_is_wrong_with_keys_leads_to_the_keys(gateway: Gateway, open_page: Open, code: str) -> None:
    gateway.show(**NEVER | {"diagnosis": Diagnosis(code=code, what="In English.", advice="")})
    page = await open_page()
    await page.locator(".banner.warning:visible").get_by_role("link").click()
    await expect(page.locator(".keys.found")).to_be_in_viewport()
    await expect(page.locator(".keys :focus")).to_have_count(1)


async def test_what_cannot_be_served_leads_to_its_address(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = replace(live(meter()), listeners=[listener(What.MODBUS, ListenerState.DOWN, "*:502", TAKEN)])
    page = await open_page()
    await page.locator("#listeners").get_by_role("link").click()
    await expect(page.get_by_label("Modbus TCP port")).to_be_focused()


async def test_who_has_to_log_in_first_is_led_there_afterwards(open_page: Open) -> None:
    page = await open_page("settings/meters.0.main_fuse_a", log_in=False)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Main fuse (A)").first).to_be_focused()


async def test_the_only_adapter_is_chosen_said_so_and_saved_with_the_rest(gateway: Gateway, open_page: Open) -> None:
    _no_port(gateway)
    page = await open_page("settings")
    section = _section(page, "Meter 1")
    await expect(section.get_by_label("Serial port", exact=True)).to_have_value(ADAPTER)
    await expect(section).to_contain_text("The only adapter that is plugged in is chosen already. Save to use it.")
    assert gateway.control.document[METERS][0]["port"] == ""
    await section.get_by_role("button", name="Save", exact=True).click()
    await expect(section.locator(".form-status").first).to_contain_text("Saved.")
    assert gateway.control.document[METERS][0]["port"] == ADAPTER


@pytest.mark.parametrize("taken", [ADAPTER, "/dev/ttyUSB0"])
async def test_an_adapter_that_another_meter_has_is_not_chosen(gateway: Gateway, open_page: Open, taken: str) -> None:
    gateway.control.document[METERS] = [{"unit": 1, "port": taken}, {"unit": 2}]
    page = await open_page("settings")
    section = _section(page, "Meter 2")
    await expect(section.get_by_label("Serial port", exact=True)).to_have_value("")
    await expect(section).not_to_contain_text("chosen already")


@pytest.mark.parametrize("locale", ["en-GB", "nb-NO", "sv-SE", "da-DK"])
async def test_finding_settings_has_no_barrier_and_fits_a_telephone_in_every_language(
    gateway: Gateway, open_page: Open, locale: str
) -> None:
    _no_port(gateway)
    page = await open_page("settings", width=360, locale=locale)
    await page.locator(".find input").fill("tls")
    await expect(page.locator("details.seldom[open]").first).to_be_visible()
    await assert_no_barrier(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
