"""The ready texts for programs: with the address, port and unit id that are in force, to copy and to download."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.listeners import Listener
from han2x.api.live import ModbusPort
from han2x.listeners import ListenerState, What
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


def _served(gateway: Gateway, *places: str, port: int | None = 502, what: What = What.MODBUS) -> None:
    """Modbus is served at these places."""
    state = ListenerState.SERVING if places else ListenerState.DOWN
    listener = Listener(what=what, state=state, wanted="*:502", places=list(places), fault=None)
    listeners = [listener, *(each for each in gateway.control.data.listeners if each.what is not what)]
    gateway.control.data = replace(gateway.control.data, modbus=ModbusPort(port=port), listeners=listeners)


async def _chosen(page: Page, program: str) -> Locator:
    await page.get_by_label("Program").select_option(program)
    text = page.locator(".poll pre:visible")
    await expect(text).to_be_visible()
    return text


async def test_where_modbus_is_at_one_address_alone_the_text_has_that(gateway: Gateway, open_page: Open) -> None:
    _served(gateway, "192.168.1.5:1502", port=1502)
    page = await open_page("registers")
    text = await _chosen(page, "evcc")
    await expect(text).to_contain_text("host: 192.168.1.5\n    port: 1502")
    _served(gateway, "0.0.0.0:502", "[::]:502")
    await expect(text).to_contain_text("host: 127.0.0.1\n    port: 502")


async def test_what_keeps_a_program_out_is_told(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("registers")
    await _chosen(page, "Home Assistant")
    notes = page.locator(".poll .note li")
    await expect(notes).to_have_count(0)
    _served(gateway, "127.0.0.2:502")
    await expect(notes).to_have_text(
        ["Modbus is served at 127.0.0.2 only: programs on other computers do not reach it."]
    )
    _served(gateway, port=None)
    await expect(notes).to_have_text(["Modbus is not served now, so no program can connect."])
    _served(gateway, "0.0.0.0:502")
    _served(gateway, "0.0.0.0:802", what=What.MODBUS_TLS)
    await expect(notes).to_have_text(["This program reads Modbus without TLS."])


async def test_of_several_meters_the_text_has_the_one_that_is_chosen(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = live(meter(name="House"), meter(unit=3, name="Barn"))
    page = await open_page("registers")
    text = await _chosen(page, "Telegraf")
    await expect(text).to_contain_text("slave_id = 1")
    await page.get_by_label("Of the meter").select_option("Barn")
    await expect(text).to_contain_text("slave_id = 3")


async def test_a_unit_id_without_the_registers_that_a_program_reads_is_told(gateway: Gateway, open_page: Open) -> None:
    gateway.show(imitates="Fronius Smart Meter IP")
    gateway.control.lacking = frozenset({"SunSpec"})
    page = await open_page("registers")
    await _chosen(page, "evcc")
    await expect(page.get_by_text("Unit id 1 shows Fronius Smart Meter IP in place of the registers")).to_be_visible()
    await _chosen(page, "Home Assistant")
    await expect(page.get_by_text("in place of the registers that this program reads")).to_have_count(0)


async def test_a_text_is_downloaded_as_the_file_that_the_program_takes(
    gateway: Gateway, open_page: Open, tmp_path: Path
) -> None:
    _served(gateway, "0.0.0.0:1502", port=1502)
    page = await open_page("registers")
    text = await _chosen(page, "Home Assistant")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the file").press("Enter")
    file = await download.value
    assert file.suggested_filename == "home-assistant.yaml"
    await file.save_as(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == await text.text_content()
    assert "host: 127.0.0.1\n    port: 1502" in (tmp_path / "file").read_text(encoding="utf-8")


async def test_a_text_is_copied_where_a_page_without_encryption_has_no_clipboard(open_page: Open) -> None:
    page = await open_page("registers", permissions=["clipboard-read", "clipboard-write"])
    await page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')); }")
    text = await _chosen(page, "evcc")
    await page.get_by_role("button", name="Copy the text").press("Enter")
    await expect(page.locator("#announcements")).to_have_text("Copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == await text.text_content()
