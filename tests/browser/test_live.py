"""The live values."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from han2x.api.live import Diagnosis, MeterWarning
from han2x.registers.bank import WhenStale
from han2x.web.events import MOST_FOLLOWERS
from tests.browser.barriers import assert_no_barrier
from tests.browser.conftest import Gateway, Open
from tests.browser.live_data import ENERGIES, FAULT, NEVER, NO_LINE, SILENT, live, meter, register_rows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.asyncio(loop_scope="package"),
]


def _tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has_text=name).first


def _diagnosis(code: str, **values: str) -> dict[str, Any]:
    return {"diagnosis": Diagnosis(code=code, values=dict(values), what="In English.", advice="")}


async def test_the_values_are_shown_with_their_units(open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(_tile(page, "Active import").locator(".value")).to_have_text("2\u202f345 W")
    await expect(page.locator(".phases tbody tr").first).to_have_text("Voltage231.3 V229.8 V232.1 V")
    await expect(page.locator(".phases tbody tr").last).to_have_text("Current4.21 A3.87 A2.14 A")
    energy = _tile(page, "Active energy import")
    await expect(energy).to_contain_text("Estimate now155\u202f232.510 ± 0.004 kWh")
    await expect(energy).to_contain_text("telegrams missing")
    await expect(energy).to_contain_text("Meter’s total155\u202f232.5 kWhsent 20 Nov 2025, 23:00:05")
    await expect(_tile(page, "Active energy export")).to_contain_text("Meter’s total12 kWh")
    await expect(page.locator(".facts")).to_contain_text("Kamstrup")
    await expect(page.locator(".facts")).to_contain_text("5706567000000000")
    await expect(page.locator(".light")).to_have_text(["POWER on", "HAN on"])
    await expect(page.locator(".banner:visible")).to_have_count(0)


async def test_what_the_meter_never_told_is_a_dash_and_never_0(gateway: Gateway, open_page: Open) -> None:
    gateway.show(registers=register_rows(ENERGIES | {40011, 40017}), estimates={}, values={})
    page = await open_page(log_in=False)
    await expect(page.locator(".phases tbody tr").first).to_have_text("Voltage231.3 V– 232.1 V")
    await expect(page.get_by_text("A meter that measures between two phases")).to_be_visible()
    await expect(_tile(page, "Active energy import").locator(".value")).to_have_text(["–", "–"])
    await expect(_tile(page, "Active export").locator(".value")).to_have_text("0 W")


async def test_values_follow_the_meter_and_the_scaling_factor(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    gateway.show(registers=register_rows(r40001=99), scaling_factor=40000)
    await expect(_tile(page, "Active import").locator(".value")).to_have_text("99 W")
    await expect(_tile(page, "Active energy import")).to_contain_text("6\u202f209\u202f300.4 ± 0.2 kWh")


async def test_the_chart_shows_the_last_hours_and_the_day(open_page: Open) -> None:
    page = await open_page(log_in=False)
    plot = page.locator(".chart").get_by_role("img")
    await page.locator(".chart").scroll_into_view_if_needed()
    await expect(plot).to_have_attribute("aria-label", _begins("Active power over the last 3 hours. "))
    await page.wait_for_function(DRAWN)
    await page.get_by_text("24 hours").click()
    await expect(plot).to_have_attribute(
        "aria-label", _begins("Active power over the last 24 hours. Highest 2\u202f700 W")
    )
    await expect(page.locator(".chart > .note")).to_contain_text("Highest 2\u202f700 W at")


async def test_the_chart_is_one_signed_line_that_counts_both_ways(gateway: Gateway, open_page: Open) -> None:
    points = [[60 * place, *powers] for place, powers in enumerate([(2000, 0), (None, None), (500, None), (0, 1500)])]

    async def made_up(route: Any) -> None:  # noqa: ANN401 - Playwright's
        await route.fulfill(json={"step_s": 60, "points": points})

    page = await open_page("registers", log_in=False)
    await page.route("**/api/v1/history?**", made_up)
    await page.get_by_role("link", name="Live").click()
    await page.locator(".chart").scroll_into_view_if_needed()
    await expect(page.locator(".chart > .note")).to_have_text(
        "Most from the grid: 2\u202f000 W at 00:00. Most to the grid: 1\u202f500 W at 00:03."
    )
    await expect(page.locator(".chart .legend li")).to_have_text(
        ["above zero: from the grid", "below zero: to the grid"]
    )
    await page.locator(".chart .u-over").hover(position={"x": 2, "y": 50})
    await expect(page.locator(".chart .plot-point")).to_have_text("00:00: 2\u202f000 W from the grid")


async def test_without_its_library_the_page_does_without_the_chart(gateway: Gateway, open_page: Open) -> None:
    async def refuse(route: Any) -> None:  # noqa: ANN401 - Playwright's
        await route.fulfill(status=404)

    page = await open_page("registers", log_in=False)
    await page.route("**/vendor/uplot.js", refuse)
    await page.get_by_role("link", name="Live").click()
    await expect(page.locator(".chart > .note")).to_contain_text("Highest")
    await expect(page.locator(".chart-box")).to_be_hidden()


async def test_a_silent_meter_is_said_to_be_so_with_what_to_do(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    current = await _colour(_tile(page, "Active import").locator(".figure"))
    gateway.show(**SILENT, problems={"checksum": 3})
    banner = page.locator("#view .banner.warning")
    await expect(banner).to_contain_text("The last valid telegram came at 20 Nov 2025, 23:37:55, 7 min 5 s ago.")
    await expect(banner.locator("li")).to_have_count(3)
    await expect(banner).to_contain_text("ask your grid company to open the HAN port again.")
    await expect(banner).to_contain_text("multimeter")
    await expect(banner).to_contain_text("exception code 0x0B")
    await expect(page.locator(".light")).to_have_text(["POWER on", "HAN off"])
    await expect(page.locator("#announcements")).to_have_text("Electricity meter: the values are not current.")
    await expect(page.get_by_text("not current", exact=True)).to_have_count(4)
    assert await _colour(_tile(page, "Active import").locator(".figure")) != current
    gateway.show()
    await expect(banner).to_be_hidden()
    await expect(page.locator("#announcements")).to_have_text("Electricity meter: telegrams come in.")


@pytest.mark.parametrize(
    ("when_stale", "meanwhile"),
    [
        ("exception", "Modbus clients get exception code 0x0B for the registers with these values."),
        ("hold", "Modbus clients get the last of these values."),
        ("zero", "Modbus clients read 0 from the registers with these values."),
    ],
)
async def test_values_that_no_longer_come_are_grey_one_by_one_with_their_age(
    gateway: Gateway, open_page: Open, when_stale: str, meanwhile: str
) -> None:
    gone = frozenset(range(40003, 40021))
    values: dict[str, str | int | float] = {
        "stopped": "export,reactive,current,voltage",
        "coming": "import,energy",
        "seconds": 7195,
    }
    diagnosis = Diagnosis(code="values-stopped", values=values, what="In English.", advice="")
    page = await open_page(log_in=False)
    current = await _colour(_tile(page, "Active import").locator(".figure"))
    gateway.show(registers=register_rows(stale=gone), diagnosis=diagnosis, when_stale=WhenStale(when_stale))
    banner = page.locator(".banner.warning:visible")
    await expect(banner).to_contain_text("Some of the measured values are not current.")
    await expect(banner).to_contain_text(
        "Not received for 1 h 59 min: export power, reactive power, currents, voltages."
        " Still received: import power, energy totals."
    )
    await expect(banner).to_contain_text(meanwhile)
    await expect(_tile(page, "Active import").locator(".aged")).to_be_empty()
    await expect(_tile(page, "Active export").locator(".aged")).to_have_text("1 h 59 min old")
    await expect(page.locator(".phases td .aged")).to_have_text(["1 h 59 min old"] * 6)
    await expect(_tile(page, "Active energy import").locator(".aged").first).to_be_empty()
    assert await _colour(_tile(page, "Active import").locator(".figure")) == current
    assert await _colour(page.locator(".phases td .figure").first) != await _colour(
        _tile(page, "Active energy import").locator(".figure").first
    )
    await expect(page.locator(".light")).to_have_text(["POWER on", "HAN on"])
    await assert_no_barrier(page)
    gateway.show()
    await expect(banner).to_have_count(0)
    await expect(_tile(page, "Active export").locator(".aged")).to_be_empty()


async def test_values_that_the_meter_no_longer_sends_are_told_by_name_and_as_no_warning(
    gateway: Gateway, open_page: Open
) -> None:
    values: dict[str, str | int | float] = {"gone": "voltage", "codes": "52.7.0"}
    diagnosis = Diagnosis(code="no-longer-sent", values=values, what="In English.", advice="")
    page = await open_page(log_in=False)
    gateway.show(diagnosis=diagnosis)
    banner = page.locator(".banner.notice:visible")
    await expect(banner).to_contain_text("The meter no longer sends some of the values that it used to send.")
    await expect(banner).to_contain_text("No longer sent: voltages (52.7.0).")
    await expect(banner).to_contain_text("Their registers read 0 now.")
    await expect(banner).not_to_contain_text("Meanwhile")
    await expect(page.locator(".banner.warning:visible")).to_have_count(0)
    await assert_no_barrier(page)
    gateway.show()
    await expect(banner).to_have_count(0)


DRAWN: Final = """() => {
    const canvas = document.querySelector("canvas");
    return canvas.width > 300 && canvas.toDataURL().length > 5000;
}"""
UNHEARD: Final = replace(FAULT, cause="never-heard-of")
REFUSED: Final = replace(
    NO_LINE,
    port="socket://10.0.0.9:4001",
    detail="In English.",
    code="server-refuses",
    values={"port": "socket://10.0.0.9:4001"},
)
TITLE: Final = {"system_title": "4b414d4501020304"}


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({**NEVER, **_diagnosis("port-failed"), "line": NO_LINE}, "The line /dev/ttyUSB0 is not open: no such device."),
        (
            {**NEVER, **_diagnosis("no-port"), "line": replace(NO_LINE, port="")},
            "No serial port is set for this meter.",
        ),
        ({**NEVER, **_diagnosis("nothing-received")}, "No valid telegram has come yet."),
        ({**NEVER, **_diagnosis("nothing-received")}, "Ask your grid company whether the HAN port is open"),
        ({**NEVER, **_diagnosis("port-failed"), "line": REFUSED}, "socket://10.0.0.9:4001 refuses the connection."),
        ({**SILENT, **_diagnosis("wrong-key"), "last_problem": FAULT}, "the keys do not fit this meter"),
        ({**SILENT, **_diagnosis("wrong-key"), "last_problem": UNHEARD}, "wrong key or changed on the way (tag 1A2B)"),
        ({**SILENT, **_diagnosis("keys-swapped", **TITLE)}, "The two keys are swapped."),
        ({**SILENT, **_diagnosis("no-key", **TITLE)}, "system title 4b414d4501020304"),
        ({**SILENT, **_diagnosis("never-heard-of")}, "In English."),
        ({**SILENT, "when_stale": "hold"}, "Modbus clients get the last values."),
        ({**SILENT, "when_stale": "zero"}, "Modbus clients read 0 from the measured registers."),
    ],
)
async def test_the_cause_of_silence_is_told(
    gateway: Gateway, open_page: Open, changed: dict[str, Any], text: str
) -> None:
    gateway.show(**changed)
    page = await open_page(log_in=False)
    await expect(page.locator("#view .banner.warning")).to_contain_text(text)


async def test_the_first_seconds_are_no_cause_for_alarm(gateway: Gateway, open_page: Open) -> None:
    gateway.show(**NEVER, **_diagnosis("waiting"))
    page = await open_page(log_in=False)
    await expect(page.locator(".banner.notice:visible")).to_contain_text("Waiting for the meter’s first telegram.")


SCALE: Final = MeterWarning(
    code="scale", setting="kamstrup_current_a", value=0.01, mended=0.001, factor=10.0, what="In English."
)


async def test_a_setting_that_the_readings_contradict_is_told_with_the_right_one(
    gateway: Gateway, open_page: Open
) -> None:
    gateway.show(warnings=[SCALE])
    page = await open_page(log_in=False)
    banner = page.locator(".banner.doubt:visible")
    await expect(banner.locator("li")).to_have_text(
        "The meter’s power contradicts “Kamstrup: one step of current”, now 0.01 A:"
        " what it gives is 10 times what it should be. Choose 0.001 A."
    )
    await expect(banner.get_by_role("link")).to_have_attribute("href", "#settings/meters.0.kamstrup_current_a")
    await assert_no_barrier(page)
    gateway.show(warnings=[replace(SCALE, code="never-heard-of")])
    await expect(banner.locator("li")).to_have_text("In English.")
    gateway.show()
    await expect(banner).to_have_count(0)


async def test_such_a_warning_is_told_in_the_reader_s_language(gateway: Gateway, open_page: Open) -> None:
    gateway.show(warnings=[SCALE])
    page = await open_page(log_in=False, locale="nb-NO")
    await expect(page.locator(".banner.doubt:visible li")).to_contain_text("nå 0,01 A")
    await expect(page.locator(".banner.doubt:visible li")).to_contain_text("Velg 0,001 A.")


async def test_simulated_values_are_said_to_be_so(gateway: Gateway, open_page: Open) -> None:
    gateway.show(simulated=True)
    page = await open_page(log_in=False)
    await expect(page.locator(".banner:visible")).to_contain_text("the built-in simulated meter, not from a real one")


async def test_a_lost_connection_is_told_and_comes_back_by_itself(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    await expect(page.locator(".meter")).to_be_visible()
    await gateway.stop()
    await expect(page.locator("#lost")).to_contain_text("No connection to the gateway since", timeout=15_000)
    await expect(page.get_by_text("not current", exact=True)).to_have_count(4)
    await expect(page.locator(".light")).to_have_text(["POWER not known", "HAN not known"])
    await assert_no_barrier(page)
    await gateway.start()
    await expect(page.locator("#lost")).to_be_hidden(timeout=15_000)
    await expect(page.locator(".light")).to_have_text(["POWER on", "HAN on"])


async def test_a_browser_too_many_is_served_too(gateway: Gateway, open_page: Open) -> None:
    async with ClientSession() as session:
        streams = [await session.get(f"{gateway.url}api/v1/events") for _ in range(MOST_FOLLOWERS)]
        page = await open_page(log_in=False)
        gateway.show(registers=register_rows(r40001=77))
        await expect(_tile(page, "Active import").locator(".value")).to_have_text("77 W")
        assert 200 in {stream.status for stream in streams}


async def test_what_a_meter_says_is_never_markup(gateway: Gateway, open_page: Open) -> None:
    evil = "<img src=x onerror=alert(1)><b>{unit}$&</b>"
    gateway.show(name=evil, meter_id=evil, meter_type=evil, maker=evil, list_version=evil)
    page = await open_page(log_in=False)
    await expect(page.get_by_role("heading", name=evil)).to_be_visible()
    await expect(page.locator(".facts dd", has_text=evil)).to_have_count(4)
    await expect(page.locator("main img, main b")).to_have_count(0)


async def test_several_meters_stand_one_below_the_other(gateway: Gateway, open_page: Open) -> None:
    page = await open_page(log_in=False)
    gateway.control.data = live(meter(name="House"), meter(unit=2, **SILENT), meter(unit=3, name="Barn"))
    await expect(page.locator("h2")).to_have_text(["House", "Meter 2", "Barn"])
    await expect(page.locator(".light", has_text="HAN")).to_have_text(["HAN on", "HAN off", "HAN on"])


def _begins(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")


async def _colour(locator: Locator) -> str:
    return str(await locator.evaluate("element => getComputedStyle(element).color"))
