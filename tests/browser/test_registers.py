"""The registers, and what Modbus clients do."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.live import ModbusPort
from han2x.api.modbus import ModbusRequest, ModbusWritten
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import ENERGIES, live, meter, register_rows
from tests.conftest import ROOT
from tests.web.fake_control import CONNECTION, REQUEST, SERVER

RECIPES = ROOT / "webui" / "recipes"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


def _register(page: Page, number: int) -> Locator:
    return page.locator(".registers tbody tr", has_text=str(number)).first


async def test_a_register_stands_with_number_address_words_and_unit(open_page: Open) -> None:
    page = await open_page("registers")
    cells = _register(page, 40015).locator("th, td")
    await expect(cells).to_have_text(["40015–40016", "14–15", "Voltage L1", "2\u202f313", "V × 10", "0000 0909", ""])
    await expect(_register(page, 40037).locator(".value")).to_have_text("2025")
    await expect(page.locator(".registers tbody tr")).to_have_count(len(register_rows()))


async def test_a_value_never_told_is_a_dash_and_its_words_are_those_that_clients_read(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.show(registers=register_rows(ENERGIES))
    page = await open_page("registers")
    await expect(_register(page, 40021).locator(".value, .words")).to_have_text(["–", "0000 0000"])
    await expect(page.get_by_text("never sent this value")).to_be_visible()


async def test_registers_follow_the_meter_and_the_scaling_factor(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("registers")
    gateway.show(registers=register_rows(r40001=99), scaling_factor=40000)
    await expect(_register(page, 40001).locator(".value, .words")).to_have_text(["99", "0000 0063"])
    await expect(page.get_by_text("Scaling factor 40.000")).to_be_visible()


async def test_where_a_unit_id_imitates_another_meter_the_page_says_that_clients_get_other_registers(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("registers")
    note = page.get_by_text("Clients do not get these registers")
    await expect(note).to_be_hidden()
    gateway.show(imitates="Eastron SDM630")
    await expect(note).to_have_text("Clients do not get these registers: unit id 1 imitates Eastron SDM630.")


async def test_a_register_can_be_copied(open_page: Open) -> None:
    page = await open_page("registers", permissions=["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy register 40001").click()
    await expect(page.locator("#announcements")).to_have_text("Copied.")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.split("\t") == ["40001–40002", "0–1", "Active power import", "2345", "W", "0000 0929"]


async def test_copying_works_where_a_page_without_encryption_has_no_clipboard(open_page: Open) -> None:
    page = await open_page("registers", permissions=["clipboard-read", "clipboard-write"])
    await page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')); }")
    await page.get_by_role("button", name="Copy register 40048").click()
    await expect(page.locator("#announcements")).to_have_text("Copied.")
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("40048\t47\tHours since start")


async def test_the_command_names_unit_and_port_where_they_are_not_the_usual_ones(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.data = replace(live(meter(unit=7)), modbus=ModbusPort(port=5020))
    page = await open_page("registers")
    await page.get_by_text("How to read them").click()
    await expect(page.locator(".poll pre:visible")).to_have_text(
        "mbpoll -m tcp -a 7 -p 5020 -t 4:int -B -r 1 -c 1 -1 127.0.0.1"
    )


async def test_clients_their_requests_and_the_counters_are_shown(gateway: Gateway, open_page: Open) -> None:
    connection = replace(CONNECTION, client="10.0.0.9:1", connected_s=3700.0, idle_s=2.0, requests=1234)
    request = replace(REQUEST, time=time.time(), client="10.0.0.9:1", address=14, count=2)
    recent = [request, replace(request, function=6, count=1, exception=2)]
    gateway.control.server = replace(gateway.control.server, connections=[connection], recent=recent)
    page = await open_page("registers")
    client = page.get_by_role("region", name="Modbus clients connected").locator("tbody tr")
    await expect(client.locator("td")).to_have_text(["10.0.0.9:1", "1 h 1 min", "2 s ago", "1\u202f234", "tcp"])
    requests = page.get_by_role("region", name="Last Modbus requests").locator("tbody tr")
    await expect(requests.first).to_contain_text("06 Write Single Register14exception 0x02 Illegal Data Address")
    await expect(requests.last).to_contain_text("03 Read Holding Registers14–15answered")
    await expect(page.get_by_text("Exceptions 0x02 Illegal Data Address")).to_be_visible()
    gateway.control.server = replace(gateway.control.server, connections=[])
    await expect(page.get_by_text("No client is connected.")).to_be_visible()


async def test_what_a_request_wrote_is_shown(gateway: Gateway, open_page: Open) -> None:
    def wrote(function: int, address: int, count: int, *words: int) -> ModbusRequest:
        written = ModbusWritten(address=48, count=count, words=list(words))
        return replace(REQUEST, function=function, address=address, written=written)

    recent = [wrote(23, 0, 1, 5), wrote(22, 48, 1, 0xFF00, 7), wrote(16, 48, 10, 1, 2), wrote(16, 48, 2, 0, 2000)]
    gateway.control.server = replace(gateway.control.server, recent=recent)
    page = await open_page("registers")
    requests = page.get_by_role("region", name="Last Modbus requests").locator("tbody tr")
    await expect(requests.locator("td:nth-child(6)")).to_have_text(
        ["0 2000", "1 2 …", "AND 0xFF00, OR 0x0007", "48: 5"]
    )


async def test_clients_with_tls_stand_beside_the_others_and_are_marked(gateway: Gateway, open_page: Open) -> None:
    connection = replace(CONNECTION, client="10.0.0.7:5", requests=7)
    request = replace(REQUEST, time=REQUEST.time + 1, client="10.0.0.7:5")
    tls = replace(
        SERVER, addresses=["0.0.0.0:802"], connections=[connection], recent=[request], requests=7, exceptions={"1": 2}
    )
    gateway.control.server = replace(gateway.control.server, tls=tls)
    page = await open_page("registers")
    client = page.get_by_role("region", name="Modbus clients connected").locator("tbody tr")
    await expect(client.locator("td:first-child")).to_have_text(["192.168.1.20:50112", "10.0.0.7:5"])
    await expect(client.locator("td:last-child")).to_have_text(["tcp", "tcp (TLS)"])
    await expect(page.get_by_text("Clients connect to 0.0.0.0:502, [::]:502, 0.0.0.0:802 (TLS).")).to_be_visible()
    requests = page.get_by_role("region", name="Last Modbus requests").locator("tbody tr")
    await expect(requests.first).to_contain_text("10.0.0.7:5")
    counters = page.get_by_role("region", name="Counters").or_(page.locator("section", has_text="Counters since start"))
    await expect(counters.last).to_contain_text("3\u202f607")
    await expect(counters.last).to_contain_text("Exceptions 0x01 Illegal Function2")


async def test_of_several_meters_the_first_is_open_and_any_other_can_be(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = live(meter(name="House"), meter(unit=3, name="Barn"))
    page = await open_page("registers")
    await expect(page.locator(".registers:visible")).to_have_count(1)
    await page.locator("summary", has_text="Barn").press("Enter")
    await expect(page.get_by_text("Registers of unit id 3")).to_be_visible()


async def test_the_extended_registers_are_shown_when_they_are_opened(open_page: Open) -> None:
    page = await open_page("registers")
    await page.get_by_text("Extended registers: signed power").click()
    table = page.get_by_role("table", name="Extended registers of unit id 1")
    number, power = (table.locator("tbody tr", has_text=str(row)).first for row in (40121, 40161))
    await expect(number.locator(".value, .words")).to_have_text(["5706567274389702", "3537 3036 3536 3732 …"])
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(power.locator("th, td").nth(2)).to_have_text("Net active power")
    await expect(power.locator(".value, .words")).to_have_text(["–", "8000 0000"])


async def test_a_recipe_has_the_gateway_s_own_address_port_and_unit(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = replace(gateway.control.data, modbus=ModbusPort(port=1502))
    page = await open_page("registers", permissions=["clipboard-read", "clipboard-write"])
    await page.get_by_label("Program").select_option("evcc")
    recipe = page.locator("pre", has_text="sunspec-meter")
    await expect(recipe).to_contain_text("host: 127.0.0.1\n    port: 1502")
    await expect(recipe).to_contain_text("id: 1\n")
    await page.get_by_role("button", name="Copy the text").click()
    assert await page.evaluate("navigator.clipboard.readText()") == await recipe.inner_text()
    await page.get_by_label("Program").select_option("")
    await expect(recipe).to_be_hidden()


async def test_every_recipe_that_is_offered_is_there(open_page: Open) -> None:
    page = await open_page("registers")
    files = [file.name for file in RECIPES.iterdir()]
    offered = page.get_by_label("Program").locator("option:not([value=''])")
    await expect(offered).to_have_count(len(files))
    for file in files:
        await page.get_by_label("Program").select_option(value=file)
        last = (RECIPES / file).read_text(encoding="utf-8").split()[-2]
        await expect(page.locator("pre:visible", has_text=last)).to_be_visible()
