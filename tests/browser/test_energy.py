"""The energy page: periods by the place's clock, sums that say what they lack, tables, and paper."""

from __future__ import annotations

import asyncio
import re
from typing import Any, Final

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Request, Route, expect

from han2x.web.answers import file_name
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.energy_page import NOW, at_now, go_to, points, shown
from tests.browser.live_data import live, meter
from tests.browser.test_looks import OUTSIDE
from tests.end_to_end.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

KINDS: Final = {
    "day": "day/2025-11-20",
    "week": "week/2025-W47",
    "month": "month/2025-11",
    "year": "year/2025",
    "all": "all",
}
TITLES: Final[dict[str, str | re.Pattern[str]]] = {
    "day": "Thursday, 20 November 2025",
    "week": re.compile("^Week 47"),
    "month": "November 2025",
    "year": "2025",
    "all": "All years",
}


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    """One whose clock stands at `NOW`."""
    return at_now(gateway)


def _rows(period: Locator) -> Locator:
    return period.locator(".numbers tbody tr")


async def test_today_is_shown_with_its_sums_its_hours_and_its_power(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    period = await shown(page)
    await expect(period.locator("h3")).to_have_text("Thursday, 20 November 2025")
    hours = await points(gateway, "hour", 1763593200, 1763649000)
    total = sum(hour["import_wh"] for hour in hours)
    await expect(period.locator(".tile").first).to_have_text(f"Import{total / 1000:.1f} kWh")
    await expect(period.get_by_role("img").first).to_have_attribute(
        "aria-label",
        re.compile(rf"^Energy, Thursday, 20 November 2025: import {total / 1000:.1f} kWh, export 0\.0 kWh"),
    )
    await period.get_by_text("Numbers as a table").click()
    assert await _rows(period).count() == len(hours) == 16
    first = hours[0]["import_wh"] / 1000
    await expect(_rows(period).first).to_have_text(f"00:00–01:00{first:.2f}0.00{first:.2f}measured")
    await expect(_rows(period).last).to_contain_text("partly estimated")
    await expect(period.locator(".legend").first).to_contain_text("partly estimated")
    await expect(period.locator(".day-power")).to_contain_text(re.compile(r"Highest [\d\u202f]+ W at \d\d:\d\d"))


async def test_hours_that_are_not_known_are_counted_and_nothing_stands_for_them(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("energy")
    period = await go_to(gateway, page, "month/2025-11", "November 2025")
    await expect(period.locator(".lack")).to_have_text("48 of 472 hours not known")
    await period.get_by_text("Numbers as a table").click()
    await expect(_rows(period).filter(has_text="Mon 10 Nov")).to_have_text("Mon 10 Nov–––0 of 24 hours")
    await expect(_rows(period).filter(has_text="Sun 9 Nov")).to_contain_text("16 of 24 hours")
    await expect(period.locator(".legend").first).to_contain_text("hours missing")
    compared = period.get_by_role("region", name="Compared with the period before").locator("tr")
    await expect(compared.filter(has_text="up to the same time").locator("td").last).to_have_text("–")


async def test_what_is_still_awaited_has_its_heading(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    let_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    await page.route(re.compile("/history.*resolution=hour"), hold)
    await page.goto(f"{gateway.url}#energy/day/2025-11-18")
    await expect(page.locator(".period[aria-busy] h3")).to_have_text("Tuesday, 18 November 2025")
    await assert_no_barrier(page)
    let_go.set()
    await expect((await shown(page)).locator(".tile").first).to_contain_text("kWh")


async def test_the_period_before_is_compared_up_to_the_same_time_and_whole(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    period = await shown(page)
    rows = period.get_by_role("region", name="Compared with the period before").locator("tbody tr")
    await expect(rows).to_have_count(3)
    now = sum(hour["import_wh"] for hour in await points(gateway, "hour", 1763593200, 1763649000))
    same = sum(hour["import_wh"] for hour in await points(gateway, "hour", 1763506800, 1763506800 + 15 * 3600))
    whole = sum(hour["import_wh"] for hour in await points(gateway, "hour", 1763506800, 1763593200))
    change = f"{100 * (now - same) / same:+.0f} %"
    await expect(rows.nth(1)).to_have_text(f"Yesterday, up to the same time{same / 1000:.1f}0.0{change}")
    await expect(rows.nth(2)).to_have_text(f"Yesterday, all day{whole / 1000:.1f}0.0")
    period = await go_to(gateway, page, "day/2025-11-18", "Tuesday, 18 November 2025")
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("The day before")


async def test_the_address_carries_the_choice(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    await shown(page)
    title = page.locator(".period h3")
    await page.get_by_role("link", name="Month", exact=True).click()
    await expect(title).to_have_text("November 2025")
    await page.get_by_role("link", name="‹ Oct 2025").click()
    await expect(title).to_have_text("October 2025")
    assert page.url.endswith("#energy/month/2025-10")
    await page.reload()
    await expect(title).to_have_text("October 2025")
    await page.go_back()
    await expect(title).to_have_text("November 2025")
    await expect(page.locator("a", has_text="Dec 2025 ›")).to_have_attribute("aria-disabled", "true")
    await page.get_by_label("Go to date").fill("2025-06-11")
    await expect(title).to_have_text("June 2025")
    await page.get_by_role("link", name="Week", exact=True).click()
    await expect(title).to_have_text(re.compile("Week 22, 2025"))
    await page.get_by_role("link", name="Today").click()
    await expect(title).to_have_text(re.compile(r"^Week 47, 2025 \(17.{1,3}23 Nov\)$"))
    await expect(
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Energy", exact=True)
    ).to_have_attribute("aria-current", "page")


async def test_a_bar_s_row_leads_into_its_own_period(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy")
    period = await go_to(gateway, page, "all", "All years")
    await period.get_by_text("Numbers as a table").click()
    for row, title in (("2025", "2025"), ("November", "November 2025"), ("Sat 15 Nov", "Saturday, 15 November 2025")):
        await period.get_by_role("link", name=row).click()
        await expect(period.locator("h3")).to_have_text(title)


@pytest.mark.parametrize(
    "place", ["month/2025-13", "day/2025-02-30", "week/2025-W54", "year/x", "nonsense", "unit-900"]
)
async def test_an_address_that_means_nothing_is_today(gateway: Gateway, open_page: Open, place: str) -> None:
    page = await open_page(f"energy/{place}", log_in=False)
    await expect(page.locator(".period h3")).to_have_text("Thursday, 20 November 2025")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
async def test_days_are_those_of_the_meter_s_place_wherever_the_browser_is(
    gateway: Gateway, open_page: Open, zone: str
) -> None:
    page = await open_page("energy", log_in=False, timezone_id=zone)
    period = await shown(page)
    await expect(period.locator("h3")).to_have_text("Thursday, 20 November 2025")
    await period.get_by_text("Numbers as a table").click()
    await expect(_rows(period).first).to_contain_text("00:00–01:00")
    for day, title, count in (
        ("2025-10-26", "Sunday, 26 October 2025", 25), ("2025-03-30", "Sunday, 30 March 2025", 23),
    ):  # fmt: skip
        period = await go_to(gateway, page, f"day/{day}", title)
        await expect(_rows(period)).to_have_count(count)
        total = sum(hour["import_wh"] for hour in await _day(gateway, day, count))
        await expect(period.locator(".tile").first).to_have_text(f"Import{total / 1000:.1f} kWh")


async def _day(gateway: Gateway, day: str, hours: int) -> list[dict[str, Any]]:
    begin = {"2025-10-26": 1761429600, "2025-03-30": 1743289200}[day]
    return await points(gateway, "hour", begin, begin + hours * 3600)


async def test_numbers_of_the_table_copy_as_numbers(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", locale="nb-NO")
    period = await go_to(gateway, page, "year/2024", "2024")
    await period.get_by_text("Tallene som tabell").click()
    figures = await period.locator("td.number").all_text_contents()
    assert any(len(figure) > 5 for figure in figures)
    assert all(re.fullmatch(r"-?\d+(,\d+)?|–|", figure) or figure.endswith(" %") for figure in figures)


async def test_what_is_shown_is_downloaded_as_csv(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy")
    period = await go_to(gateway, page, "month/2025-10", "October 2025")
    async with page.expect_download() as download:
        await period.get_by_role("button", name="Download as CSV").click()
    file = await download.value
    assert file.suggested_filename == file_name("", "history-unit-1-day", "csv")
    lines = (await file.path()).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("begin,import_wh")
    assert len(lines) == 1 + 31


async def test_each_of_several_meters_has_its_own_energy(gateway: Gateway, open_page: Open) -> None:
    gateway.control.data = replace(live(meter(name="House"), meter(unit=7, name="Barn")), time=NOW)
    page = await open_page("energy", log_in=False)
    await shown(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    async with page.expect_request(lambda request: "/history?unit=7&resolution=hour" in request.url):
        await page.get_by_label("Meter", exact=True).select_option("Barn")
    await expect(page).to_have_url(re.compile("#energy/unit-7/day/2025-11-20$"))
    await shown(page)
    assert not any("unit=1&" in url for url in asked)
    await page.get_by_role("link", name="Year", exact=True).click()
    await expect(page.locator(".period h3")).to_have_text("2025")
    await page.reload()
    await expect(page.get_by_label("Meter", exact=True)).to_have_value("7")
    await expect(page.locator(".period h3")).to_have_text("2025")


async def test_without_its_library_the_page_has_its_tables(gateway: Gateway, open_page: Open) -> None:
    async def refuse(route: Any) -> None:  # noqa: ANN401 - Playwright's
        await route.fulfill(status=404)

    page = await open_page("registers", log_in=False)
    await page.route("**/vendor/uplot.js", refuse)
    await page.get_by_role("link", name="Energy", exact=True).click()
    await page.get_by_text("Numbers as a table").click()
    await expect(page.locator(".numbers tbody tr")).to_have_count(16)
    await expect(page.locator(".chart-box")).to_have_count(2)
    await expect(page.locator(".chart-box:visible")).to_have_count(0)


async def test_nothing_is_asked_while_nobody_looks_and_at_most_once_a_minute_else(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page("energy", log_in=False)
    await shown(page)
    await page.clock.install()
    await page.get_by_role("link", name="Live").click()
    await page.get_by_role("link", name="Energy", exact=True).click()
    await shown(page)
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/history?" in request.url and "resolution=hour" in request.url:
            asked.append(request.url)

    page.on("request", note)
    await page.clock.run_for(59_000)
    assert asked == []
    await page.clock.run_for(2_000)
    # The hours of the day and those of the day before.
    await until(lambda: len(asked) >= 2)
    await page.wait_for_timeout(300)
    assert len(asked) == 2
    await page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    await page.clock.run_for(600_000)
    assert len(asked) == 2
    await page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    await until(lambda: len(asked) >= 4)
    await page.wait_for_timeout(300)
    assert len(asked) == 4
    await page.evaluate("location.hash = '#energy/day/2025-11-12'")
    await expect(page.locator(".period h3")).to_have_text("Wednesday, 12 November 2025")
    asked.clear()
    await page.clock.run_for(600_000)
    assert asked == []


@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_no_barrier_in_any_period(gateway: Gateway, open_page: Open, width: int) -> None:
    gateway.control.document["tariff"] = {"steps": ["2: 125", "5: 250"], "day_price": "2"}
    page = await open_page("energy", width=width)
    for kind in ("month", "year", "all"):
        await go_to(gateway, page, KINDS[kind], TITLES[kind])
        await page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
        await assert_no_barrier(page)


@pytest.mark.parametrize("locale", ["en-GB", "nb-NO", "sv-SE", "da-DK", "de-DE", "fi-FI"])
async def test_every_period_has_words_and_fits_a_telephone(gateway: Gateway, open_page: Open, locale: str) -> None:
    gateway.control.document["tariff"] = {"steps": ["2: 125", "5: 250"], "day_price": "2"}
    page = await open_page("energy", width=360, locale=locale)
    for place in KINDS.values():
        await page.goto("about:blank")  # so that nothing of the period before is there
        await page.goto(f"{gateway.url}#energy/{place}")
        await shown(page)
        await page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, place
        assert await page.evaluate(OUTSIDE, 360) == [], place
        await expect(page.get_by_text(re.compile(r"\b(undefined|NaN|Invalid)\b"))).to_have_count(0)


async def test_the_keyboard_alone_reaches_every_period(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    await shown(page)
    await page.get_by_role("link", name="Day", exact=True).focus()
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Month", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".period h3")).to_have_text("November 2025")
    await expect(page.get_by_role("link", name="Month", exact=True)).to_be_focused()
    await expect(page.locator("#announcements")).to_have_text("November 2025")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".period h3")).to_have_text("October 2025")
    await expect(page.get_by_role("link", name="‹ Sept 2025")).to_be_focused()


async def test_a_period_is_one_page_of_paper_with_its_numbers(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy")
    for kind, title in TITLES.items():
        await go_to(gateway, page, KINDS[kind], title)
        await expect(page.get_by_role("link", name="Energy", exact=True), kind).to_be_visible()
        paper = await page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1, kind
        await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        await page.emulate_media(media="print")
        await expect(page.locator(".numbers table"), kind).to_be_visible()
        await expect(page.get_by_role("link", name="Energy", exact=True), kind).to_be_hidden()
        await expect(page.get_by_role("region", name="Voltage", exact=True), kind).to_be_hidden()
        await page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        await page.emulate_media(media="null")
        await expect(page.locator(".numbers table"), kind).to_be_hidden()
