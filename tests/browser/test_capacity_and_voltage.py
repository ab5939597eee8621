"""The energy page's parts about the capacity charge, with typed prices, and about the voltage."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from han2x.api.history import CapacityQuery
from tests.browser.conftest import Gateway, Open
from tests.browser.energy_page import NOW, at_now, go_to, points, shown
from tests.browser.live_data import live, meter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


@pytest.fixture
def gateway(gateway: Gateway) -> Gateway:
    """One whose clock stands at `NOW`."""
    return at_now(gateway)


async def test_the_capacity_charge_s_hours_are_there_with_day_time_and_mean(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Capacity charge", exact=True)
    months = await gateway.control.history.capacity(CapacityQuery())
    highest = months[-1].highest
    await expect(part.locator(".highest li")).to_have_count(3)
    for place, hour in enumerate(highest):
        await expect(part.locator(".highest li").nth(place)).to_contain_text(f"{hour.wh / 1000:.2f} kWh")
        await expect(part.locator(".highest li").nth(place)).to_contain_text(
            f"{int(hour.begin[8:10])} Nov, {hour.begin[11:13]}–"
        )
    assert months[-1].mean_wh
    await expect(part).to_contain_text(f"Mean: {months[-1].mean_wh / 1000:.2f} kWh")
    # 19 days and 15 hours are over; the hour that runs is not one that lacks.
    await expect(part).to_contain_text(f"Only {months[-1].hours_known} of {19 * 24 + 15} hours so far are known")
    await expect(part).to_contain_text("This hour so far0.93 kWh")
    await part.get_by_text("Earlier months, to check invoices").click()
    await expect(part.locator("tbody tr")).to_have_count(13)
    await expect(part.locator("tbody tr").first).to_contain_text("Nov 2025")
    await part.get_by_role("button", name="Show another year").click()
    await expect(part.locator("tbody tr")).to_have_count(25)
    await expect(part).to_contain_text("Other countries and grid companies count otherwise")


async def test_the_hour_so_far_is_scaled_and_one_that_is_not_known_is_a_dash(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Capacity charge", exact=True)
    gateway.control.data = replace(live(meter(scaling_factor=40000)), time=NOW)
    await expect(part).to_contain_text("This hour so far37.02 kWh")
    hour = replace(gateway.control.data.meters[0].hour, import_wh=None, expected_wh=None)
    gateway.control.data = replace(live(meter(hour=hour)), time=NOW)
    await expect(part).to_contain_text("This hour so far–Expected of this hour–")


async def test_the_typed_prices_give_the_step_the_next_one_and_the_sum(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document["tariff"] = {
        "steps": ["2: 125", "5: 250", "10: 400"], "day_price": "2", "night_price": "1",
    }  # fmt: skip
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Capacity charge", exact=True)
    mean = (await gateway.control.history.capacity(CapacityQuery()))[-1].mean_wh
    assert mean
    await expect(part.locator(".in-step")).to_have_text(
        "The mean is in the step from 2 to 5 kW: 250.00\u00a0kr a month. "
        f"The next step, from 5 kW, costs 400.00\u00a0kr; it is {5 - mean / 1000:.2f} kW away."
    )
    # The night ends at six and the day is until ten in the evening.
    hours = await points(gateway, "hour", 1763593200, 1763649000)
    cost = sum(hour["import_wh"] / 1000 * (1 if place < 6 else 2) for place, hour in enumerate(hours))
    energy = page.locator(".period .tile", has_text="Cost of the energy")
    await expect(energy).to_have_text(f"Cost of the energy{cost:.2f}\u00a0kr")
    # Saturday the 15th is night all day.
    await go_to(gateway, page, "day/2025-11-15", "Saturday, 15 November 2025")
    hours = await points(gateway, "hour", 1763161200, 1763247600)
    await expect(energy).to_contain_text(f"{sum(hour['import_wh'] for hour in hours) / 1000:.2f}")
    await go_to(gateway, page, "month/2025-11", "November 2025")
    await expect(energy).to_contain_text("of the known hours")
    both = page.locator(".period .tile", has_text="Energy and capacity")
    months = float((await energy.locator(".figure").inner_text()).replace("\u202f", "").split("\u00a0")[0])
    await expect(both).to_contain_text(f"{months + 250:,.2f}".replace(",", "\u202f"))
    await go_to(gateway, page, "year/2025", "2025")
    await expect(energy).to_have_count(0)


async def test_without_prices_no_money_is_spoken_of(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    await shown(page)
    await expect(page.locator(".energy")).not_to_contain_text("kr")


async def test_a_mean_above_the_steps_has_no_price(gateway: Gateway, open_page: Open) -> None:
    gateway.control.document["tariff"] = {"steps": ["1: 125", "2: 250"]}
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Capacity charge", exact=True)
    await expect(part.locator(".in-step")).to_contain_text("above the highest step typed, which ends at 2.0 kW")
    await part.get_by_text("Earlier months, to check invoices").click()
    await expect(part.locator("tbody tr").first.locator("td").last).to_have_text("–")


async def test_the_voltage_of_each_week_is_told_in_a_sentence_and_a_table(gateway: Gateway, open_page: Open) -> None:
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name="Voltage", exact=True)
    await expect(part).to_contain_text("In the week from 17 Nov 2025 the voltage was between")
    await expect(part).to_contain_text("too low for 12 min and too high for 0 min")
    await part.get_by_text("Week by week").click()
    await expect(part.locator("tbody")).to_have_count(5)
    await expect(part.locator("tbody").first.locator("tr")).to_have_count(3)
    await part.get_by_role("button", name="Show more weeks").click()
    await expect(part.locator("tbody")).to_have_count(10)


@pytest.mark.parametrize("title", ["Capacity charge", "Voltage"])
async def test_what_cannot_be_had_of_one_meter_is_not_shown_of_another(
    gateway: Gateway, open_page: Open, title: str
) -> None:
    gateway.control.data = replace(live(meter(name="House"), meter(unit=7, name="Barn")), time=NOW)
    page = await open_page("energy", log_in=False)
    part = page.get_by_role("region", name=title, exact=True)
    await expect(part.locator("details")).to_be_visible()

    async def refuse(route: Any) -> None:  # noqa: ANN401 - Playwright's
        await route.fulfill(status=500)

    asked = re.compile(r"/history/(capacity|voltage)\?unit=7")
    await page.route(asked, refuse)
    await page.get_by_label("Meter", exact=True).select_option("Barn")
    await expect(part).to_contain_text("500")
    await expect(part.locator("details")).to_be_hidden()
    await page.unroute(asked)
    await page.get_by_label("Meter", exact=True).select_option("House")
    await expect(part.locator("details")).to_be_visible()
