"""The register view for who connects a Modbus client: what it gets, counted and taken along as that needs it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from han2x.api.registers import ServedBlock, ServedUnit
from han2x.registers.bank import WhenStale
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import ENERGIES, live, meter, register_rows
from tests.browser.test_saving import called
from tests.web.fake_control import BLOCKS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

OLD = frozenset({40001, 40009})
EM24 = BLOCKS["EM24"]
AS_EM24 = ServedUnit(
    unit=1,
    on="*:1502",
    meter=1,
    maps=["Carlo Gavazzi EM24"],
    blocks=[ServedBlock(name="EM24", first=EM24.first, end=EM24.end, own=False)],
)


def _row(page: Page, number: int | str) -> Locator:
    return page.locator(".registers tbody tr:visible", has_text=str(number)).first


async def _clipboard(page: Page) -> str:
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_what_a_client_is_refused_is_told_for_each_value(gateway: Gateway, open_page: Open) -> None:
    gateway.show(registers=register_rows(stale=OLD))
    page = await open_page("registers")
    await expect(_row(page, 40001).locator(".words")).to_have_text("exception 0x0B")
    await expect(_row(page, 40001).locator(".value")).to_have_text("2345 W")
    await expect(_row(page, 40003).locator(".words")).to_have_text("0000 0000")
    await expect(page.get_by_text("A request that touches one such register is refused")).to_be_visible()
    gateway.show(registers=register_rows(stale=OLD), when_stale=WhenStale.HOLD)
    await expect(_row(page, 40001).locator(".words")).to_have_text("0000 0929")
    await expect(page.get_by_text("Clients read the last ones.")).to_be_visible()
    await expect(page.get_by_text("exception 0x0B", exact=True)).to_have_count(0)


async def test_what_has_not_come_since_a_restart_is_told_apart_from_what_was_never_sent(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.awaited = frozenset({40021})
    gateway.show(registers=register_rows(ENERGIES))
    page = await open_page("registers")
    await expect(_row(page, 40021).locator(".value, .words")).to_have_text(["not yet", "exception 0x0B"])
    await expect(_row(page, 40023).locator(".value, .words")).to_have_text(["–", "0000 0000"])
    await expect(page.get_by_text("it has not come since the gateway started")).to_be_visible()
    await expect(page.get_by_text("clients read 0")).to_have_count(0)


async def test_the_reader_chooses_how_registers_are_counted_and_the_browser_keeps_it(open_page: Open) -> None:
    page = await open_page("registers")
    await page.get_by_label("Count registers").select_option("1")
    await page.get_by_label("Show words").select_option("decimal")
    cells = page.locator(".registers tbody tr", has_text="Voltage L1").first.locator(".number, .words")
    await expect(cells).to_have_text(["15–16", "0 2313"])
    await page.reload()
    await expect(cells).to_have_text(["15–16", "0 2313"])
    await page.get_by_label("Count registers").select_option("0")
    await expect(cells.first).to_have_text("14–15")
    await page.get_by_label("Count registers").select_option("40001")
    await page.get_by_label("Show words").select_option("hex")
    await expect(cells).to_have_text(["40015–40016", "0000 0909"])


async def test_registers_are_found_by_name_and_by_number(open_page: Open) -> None:
    page = await open_page("registers")
    rows = page.locator(".registers tbody tr:visible")
    search = page.get_by_label("Search by name or number")
    await search.fill("voltage")
    await expect(rows).to_have_count(3)
    await search.fill("40049")
    await expect(rows.locator(".name")).to_have_text(
        ["Scaling factor (same as 40049) writable", "Scaling factor writable"]
    )
    await search.fill("nothing like it")
    await expect(page.get_by_text("No register here fits the search.")).to_be_visible()
    await search.fill("")
    await expect(rows).to_have_count(len(register_rows()))


async def test_what_is_copied_are_numbers_for_a_spreadsheet_in_the_reader_s_language(open_page: Open) -> None:
    page = await open_page("registers", locale="nb-NO", permissions=["clipboard-read", "clipboard-write"])
    await page.get_by_label("Søk etter navn eller nummer").fill("40015")
    await expect(_row(page, "40015–40016")).to_be_visible()
    await page.get_by_role("button", name="Kopier det som vises").click()
    await expect(page.locator("#announcements")).to_have_text("Kopiert.")
    head, row = (line.split("\t") for line in (await _clipboard(page)).split("\n"))
    assert (head[0], head[2]) == ("Register", "Verdi")
    assert row == ["40015–40016", "Spenning L1", "231,3", "V", "2313", "V × 10", "0000 0909"]


async def test_no_value_has_a_space_that_would_make_it_a_text(open_page: Open) -> None:
    page = await open_page("registers")
    await expect(_row(page, 40021)).to_be_visible()
    texts = await page.locator(".registers .amount, .registers .read").all_inner_texts()
    assert "155232" in texts
    assert not any(set("\u202f\u00a0 ") & set(text) for text in texts if text[:1].isdigit())


async def test_all_registers_are_saved_as_csv(gateway: Gateway, open_page: Open, tmp_path: Path) -> None:
    gateway.control.document["device"] = {"name": "Hytta på Geilo"}
    gateway.show(registers=register_rows(stale=OLD))
    page = await open_page("registers", locale="nb-NO")
    await expect(_row(page, 40001)).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Last ned som CSV").click()
    file = await download.value
    assert file.suggested_filename == called("Hytta på Geilo", "registers-unit-1")
    await file.save_as(tmp_path / "registers.csv")
    with (tmp_path / "registers.csv").open(encoding="utf-8", newline="") as lines:
        rows = {(row["block"], row["pdu_address"]): row for row in csv.DictReader(lines)}
    voltage, power, number = rows["HAN2X", "14"], rows["HAN2X", "0"], rows["extended", "120"]
    assert (voltage["value"], voltage["unit"], voltage["raw"], voltage["words"]) == ("231.3", "V", "2313", "0000 0909")
    assert (power["state"], power["exception"], power["words"]) == ("stale", "0x0B", "")
    assert number["value"] == "5706567274389702"
    assert ("SunSpec", "40000") in rows


async def test_a_link_leads_to_a_register_and_opens_where_it_is(open_page: Open) -> None:
    page = await open_page("registers/40161")
    row = page.locator("tr.sought")
    await expect(row.locator(".number, .name")).to_have_text(["40161–40162", "Net active power"])
    await expect(row).to_be_focused()
    await expect(row).to_be_in_viewport()
    await page.get_by_role("link", name="40015–40016").click()
    await expect(page.locator("tr.sought .name")).to_have_text("Voltage L1")
    assert page.url.endswith("#registers/40015")


async def test_a_map_is_shown_with_its_own_numbers_and_where_it_is_served(gateway: Gateway, open_page: Open) -> None:
    gateway.control.maps = [AS_EM24]
    page = await open_page("registers")
    await page.locator("summary", has_text="as Carlo Gavazzi EM24, unit id 1, on *:1502").click()
    table = page.get_by_role("table", name="EM24: registers of unit id 1")
    first = table.locator("tbody tr").first
    await expect(first.locator(".number, .name")).to_have_text(["0–1", "Voltage L1"])
    await expect(page.get_by_text("These numbers are PDU addresses").locator("visible=true")).to_have_count(1)
    await table.get_by_role("link").first.click()
    await expect(page.locator("tr.sought")).to_be_focused()
    assert page.url.endswith("#registers/40001/1/*%3A1502")


async def test_a_map_s_registers_have_their_own_names_in_the_reader_s_language(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.control.maps = [AS_EM24]
    page = await open_page("registers/40041/1/*%3A1502", locale="nb-NO")
    names = page.get_by_role("table", name="EM24: ").locator("tbody .name")
    await expect(names.nth(0)).to_have_text("Spenning L1")
    await expect(names.filter(has_text="Frekvens, nominell")).to_have_count(1)
    await expect(names.filter(has_text="Minutter")).to_have_count(0)


async def test_the_scaling_factor_is_written_here_with_the_question_of_the_settings(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("registers")
    await page.locator("summary", has_text="Change the scaling factor").click()
    await page.get_by_label("Scaling factor", exact=True).fill("200/5")
    await page.get_by_label("is right").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved. In force within 10 seconds.").first).to_be_visible()
    assert gateway.control.document["meters"][0]["scaling_factor"] == 40_000
    await page.get_by_label("Scaling factor", exact=True).fill("0.5")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".error:visible")).to_have_count(1)
    assert gateway.control.document["meters"][0]["scaling_factor"] == 40_000


async def test_who_is_not_logged_in_is_offered_no_factor_to_write(open_page: Open) -> None:
    page = await open_page("registers", log_in=False)
    await expect(_row(page, 40001)).to_be_visible()
    await expect(page.locator("summary", has_text="Change the scaling factor")).to_be_hidden()


async def test_axe_finds_no_barrier_among_values_that_are_not_there(gateway: Gateway, open_page: Open) -> None:
    gateway.control.maps, gateway.control.awaited = [AS_EM24], frozenset({40021})
    gateway.control.data = live(meter(registers=register_rows(ENERGIES, OLD)))
    for width in (1280, 360):
        page = await open_page("registers/40001", width=width)
        await expect(page.get_by_text("not yet", exact=True)).to_be_visible()
        await assert_no_barrier(page)
