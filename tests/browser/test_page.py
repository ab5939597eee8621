"""The page in a real browser."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # has no types
from playwright.async_api import Locator, Page, expect

from han2x.web.events import MOST_FOLLOWERS
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import ENERGIES, MEASURED, live, meter, register_rows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

NO_LINE: Final = {"port": "/dev/ttyUSB0", "state": "failed", "detail": "no such device"}
SILENT: Final = {"stale": True, "age_s": 425.0}
NEVER: Final[dict[str, Any]] = {
    "stale": True, "age_s": None, "maker": None, "list": None, "meter_id": None, "meter_type": None,
    "list_version": None, "meter_time": None, "readings": 0, "estimates": {}, "registers": register_rows(MEASURED),
}  # fmt: skip


def _tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has_text=name).first


def _register(page: Page, number: int) -> Locator:
    return page.locator(".registers tbody tr", has_text=str(number)).first


async def test_the_values_are_shown_with_their_units(open_page: Open) -> None:
    page = await open_page()
    await expect(_tile(page, "Active import").locator(".value")).to_have_text("2\u202f345 W")
    await expect(page.locator(".phases tbody tr").first).to_have_text("Voltage231.3 V229.8 V232.1 V")
    await expect(page.locator(".phases tbody tr").last).to_have_text("Current4.21 A3.87 A2.14 A")
    energy = _tile(page, "Active energy import")
    await expect(energy).to_contain_text("Estimate now155\u202f232.510 ± 0.004 kWh")
    await expect(energy).to_contain_text("telegrams missing")
    await expect(energy).to_contain_text("Meter’s total155\u202f232 kWh")
    await expect(page.locator(".facts")).to_contain_text("Kamstrup")
    await expect(page.locator(".facts")).to_contain_text("5706567000000000")
    await expect(page.locator(".light")).to_have_text("HAN light is on")
    await expect(page.locator(".banner:visible")).to_have_count(0)


async def test_a_register_stands_with_number_address_words_and_unit(open_page: Open) -> None:
    page = await open_page()
    cells = _register(page, 40015).locator("th, td")
    await expect(cells).to_have_text(["40015–40016", "14–15", "Voltage L1", "2\u202f313", "V × 10", "0000 0909"])
    await expect(_register(page, 40037).locator(".value")).to_have_text("2025")
    await expect(page.locator(".registers tbody tr")).to_have_count(len(register_rows()))
    await expect(page.locator("pre")).to_have_text("mbpoll -m tcp -a 1 -t 4:int -B -r 1 -c 1 -1 127.0.0.1")


async def test_the_command_names_the_modbus_port_where_the_gateway_tells_it(gateway: Gateway, open_page: Open) -> None:
    gateway.data = live(meter(unit=7), modbus={"port": 5020})
    page = await open_page()
    await expect(page.locator("pre")).to_contain_text("-a 7 -p 5020 ")


async def test_what_the_meter_never_told_is_a_dash_and_never_0(gateway: Gateway, open_page: Open) -> None:
    gateway.show(registers=register_rows(ENERGIES | {40011, 40017}), estimates={})
    page = await open_page()
    await expect(page.locator(".phases tbody tr").first).to_have_text("Voltage231.3 V– 232.1 V")
    await expect(_tile(page, "Active energy import").locator(".value")).to_have_text(["–", "–"])
    await expect(_register(page, 40021).locator(".value, .words")).to_have_text(["–", "–"])
    await expect(page.get_by_text("never sent this value")).to_be_visible()
    await expect(_tile(page, "Active export").locator(".value")).to_have_text("0 W")


async def test_values_follow_the_meter_and_the_scaling_factor(gateway: Gateway, open_page: Open) -> None:
    page = await open_page()
    gateway.show(registers=register_rows(r40001=99), scaling_factor=40000)
    await expect(_tile(page, "Active import").locator(".value")).to_have_text("99 W")
    await expect(_tile(page, "Active energy import")).to_contain_text("6\u202f209\u202f300.4 ± 0.2 kWh")
    await expect(page.get_by_text("Scaling factor 40.000")).to_be_visible()


async def test_a_silent_meter_is_said_to_be_so_with_what_to_do(gateway: Gateway, open_page: Open) -> None:
    page = await open_page()
    current = await _colour(_tile(page, "Active import").locator(".figure"))
    gateway.show(**SILENT, problems={"checksum": 3}, last_problem={"kind": "checksum", "detail": "FCS 1A2B"})
    banner = page.locator(".banner.warning")
    await expect(banner).to_contain_text("No valid telegram since 20 Nov 2025, 23:37:55, 7 min 5 s ago.")
    await expect(banner.locator("li")).to_have_count(3)
    await expect(banner).to_contain_text("Ask your grid company to open the HAN port.")
    await expect(banner).to_contain_text("wrong check sequence (FCS 1A2B)")
    await expect(banner).to_contain_text("exception code 0x0B")
    await expect(page.locator(".light")).to_have_text("HAN light is off")
    await expect(page.get_by_role("status")).to_have_text("Electricity meter: the values are not current.")
    await expect(page.get_by_text("not current", exact=True)).to_have_count(4)
    assert await _colour(_tile(page, "Active import").locator(".figure")) != current
    gateway.show()
    await expect(banner).to_be_hidden()
    await expect(page.get_by_role("status")).to_have_text("Electricity meter: telegrams come in.")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({**NEVER, "line": NO_LINE}, "The line /dev/ttyUSB0 is not open: no such device."),
        ({**NEVER, "line": {**NO_LINE, "port": ""}}, "No serial port is set for this meter."),
        ({**NEVER}, "No valid telegram has come yet."),
        ({**SILENT, "diagnosis": {"code": "damaged", "what": "All is damaged.", "advice": ""}}, "All is damaged."),
        ({**SILENT, "when_stale": "hold"}, "Modbus clients get the last values."),
        ({**SILENT, "when_stale": "zero"}, "Modbus clients read 0 from the measured registers."),
    ],
)
async def test_the_cause_of_silence_is_told(
    gateway: Gateway, open_page: Open, changed: dict[str, Any], text: str
) -> None:
    gateway.show(**changed)
    page = await open_page()
    await expect(page.locator(".banner.warning")).to_contain_text(text)


async def test_the_first_seconds_are_no_cause_for_alarm(gateway: Gateway, open_page: Open) -> None:
    gateway.data = live(meter(**NEVER), uptime_s=3.0)
    page = await open_page()
    await expect(page.locator(".banner.notice:visible")).to_contain_text("Waiting for the meter’s first telegram.")
    gateway.data = live(meter(**NEVER), uptime_s=30.0)
    await expect(page.locator(".banner.warning")).to_contain_text("No valid telegram has come yet.")


async def test_simulated_values_are_said_to_be_so(gateway: Gateway, open_page: Open) -> None:
    gateway.show(simulated=True)
    page = await open_page()
    await expect(page.locator(".banner:visible")).to_contain_text("the built-in simulated meter, not from a real one")


async def test_a_lost_connection_is_told_and_comes_back_by_itself(gateway: Gateway, open_page: Open) -> None:
    page = await open_page()
    await gateway.stop()
    await expect(page.locator("#lost")).to_contain_text("No connection to the gateway since", timeout=15_000)
    await expect(page.get_by_text("not current", exact=True)).to_have_count(4)
    await expect(page.locator(".light")).to_have_text("HAN light not known")
    await gateway.start()
    await expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
    await expect(page.locator(".light")).to_have_text("HAN light is on")


async def test_a_browser_too_many_is_served_too(gateway: Gateway, open_page: Open) -> None:
    async with ClientSession() as session:
        streams = [await session.get(f"{gateway.url}api/v1/events") for _ in range(MOST_FOLLOWERS)]
        page = await open_page()
        gateway.show(registers=register_rows(r40001=77))
        await expect(_tile(page, "Active import").locator(".value")).to_have_text("77 W")
        assert {stream.status for stream in streams} == {200}


async def test_what_a_meter_says_is_never_markup(gateway: Gateway, open_page: Open) -> None:
    evil = "<img src=x onerror=alert(1)><b>{unit}$&</b>"
    gateway.show(name=evil, meter_id=evil, meter_type=evil, maker=evil, list_version=evil)
    page = await open_page()
    await expect(page.get_by_role("heading", name=evil)).to_be_visible()
    await expect(page.locator(".facts dd", has_text=evil)).to_have_count(4)
    await expect(page.locator("main img, main b")).to_have_count(0)


async def test_several_meters_stand_one_below_the_other(gateway: Gateway, open_page: Open) -> None:
    page = await open_page()
    gateway.data = live(meter(name="House"), meter(unit=2, **SILENT), meter(unit=3, name="Barn"))
    await expect(page.locator("h2")).to_have_text(["House", "Meter 2", "Barn"])
    await expect(page.locator(".light")).to_have_text(["HAN light is on", "HAN light is off", "HAN light is on"])
    await expect(page.locator(".registers:visible")).to_have_count(0)
    await page.locator("summary").last.press("Enter")
    await expect(page.get_by_text("Registers of unit id 3")).to_be_visible()


async def test_a_keyboard_reaches_everything(open_page: Open) -> None:
    page = await open_page()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the values")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("summary")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator(".registers")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 700, 1024])
async def test_nothing_is_cut_off_on_a_narrow_screen(gateway: Gateway, open_page: Open, width: int) -> None:
    gateway.show(**SILENT, meter_type="X" * 60, line={**NO_LINE, "port": "/dev/serial/by-id/" + "usb-FTDI_" * 9})
    page = await open_page(width)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for cell in await _register(page, 40045).locator("th, td").all():
        box = await cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


AXE_CASES: Final = {
    "current": meter(simulated=True),
    "stale": meter(**SILENT),
    "never": meter(**{**NEVER, "line": NO_LINE}),
}


@pytest.mark.parametrize(("case", "width"), list(product(AXE_CASES, [1280, 360])))
async def test_axe_finds_no_barrier(gateway: Gateway, open_page: Open, case: str, width: int) -> None:
    gateway.data = live(AXE_CASES[case])
    await _assert_no_barrier(await open_page(width))


async def test_axe_finds_no_barrier_when_the_connection_is_lost(gateway: Gateway, open_page: Open) -> None:
    page = await open_page()
    await gateway.stop()
    await expect(page.locator("#lost")).to_be_visible(timeout=15_000)
    await _assert_no_barrier(page)


async def _assert_no_barrier(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


async def _colour(locator: Locator) -> str:
    return str(await locator.evaluate("element => getComputedStyle(element).color"))
