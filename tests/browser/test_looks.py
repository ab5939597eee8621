"""The page for everyone: with a keyboard, a screen reader, a telephone, in the light and in the dark."""

from __future__ import annotations

import itertools
import re
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from playwright.async_api import Page, expect

from han2x.api.network import NetworkChange
from han2x.registers.bank import WhenStale
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import PASSWORD, Gateway, Open
from tests.browser.live_data import NEVER, NO_LINE, SILENT, live, meter, register_rows
from tests.browser.places import PLACES, go

MOST_OCTETS: Final = 150_000
LOADED: Final = """() => [...new Set(performance.getEntriesByType("resource").map(({ name }) => name))]
    .filter((name) => !name.includes("/api/") && !name.endsWith(".png"))"""
"""The files that came for what is open."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

LONG: Final[dict[str, Any]] = {
    **SILENT, "meter_type": "X" * 60, "line": replace(NO_LINE, port="/dev/serial/by-id/" + "usb-FTDI_" * 9),
}  # fmt: skip


async def _open_all(page: Page) -> None:
    await page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kept", ["/session$", "/(session|units|settings|history)"])
async def test_nothing_is_a_barrier_while_it_is_awaited(gateway: Gateway, open_page: Open, kept: str) -> None:
    """Of all that a page asks for, only what is `kept` comes."""
    page = await open_page()
    await page.route(re.compile(f"/api/v1(?!{kept})"), lambda route: route.abort())
    for place in PLACES:
        await page.goto("about:blank")
        await page.goto(f"{gateway.url}#{place}")
        await page.wait_for_selector("#view > *")
        await page.wait_for_load_state("networkidle")
        await assert_no_barrier(page)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_no_barrier_on_any_page(gateway: Gateway, open_page: Open, width: int) -> None:
    page = await open_page(width=width)
    for place in PLACES:
        await go(page, gateway.url, place)
        await _open_all(page)
        await assert_no_barrier(page)


@pytest.mark.parametrize("changed", [{"simulated": True, **SILENT}, {**NEVER, "line": NO_LINE}])
async def test_axe_finds_no_barrier_while_the_meter_is_silent(
    gateway: Gateway, open_page: Open, changed: dict[str, Any]
) -> None:
    gateway.show(**changed)
    page = await open_page(log_in=False)
    await expect(page.locator(".meter")).to_be_visible()
    await assert_no_barrier(page)


async def test_axe_finds_no_barrier_where_something_is_wrong(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("settings")
    await page.get_by_label("Modbus TCP port").fill("x")
    await page.get_by_role("region", name="Modbus", exact=True).get_by_role("button", name="Save").click()
    await expect(page.locator(".error:visible")).to_have_count(1)
    await assert_no_barrier(page)
    await gateway.control.apply_network(NetworkChange("eth0", "dhcp"))
    await go(page, gateway.url, "network")
    await expect(page.locator(".countdown")).to_be_visible()
    await assert_no_barrier(page)


async def test_axe_finds_no_barrier_before_the_login(gateway: Gateway, new_gateway: Gateway, visit: Open) -> None:
    await assert_no_barrier(await visit(new_gateway, log_in=False))
    page = await visit(gateway, "care", log_in=False)
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await assert_no_barrier(page)


@pytest.mark.parametrize("locale", ["en-GB", "nb-NO"])
async def test_nothing_is_cut_off_on_a_narrow_screen(gateway: Gateway, open_page: Open, locale: str) -> None:
    gateway.control.data = live(meter(**LONG))
    gateway.control.document["meters"][0]["name"] = "W" * 64
    page = await open_page(locale=locale)
    for place in PLACES:
        await go(page, gateway.url, place)
        await _open_all(page)
        for width in (1024, 700, 360):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.evaluate(NEXT_FRAME)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (place, width)
            assert await page.evaluate(OUTSIDE, width) == [], (place, width)


async def test_nothing_is_cut_off_of_old_values_and_of_registers_that_hold_texts(
    gateway: Gateway, open_page: Open
) -> None:
    old = frozenset(row.number for row in register_rows() if row.measured)
    gateway.show(**{**SILENT, "when_stale": WhenStale.HOLD, "registers": register_rows(stale=old)})
    page = await open_page(width=360)
    for place, shown in (("live", ".phases .aged"), ("registers", ".registers tr:has-text('40121')")):
        await go(page, gateway.url, place)
        await _open_all(page)
        await expect(page.locator(shown).first).to_be_visible()
        assert await page.evaluate(OUTSIDE, 360) == [], place


NEXT_FRAME: Final = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Plots follow the width of their place in the next frame."""

OUTSIDE: Final = """(width) => [...document.querySelectorAll("main *")]
    .filter((element) => !element.closest(".scroll, pre, .unseen, .telegrams, thead") && element.checkVisibility())
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => element.outerHTML.slice(0, 120))"""


async def test_the_chart_never_widens_the_page_before_it_is_drawn_anew(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.locator(".chart-box canvas")).to_be_visible()
    box, canvas = await page.evaluate("""() => {
        const box = document.querySelector(".chart-box");
        box.style.width = "200px";
        return [box, box.querySelector("canvas")].map((part) => part.getBoundingClientRect().right);
    }""")
    assert canvas <= box


async def test_the_keyboard_alone_reaches_everything(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("care", log_in=False)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the contents")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Maintenance")).to_be_visible()
    await expect(page.locator("#main")).to_be_focused()
    await _tab_to(page, "Settings", back=True)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()
    await expect(page.locator("#main")).to_be_focused()
    await _tab_to(page, "Find a setting")
    await page.keyboard.type("clients at once")
    await _tab_to(page, "Clients at once")
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type("7")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Saved. In force within 10 seconds.")).to_be_visible()
    assert gateway.control.document["modbus"] == {"max_connections": 7}


async def test_the_chart_s_range_is_chosen_with_the_arrow_keys(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.locator(".meter")).to_be_visible()
    await _tab_to(page, "3 hours")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="24 hours")).to_be_checked()


async def _tab_to(page: Page, name: str, *, back: bool = False) -> None:
    for _ in range(120):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        if name in await page.evaluate(FOCUSED):
            return
    pytest.fail(f"no way leads to {name} with the tabulator")


FOCUSED: Final = """() => {
    const element = document.activeElement;
    const own = element.matches("a, button, summary") ? element.textContent : "";
    return element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? own;
}"""


async def test_the_focus_is_seen(open_page: Open) -> None:
    page = await open_page("access")
    await _tab_to(page, "Current password")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.timeout(240)
async def test_what_a_browser_loads_for_a_view_is_under_150_kb_compressed(gateway: Gateway, open_page: Open) -> None:
    """From nothing to each view: its language, of which the heaviest is read here, and its plots included."""
    page = await open_page(locale="de-DE")
    sizes: dict[str, int] = {}
    for place in PLACES:
        await page.goto("about:blank")
        await go(page, gateway.url, place)
        await page.wait_for_function(
            "() => document.querySelector('.chart-box') === null || window.performance"
            ".getEntriesByType('resource').some(({ name }) => name.includes('uplot'))"
        )
        loaded = [gateway.url, *await page.evaluate(LOADED)]
        async with ClientSession(auto_decompress=False) as session:
            for url in loaded:
                if url not in sizes:
                    async with session.get(url, headers={"Accept-Encoding": "gzip"}) as answer:
                        sizes[url] = len(await answer.read())
        assert 30_000 < sum(sizes[url] for url in loaded) < MOST_OCTETS, place


MONTHS_DRAWN: Final = """
window.drawn = {};
const fillText = CanvasRenderingContext2D.prototype.fillText;
const months = new Set([...Array(12).keys()].map(
    (month) => new Intl.DateTimeFormat("fi", { month: "short", timeZone: "UTC" }).format(Date.UTC(2025, month))
));
CanvasRenderingContext2D.prototype.fillText = function (text, x, ...rest) {
    const half = this.measureText(text).width / 2;
    if (months.has(text)) window.drawn[text] = [x - half, x + half];
    return fillText.call(this, text, x, ...rest);
};
"""
"""Notes from where to where each month's name was drawn last; a plot centres the names below its bars."""


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_names_below_the_bars_of_a_year_do_not_touch_where_months_are_long(
    gateway: Gateway, open_page: Open, width: int
) -> None:
    page = await open_page(width=width, locale="fi-FI")
    await page.add_init_script(MONTHS_DRAWN)
    await page.goto(f"{gateway.url}#energy/year/2025")
    await page.reload()
    await expect(page.locator(".period:not([aria-busy]) .chart-box canvas").first).to_be_visible()
    await page.evaluate(NEXT_FRAME)
    names = sorted(await page.evaluate("Object.values(window.drawn)"))
    assert len(names) >= 3
    assert [pair for pair in itertools.pairwise(names) if pair[0][1] >= pair[1][0]] == []
