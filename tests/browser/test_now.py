"""What stands first on Live: the net power, the load of each phase, the hour, and the month's highest hours."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.live import HighHour, NetPower
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import NEVER, SILENT, WELL, live, meter, phase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]

HOUR: Final = replace(
    WELL.hour,
    expected_wh=5234.1,
    highest=[
        HighHour(begin="2025-11-12T18:00:00+01:00", wh=6210.0),
        HighHour(begin="2025-11-03T08:00:00+01:00", wh=5210.0),
        HighHour(begin="2025-11-17T23:00:00+01:00", wh=4780.0),
    ],
    mean_of_highest_wh=5400.0,
)
LOADED: Final[dict[str, Any]] = {
    "main_fuse_a": 25,
    "phases": [
        phase("L1", 21.3, load_percent=85.2, direction="export"),
        phase("L2", 3.87, load_percent=15.5, direction="import"),
        phase("L3", 26.1, load_percent=104.4),
    ],
}


def _tile(page: Page, name: str) -> Locator:
    return page.locator(".first .tile", has_text=name)


@pytest.mark.parametrize(
    ("watts", "shown", "way"),
    [(2345.0, "2\u202f345 W", "from the grid"), (-2345.0, "\u22122\u202f345 W", "to the grid"), (0.0, "0 W", "")],
)
async def test_the_net_power_is_one_signed_number_and_its_way_in_words(
    gateway: Gateway, open_page: Open, watts: float, shown: str, way: str
) -> None:
    gateway.show(net_power=NetPower(w=watts, age_s=1.2, stale=False))
    page = await open_page(log_in=False)
    await expect(page.locator(".tile.main")).to_have_count(1)
    await expect(_tile(page, "Power now").locator(".value")).to_have_text(shown)
    await expect(_tile(page, "Power now").locator(".way")).to_have_text(way)


async def test_a_net_power_that_is_not_current_is_grey_and_has_its_age(gateway: Gateway, open_page: Open) -> None:
    gateway.show(net_power=NetPower(w=-70.0, age_s=7195.0, stale=True))
    page = await open_page(log_in=False)
    await expect(_tile(page, "Power now")).to_have_attribute("data-state", "stale")
    await expect(_tile(page, "Power now").locator(".aged")).to_have_text("1 h 59 min old")


async def test_what_is_not_known_is_a_dash_in_every_tile_of_the_first_row(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**NEVER)
    page = await open_page(log_in=False)
    for name in ("Power now", "Load per phase", "This hour"):
        await expect(_tile(page, name).locator(".figure:visible")).to_have_text("–")
    await expect(_tile(page, "This hour")).to_contain_text("Not enough is known of this hour.")
    await expect(_tile(page, "Highest hours this month")).to_contain_text("No whole hour is known yet.")
    await expect(page.locator(".first .way:visible, .first .alert:visible, .first .bar-of-load:visible")).to_have_count(
        0
    )
    await expect(page.locator(".first")).not_to_contain_text("0")


async def test_the_load_of_each_phase_is_a_bar_with_amperes_and_per_cent(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**LOADED)
    page = await open_page(log_in=False)
    rows = _tile(page, "Load per phase").locator(".loads li")
    await expect(rows).to_have_text(["L121.3 A to the grid85 %", "L23.9 A from the grid16 %", "L326.1 A 104 %"])
    widths = await rows.locator(".filled").evaluate_all("bars => bars.map((bar) => bar.style.width)")
    assert widths == ["85.2%", "15.5%", "100%"]
    await expect(_tile(page, "Load per phase")).to_contain_text("Main fuse 25 A")
    await expect(_tile(page, "Load per phase").get_by_role("link")).to_have_count(0)


async def test_a_load_near_the_main_fuse_and_above_it_is_said_in_words(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**LOADED)
    page = await open_page(log_in=False)
    alerts = _tile(page, "Load per phase").locator(".alert")
    await expect(alerts).to_have_text(["L3: more than the main fuse is rated for", "L1: above 80 % of the main fuse"])
    gateway.show(main_fuse_a=25, phases=[replace(each, stale=True) for each in LOADED["phases"]])
    await expect(alerts).to_have_count(0)
    gateway.show(main_fuse_a=25, phases=[phase("L1", 20.0, load_percent=80.0), phase("L2", 25.0, load_percent=100.0)])
    await expect(alerts).to_have_text(["L2: above 80 % of the main fuse"])


async def test_without_a_main_fuse_the_amperes_stand_alone_with_the_way_to_set_it(
    gateway: Gateway, open_page: Open
) -> None:
    page = await open_page()
    await expect(page.locator(".loads li")).to_have_text(["L14.2 A ", "L23.9 A ", "L32.1 A "])
    await expect(page.locator(".bar-of-load:visible")).to_have_count(0)
    await page.get_by_role("link", name="Set the main fuse").click()
    await expect(page.get_by_label("Main fuse (A)").first).to_be_focused()


async def test_a_phase_whose_current_is_not_known_is_a_dash_and_has_no_load(gateway: Gateway, open_page: Open) -> None:
    gateway.show(main_fuse_a=25, phases=[phase("L1", 2.0, load_percent=8.0), phase("L2", None)])
    page = await open_page(log_in=False)
    await expect(page.locator(".loads li").last).to_have_text("L2– ")
    await expect(page.locator(".bar-of-load:visible")).to_have_count(1)


async def test_the_hour_so_far_where_it_is_heading_and_whether_it_would_count(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.show(hour=HOUR)
    page = await open_page(log_in=False)
    hour = _tile(page, "This hour")
    await expect(hour).to_contain_text("This hour 23–00")
    await expect(hour.locator(".value")).to_have_text("0.93 kWh")
    await expect(hour).to_contain_text("Heading for 5.23 kWh")
    await expect(hour.locator(".alert")).to_have_text("It would be one of the month’s three highest.")
    gateway.show(hour=replace(HOUR, expected_wh=4780.0))
    await expect(hour.locator(".alert")).to_be_empty()
    # A second peak on the day of one of the three counts only above that one.
    gateway.show(hour=replace(HOUR, begin="2025-11-12T19:00:00+01:00"))
    await expect(hour).to_contain_text("19–20")
    await expect(hour.locator(".alert")).to_be_empty()
    gateway.show(hour=replace(HOUR, highest=HOUR.highest[:2]))
    await expect(hour.locator(".alert")).to_be_empty()


async def test_an_hour_so_far_whose_end_cannot_be_foreseen_is_not_said_to_be_unknown(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.show(hour=replace(HOUR, expected_wh=None))
    page = await open_page(log_in=False)
    hour = _tile(page, "This hour")
    await expect(hour.locator(".value")).to_have_text("0.93 kWh")
    await expect(hour.locator(".ahead")).to_have_text("Where it is heading is not known yet.")


async def test_the_month_s_highest_hours_have_day_and_time_of_the_place(gateway: Gateway, open_page: Open) -> None:
    gateway.show(hour=HOUR)
    page = await open_page(log_in=False, timezone_id="America/New_York")
    hours = _tile(page, "Highest hours this month")
    await expect(hours.locator("li")).to_have_text(
        ["Wed 12 Nov, 18–196.21 kWh", "Mon 3 Nov, 08–095.21 kWh", "Mon 17 Nov, 23–004.78 kWh"]
    )
    await expect(hours).to_contain_text("Mean 5.40 kWh")
    await expect(hours.get_by_role("link")).to_have_attribute("href", "#energy")


async def test_energies_of_the_hour_are_scaled_as_those_of_the_registers(gateway: Gateway, open_page: Open) -> None:
    gateway.show(hour=HOUR, scaling_factor=40_000)
    page = await open_page(log_in=False)
    await expect(page.locator(".factor")).to_contain_text("Scaling factor 40:")
    await expect(_tile(page, "This hour")).to_contain_text("37.02 kWh")
    await expect(_tile(page, "This hour")).to_contain_text("Heading for 209.36 kWh")
    await expect(_tile(page, "Highest hours").locator("li").first).to_contain_text("248.40 kWh")
    await expect(_tile(page, "Highest hours")).to_contain_text("Mean 216.00 kWh")
    await expect(page.locator(".tile", has_text="Active energy import").first).to_contain_text(
        "6\u202f209\u202f300 kWh"
    )


async def test_each_of_several_meters_has_its_own_first_row(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    other = replace(HOUR, import_wh=100.0, highest=[], mean_of_highest_wh=None)
    silent = {**SILENT, "hour": replace(HOUR, import_wh=None, expected_wh=None)}
    gateway.control.data = live(meter(name="House"), meter(unit=2, hour=other), meter(unit=3, **silent))
    hours = page.locator(".first .tile", has_text="This hour").locator(".value")
    await expect(hours).to_have_text(["0.93 kWh", "0.10 kWh", "– "])
    await expect(page.locator(".first ol").last.locator("li")).to_have_count(3)
    links = page.get_by_role("link", name="Set the main fuse")
    await expect(links.last).to_have_attribute("href", "#settings/meters.2.main_fuse_a")


async def test_what_is_rare_is_behind_a_heading(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.get_by_text("Reactive import")).to_be_hidden()
    await page.get_by_text("More values").click()
    rare = page.locator(".rare")
    await expect(rare.get_by_text("Active import", exact=True).locator("..").locator(".value")).to_have_text(
        "2\u202f345 W"
    )
    await expect(rare.locator(".tile", has_text="Reactive import").locator(".value")).to_have_text("120 var")
    await expect(rare.locator(".tile", has_text="Reactive energy import")).to_contain_text("8\u202f121 kvarh")


@pytest.mark.parametrize("locale", ["en-GB", "nb-NO", "sv-SE", "da-DK"])
async def test_the_first_row_has_no_barrier_and_fits_a_telephone_in_every_language(
    gateway: Gateway, open_page: Open, locale: str
) -> None:
    gateway.show(**LOADED, hour=HOUR)
    page = await open_page(log_in=False, locale=locale, width=360)
    await expect(page.locator(".loads li")).to_have_count(3)
    await page.locator(".rare > summary").click()
    await assert_no_barrier(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_no_tile_stands_alone_in_its_row(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await page.locator(".rare > summary").click()
    for width in (1280, 1024, 900, 768, 600, 500):
        await page.set_viewport_size({"width": width, "height": 900})
        for rows in await page.evaluate(ROWS):
            assert max(rows) == 1 or min(rows) > 1, (width, rows)


ROWS: Final = """() => [...document.querySelectorAll(".tiles")].map((tiles) => {
    const tops = [...tiles.children].map((tile) => Math.round(tile.getBoundingClientRect().top));
    return [...new Set(tops)].map((top) => tops.filter((each) => each === top).length);
})"""


@pytest.mark.parametrize(
    ("age_s", "stale", "light"), [(59.0, False, "HAN on"), (60.0, False, "HAN off"), (59.0, True, "HAN on")]
)
async def test_the_han_light_is_on_for_60_s_after_a_telegram_whatever_counts_as_current(
    gateway: Gateway, open_page: Open, age_s: float, stale: bool, light: str
) -> None:
    gateway.show(age_s=age_s, stale=stale, stale_after_s=5.0 if stale else 600.0)
    page = await open_page(log_in=False)
    await expect(page.locator(".light").last).to_have_text(light)
